# SPDX-License-Identifier: GPL-2.0-only
"""
What booting costs, by phase: boots a kernel as dom0 under -icount with the plugin
rig/qemu-plugin/phases.c, and stops it at each mark to read how much memory it has
reserved. The figures are the same on every machine.
"""

import argparse
import subprocess
import tempfile

from . import counting, huge, initramfs, needs, qemu
from .common import BUILD, say
from .gdbstub import Stub

BEGIN, LIST, USED, LISTED, BOOTED = MARKS = (
    "xen_start_kernel",         # the guest's first C function
    "xen_vmalloc_p2m_tree",     # the list starts here
    "xen_remap_memory",         # the list is in use; memory is moved out of holes
    "early_quirks",             # follows the list in setup_arch()
    "rest_init",                # the scheduler is up, no other task has run yet
)
FREES = "memblock_phys_free"    # releases temporary memory
# offset of reserved.total_size in struct memblock (include/linux/memblock.h)
RESERVED = 72
TIMEOUT = 3600


class Run(argparse.Namespace):
    """A boot, described as qemu.py expects it."""

    def __init__(self, kernel, directory, dom0_mem):
        super().__init__(kernel=kernel, booted=kernel, dom0_mem=dom0_mem, smp=1, machine="pc",
                         xen="4.17", icount=True, nonce="0", jobs=["none"], append="",
                         mem=needed(dom0_mem)[0], pvh=False,
                         console=directory / "console.log", channel=directory / "channel.log",
                         initramfs=directory / "initramfs")


def passed(visits, place):
    """{mark: (Xen's instructions, the guest's, hypercalls)}, each reached after the previous one."""
    visits = iter(visits)
    return {mark: next(counts for address, *counts in visits if address == place[mark])
            for mark in MARKS}


def needed(dom0_mem):
    """(Memory of the emulated machine for a dom0 of this size, host memory in MiB.)"""
    mem = huge.machine(dom0_mem.split("max:")[-1])
    return mem, needs.guests(huge.needs(mem, "1G"))


def measure(name, dom0_mem, tree):
    """
    ({mark: (Xen's instructions, the guest's, hypercalls, bytes reserved)}, the most bytes
    reserved while the list was built) for the kernel of a tree.
    """
    directory = BUILD / "run" / name
    directory.mkdir(parents=True, exist_ok=True)
    run = Run(tree / "arch/x86/boot/bzImage", directory, dom0_mem)
    needs.memory(needed(dom0_mem)[1], f"{name} with {dom0_mem}")
    initramfs.build(run.initramfs, [], run.kernel)
    place = counting.symbols(tree)
    out = directory / "counts"
    with tempfile.TemporaryDirectory() as temporary:
        socket = f"{temporary}/gdb"
        command = [*qemu.dom0(run), "-S", "-gdb", f"unix:{socket},server=on,wait=off",
                   *counting.arguments(out, place, MARKS)]
        with open(directory / "qemu.log", "w", encoding="ascii") as log, subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=log, stderr=log) as process:
            try:
                reserved, most = follow(Stub(socket), place)
            finally:
                process.kill()
    counted = passed(counting.visits(out), place)
    return {mark: (*counted[mark], reserved[mark]) for mark in MARKS}, most


def follow(stub, place):
    """({mark: bytes reserved there}, the most bytes reserved while the list was built)"""
    reserved, most = {}, 0
    for mark in MARKS:
        at = None
        while at != place[mark]:
            # The peak is reached just before something is released.
            frees = [place[FREES]] if mark == USED else []
            at = stub.go_to([place[mark], *frees], TIMEOUT)
            reserved[mark] = stub.word(place["memblock"] + RESERVED)
            most = max(most, reserved[mark]) if mark == USED else most
        say(f"phases: {mark}: {reserved[mark] >> 10} KiB reserved")
    stub.ask("s")       # the plugin logs a mark when it is executed
    return reserved, most
