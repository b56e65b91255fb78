# SPDX-License-Identifier: GPL-2.0-only
"""
How the kernel's make is called: on all processors, through ccache if available,
and with nothing in the environment that varies between builds.
"""

import os
import shutil

from .common import CACHE


def environment():
    """
    The environment of the kernel's make, without the variables of our own make.
    ccache ignores the directory, which is only in the debug information: what one
    clone has compiled serves all others. It must see what the preprocessor makes
    of a file (no depend mode), or it misses that the kernel's image includes its
    payload by .incbin, and serves an old one if it happens to have the same size.
    What was cached in that mode is in another directory.
    """
    ours = {"MAKEFLAGS", "MFLAGS", "MAKELEVEL", "MAKEOVERRIDES", "V"}
    return {name: value for name, value in os.environ.items() if name not in ours} | {
        "CCACHE_DIR": str(CACHE / "ccache-whole"), "CCACHE_MAXSIZE": "2G", "CCACHE_NOHASHDIR": "1",
        "KBUILD_BUILD_TIMESTAMP": "1970-01-01", "KBUILD_BUILD_USER": "p2m",
        "KBUILD_BUILD_HOST": "rig", "LC_ALL": "C"}


def command(*goals, compiler=""):
    """
    The kernel's make with these goals; compiles through ccache. A compiler for another
    architecture is named by its prefix.
    """
    compilers = [f"CC=ccache {compiler}gcc", "HOSTCC=ccache gcc"] if shutil.which("ccache") else []
    return ["make", f"-j{os.cpu_count()}", *compilers, *goals]
