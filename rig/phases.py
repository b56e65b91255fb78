# SPDX-License-Identifier: GPL-2.0-only
"""
What booting costs, phase by phase: a kernel boots as dom0 under -icount with
rig/plugin/phases.c in QEMU, and stands still at each mark, where the memory
that it has reserved is read. It is the same figure on every machine.
"""

import argparse
import subprocess
import tempfile

import huge
import initramfs
import qemu
from common import BUILD, RIG, ROOT, Stop, kib, need_memory, say, tree_dir
from gdbstub import Stub

BEGIN, LIST, FREES, LISTED, BOOTED = MARKS = (
    "xen_start_kernel",         # the guest's first C function
    "xen_vmalloc_p2m_tree",     # begins with the list
    "memblock_phys_free",       # all is allocated, the builder's is about to go
    "early_quirks",             # comes after the list in setup_arch()
    "rest_init",                # the scheduler is up, no other task has run
)
# struct memblock (include/linux/memblock.h): where its reserved.total_size is
RESERVED = 72
TIMEOUT = 3600


def symbols(tree):
    """{name: address} of a kernel."""
    text = (tree / "System.map").read_text()
    return {name: int(address, 16) for address, _, name in map(str.split, text.splitlines())}


def plugin():
    """The plugin, built."""
    source, built = ROOT / "rig/plugin/phases.c", BUILD / "plugin/phases.so"
    built.parent.mkdir(parents=True, exist_ok=True)
    result = subprocess.run(["cc", "-shared", "-fPIC", "-O2", "-Wall", "-Wextra", "-Werror",
                             "-fvisibility=hidden", "-o", built, source],
                            capture_output=True, text=True, check=False)
    if result.returncode:
        raise Stop(RIG, f"the plugin does not build:\n{result.stderr[-2000:]}")
    return built


class Run(argparse.Namespace):
    """A boot as rig/qemu.py wants it described."""

    def __init__(self, kernel, directory, dom0_mem):
        super().__init__(kernel=kernel, booted=kernel, dom0_mem=dom0_mem, smp=1, machine="pc", xen="4.17",
                         icount=True, nonce="0", jobs=["none"], append="",
                         mem=huge.machine(dom0_mem.split("max:")[-1]),
                         console=directory / "console.log", channel=directory / "channel.log",
                         initramfs=directory / "initramfs.gz")


def counts(path, place):
    """{mark: (Xen's instructions, the guest's, hypercalls)}, each where it comes after the former."""
    lines = iter(path.read_text().splitlines())
    return {mark: next(tuple(map(int, line.split()[1:])) for line in lines
                       if int(line.split()[0], 16) == place[mark]) for mark in MARKS}


def measure(name, dom0_mem):
    """{mark: (Xen's instructions, the guest's, hypercalls, bytes reserved)} of the knobs' kernel."""
    directory = BUILD / "run" / name
    directory.mkdir(parents=True, exist_ok=True)
    tree = tree_dir()
    run = Run(tree / "arch/x86/boot/bzImage", directory, dom0_mem)
    need_memory((kib(huge.needs(run.mem, "1G")) >> 10), f"{name} with {dom0_mem}")
    initramfs.build(run.initramfs, [], run.kernel)
    place = symbols(tree)
    out = directory / "phases"
    out.write_text("")
    with tempfile.TemporaryDirectory() as temporary:
        socket = f"{temporary}/gdb"
        options = [f"out={out}", f"hypercall={place['xen_hypercall_pv']:x}",
                   *(f"mark={place[mark]:x}" for mark in MARKS)]
        command = [*qemu.dom0(run), "-S", "-gdb", f"unix:{socket},server=on,wait=off",
                   "-plugin", ",".join([str(plugin()), *options])]
        with open(directory / "qemu.log", "w", encoding="ascii") as log, subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=log, stderr=log) as process:
            try:
                reserved = follow(Stub(socket), place)
            finally:
                process.kill()
    counted = counts(out, place)
    return {mark: (*counted[mark], reserved[mark]) for mark in MARKS}


def follow(stub, place):
    """{mark: bytes reserved there}"""
    reserved = {}
    for mark in MARKS:
        stub.go_to(place[mark], TIMEOUT)
        reserved[mark] = stub.word(place["memblock"] + RESERVED)
        stub.step()
        say(f"phases: {mark}: {reserved[mark] >> 10} KiB reserved")
    return reserved
