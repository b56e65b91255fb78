#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""
Tests how the kernel is compiled through ccache (kernel_make.py): what comes from
the cache is what the compiler would make. The kernel's image includes its payload
by .incbin, which not every mode of ccache notices.
"""

import os
import shutil
import subprocess
import sys

sys.path[0] += "/.."        # rig/, where lib is
from lib import kernel_make, unit

SOURCE = '.data\n.incbin "payload"\n'


def compile_in(directory, cache):
    """Compiles as the kernel's make does; returns the object's bytes."""
    compiler = kernel_make.command()[2].removeprefix("CC=").split()
    subprocess.run([*compiler, "-Wp,-MMD,.object.d", "-c", "-o", "object.o", "source.S"], check=True,
                   cwd=directory, env=kernel_make.environment() | {"CCACHE_DIR": str(cache)})
    return (directory / "object.o").read_bytes()


def tree(top, name, payload):
    directory = top / name
    directory.mkdir(exist_ok=True)
    (directory / "source.S").write_text(SOURCE)
    (directory / "payload").write_bytes(payload)
    return directory


def test_included_payload_of_the_same_size(top):
    if not shutil.which("ccache"):
        return
    assert b"first" in compile_in(tree(top, "a", b"first"), top / "cache")
    assert b"other" in compile_in(tree(top, "a", b"other"), top / "cache")


def test_included_payload_of_another_clone(top):
    if not shutil.which("ccache"):
        return
    assert b"first" in compile_in(tree(top, "a", b"first"), top / "cache")
    assert b"other" in compile_in(tree(top, "b", b"other"), top / "cache")


def test_environment_does_not_vary(_):
    os.environ["MAKEFLAGS"] = "-j7"
    assert "MAKEFLAGS" not in kernel_make.environment()


if __name__ == "__main__":
    sys.exit(unit.main(globals()))
