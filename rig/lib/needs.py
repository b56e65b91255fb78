# SPDX-License-Identifier: GPL-2.0-only
"""
What a job needs: memory, disk, programs that "make packages" does not install,
and knobs that make sense. Jobs check this before their first step, so that nobody
waits minutes for a build that cannot lead anywhere.
"""

import os
import re
import shutil

from . import config
from .common import BUILD, RIG, USAGE, Stop, check_knobs, kib, knob, tree_dir

TREE, KERNEL, RUN = 2000, 1000, 300     # MiB of disk to unpack a tree, build a kernel, boot it
OVERHEAD = 400                          # MiB of memory beside the guest's: Xen, QEMU's code cache
PROGRAM = 500                           # MiB of memory for a test that boots nothing

# Part of every Debian system: {program: package}.
PROGRAMS = {"apt-config": "apt", "apt-get": "apt", "dpkg-deb": "dpkg", "dpkg-query": "dpkg",
            "setpriv": "util-linux", "tar": "tar"}


def guests(size):
    """The host memory in MiB for a run whose guests use this much."""
    return (kib(size) >> 10) + OVERHEAD


def of_run(run):
    """
    The host memory in MiB for a run, or a scenario: all of the emulated machine, or
    dom0's part if there are no domUs to use the rest, or what it is known to need.
    """
    whole = run.native or run.toolstack
    return guests(run.needs or (run.mem if whole else run.dom0_mem))


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
            raise Stop(RIG, f"{program} not found: install the package {package}")


def trees(kernels):
    """The disk in MiB that building these kernels takes; each is a mapping of its knobs."""
    directories = {tree_dir(knobs) for knobs in kernels}
    return sum(KERNEL + (0 if tree.is_dir() else TREE) for tree in directories)


def check(what, mebibytes=0, kernels=({},), refused=()):
    """
    Called before the first step of a job that builds these kernels and then runs
    something that uses this much memory. Stops if the job cannot work.
    """
    check_knobs()
    for name in refused:
        if knob(name):
            raise Stop(USAGE, f"{what} does not support {name}=1")
    config.fragments()
    if knob("DRYRUN"):
        return
    programs()
    if mebibytes:
        memory(mebibytes, what)
    BUILD.mkdir(exist_ok=True)
    disk(BUILD, trees(kernels) + (RUN if mebibytes else 0), what)
