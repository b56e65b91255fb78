# SPDX-License-Identifier: GPL-2.0-only
"""
Builds the rig's kernel modules (rig/guest/modules/) against a built kernel tree.
"""

import shutil
import subprocess

from .common import BUILD, RIG, ROOT, Stop
from .kernel_make import command, environment

SOURCES = ROOT / "rig/guest/modules"


def place(name, tree):
    """The path of NAME.ko for a kernel tree."""
    return BUILD / "modules" / tree.name / name / f"{name}.ko"


def build(name, tree):
    """Builds a module if it is out of date, and returns its path."""
    directory = place(name, tree).parent
    directory.mkdir(parents=True, exist_ok=True)
    shutil.copy(SOURCES / f"{name}.c", directory)
    (directory / "Makefile").write_text(f"obj-m := {name}.o\n"
                                        "ccflags-y := -I$(srctree)/arch/x86/xen\n")
    for goals in (("modules_prepare",),
                  # Only the kernel itself exports symbols; insmod resolves them.
                  (f"M={directory}", "KBUILD_MODPOST_WARN=1", "modules")):
        result = subprocess.run(command("-C", str(tree), *goals), env=environment(), text=True,
                                check=False, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        if result.returncode:
            raise Stop(RIG, f"building the module {name} failed:\n{result.stdout[-2000:]}")
    return place(name, tree)
