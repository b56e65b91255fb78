# SPDX-License-Identifier: GPL-2.0-only
"""
What a job needs of this machine: memory, disk, programs that "make packages"
does not bring, knobs that make sense for it. A job says so before its first
step, so that nobody waits minutes for a build that nothing can come of.
"""

import os
import re
import shutil

from . import config
from .common import BUILD, RIG, USAGE, Stop, check_knobs, kib, knob, tree_dir

TREE, KERNEL, RUN = 3000, 1000, 300     # MiB of disk: to unpack one, to build in it, to boot
OVERHEAD = 400                          # MiB of memory beside the guest's: Xen, QEMU's code cache
PROGRAM = 500                           # MiB of memory of a test that boots nothing

# What every Debian has: {program: package}.
PROGRAMS = {"apt-config": "apt", "apt-get": "apt", "dpkg-deb": "dpkg", "dpkg-query": "dpkg",
            "setpriv": "util-linux", "tar": "tar"}


def guest(mem, dom0_mem=None, needs=None):
    """
    The memory in MiB that a run takes: all of the machine that QEMU plays, or
    dom0's where only that is used, or what the run is known to need.
    """
    return (kib(needs or dom0_mem or mem) >> 10) + OVERHEAD


def free_memory():
    with open("/proc/meminfo", encoding="ascii") as meminfo:
        return int(re.search(r"MemAvailable: *(\d+)", meminfo.read())[1]) >> 10


def free_disk(directory):
    disk = os.statvfs(directory)
    return disk.f_bavail * disk.f_frsize >> 20


def memory(mebibytes, what):
    free = free_memory()
    if free < mebibytes:
        raise Stop(RIG, f"{what} needs {mebibytes} MiB of memory, {free} MiB are free")


def disk(directory, mebibytes, what):
    free = free_disk(directory)
    if free < mebibytes:
        raise Stop(RIG, f"{what} needs {mebibytes} MiB of disk, {directory} has {free} MiB")


def programs():
    for program, package in PROGRAMS.items():
        if not shutil.which(program):
            raise Stop(RIG, f"no {program} here: install the package {package}")


def trees(kernels):
    """The disk in MiB for these kernels, each a mapping of the knobs that are its own."""
    directories = {tree_dir(knobs) for knobs in kernels}
    return sum(KERNEL + (0 if tree.is_dir() else TREE) for tree in directories)


def check(what, mebibytes=0, kernels=({},), refused=()):
    """
    Before the first step of a job that builds these kernels and then runs
    something that takes so much memory. Some knobs are not for every job.
    """
    check_knobs()
    for name in refused:
        if knob(name):
            raise Stop(USAGE, f"{name}=1 is not for {what}")
    config.fragments()
    if knob("DRYRUN"):
        return
    programs()
    if mebibytes:
        memory(mebibytes, what)
    BUILD.mkdir(exist_ok=True)
    disk(BUILD, trees(kernels) + (RUN if mebibytes else 0), what)
