# SPDX-License-Identifier: GPL-2.0-only
"""
Counts instructions, Xen's and the guest's apart, and hypercalls, by a plugin in
QEMU (rig/qemu-plugin/phases.c) that writes them down at marked functions.
"""

import subprocess

from .common import BUILD, RIG, ROOT, Stop

HYPERCALL = "xen_hypercall_pv"      # all hypercalls of a PV kernel go through it


def symbols(tree):
    """{name: address} of a kernel."""
    text = (tree / "System.map").read_text()
    return {name: int(address, 16) for address, _, name in map(str.split, text.splitlines())}


def plugin():
    """The plugin, built."""
    source, built = ROOT / "rig/qemu-plugin/phases.c", BUILD / "qemu-plugin/phases.so"
    built.parent.mkdir(parents=True, exist_ok=True)
    result = subprocess.run(["cc", "-shared", "-fPIC", "-O2", "-Wall", "-Wextra", "-Werror",
                             "-fvisibility=hidden", "-o", built, source],
                            capture_output=True, text=True, check=False)
    if result.returncode:
        raise Stop(RIG, f"the plugin does not build:\n{result.stderr[-2000:]}")
    return built


def arguments(out, place, marks):
    """QEMU's arguments to count into the file out at the marks, names of functions in place."""
    out.write_text("")
    options = [f"out={out}", f"hypercall={place[HYPERCALL]:x}",
               *(f"mark={place[mark]:x}" for mark in marks)]
    return ["-plugin", ",".join([str(plugin()), *options])]


def visits(out):
    """[(address, Xen's instructions, the guest's, hypercalls), ...], one for each visit of a mark."""
    return [(int(address, 16), *map(int, counts))
            for address, *counts in map(str.split, out.read_text().splitlines())]
