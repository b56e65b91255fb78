# SPDX-License-Identifier: GPL-2.0-only
"""
Counts hypercalls, and instructions of Xen and of the guest separately, with a
QEMU plugin (rig/qemu-plugin/phases.c) that logs the counts at marked functions.
"""

import subprocess

from .common import BUILD, RIG, ROOT, Stop

HYPERCALL = "xen_hypercall_pv"      # all hypercalls of a PV kernel go through this function


def symbols(tree):
    """{name: address} of a kernel's symbols."""
    text = (tree / "System.map").read_text()
    return {name: int(address, 16) for address, _, name in map(str.split, text.splitlines())}


def plugin():
    """Builds the plugin and returns its path."""
    source, built = ROOT / "rig/qemu-plugin/phases.c", BUILD / "qemu-plugin/phases.so"
    built.parent.mkdir(parents=True, exist_ok=True)
    result = subprocess.run(["cc", "-shared", "-fPIC", "-O2", "-Wall", "-Wextra", "-Werror",
                             "-fvisibility=hidden", "-o", built, source],
                            capture_output=True, text=True, check=False)
    if result.returncode:
        raise Stop(RIG, f"building the plugin failed:\n{result.stderr[-2000:]}")
    return built


def arguments(out, place, marks):
    """QEMU's arguments for logging to the file out at the marks, which are functions in place."""
    out.write_text("")
    options = [f"out={out}", f"hypercall={place[HYPERCALL]:x}",
               *(f"mark={place[mark]:x}" for mark in marks)]
    return ["-plugin", ",".join([str(plugin()), *options])]


def visits(out):
    """[(address, Xen's instructions, the guest's, hypercalls), ...], one per call of a mark."""
    return [(int(address, 16), *map(int, counts))
            for address, *counts in map(str.split, out.read_text().splitlines())]
