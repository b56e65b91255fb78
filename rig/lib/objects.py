# SPDX-License-Identifier: GPL-2.0-only
"""
Compiles what our patches touch in configurations that have no PV guests (OBJECTS in
rig/configs.py), in directories of one clean tree. Such a kernel is not linked: instead,
no object may refer to the list.
"""

import re
import subprocess

from . import config, patches
from .common import RIG, ROOT, Stop, kernel
from .kernel_make import command, environment

SAYS = re.compile(r"(?:warning|error|ERROR): |No rule to make target")
LIST = re.compile(r"(?:xen_)?p2m_")     # how the names of the list start


def touched(row):
    """The objects of the C files that patches touch and the configuration builds."""
    paths = {path for patch in patches.series(ROOT / "patches", kernel().prelude)
             for path in patches.touched(patch)}
    return [path[:-2] + ".o" for path in sorted(paths)
            if path.endswith(".c") and not path.startswith(row.without)]


class Kernel:
    """The part of a kernel that a row of OBJECTS describes."""

    def __init__(self, row, tree):
        self.row, self.tree = row, tree
        self.output = tree / f"objects-{row.name}"

    def make(self, *goals, **variables):
        """The kernel's make: its exit code and output."""
        result = subprocess.run(
            command(f"O={self.output.name}", f"ARCH={self.row.arch or self.row.name}",
                    f"CROSS_COMPILE={self.row.compiler}", "--keep-going", *goals,
                    compiler=self.row.compiler),
            cwd=self.tree, env=environment() | variables, text=True, errors="replace", check=False,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        return result.returncode, result.stdout

    def configure(self):
        """Writes .config, if there is none or the fragment has changed."""
        self.output.mkdir(exist_ok=True)
        fragment, made = config.fragment(self.row.name), self.output / ".config"
        if made.exists() and made.stat().st_mtime > fragment.stat().st_mtime:
            return
        code, said = self.make("allnoconfig", KCONFIG_ALLCONFIG=str(fragment))
        missing = not code and config.without_effect(config.options(fragment), made.read_text())
        if code or missing:
            made.unlink(missing_ok=True)
            raise Stop(RIG, f"{fragment.name}: " + (f"lines without effect: {', '.join(missing)}"
                                                    if missing else said[-2000:]))

    def compile(self, objects):
        """What the compiler finds."""
        code, said = self.make(*objects)
        found = [line for line in said.splitlines() if SAYS.search(line)]
        return found or ([f"exit code {code}: {said[-2000:]}"] if code else [])

    def references(self, objects):
        """The objects that refer to the list."""
        said = subprocess.run([f"{self.row.compiler}nm", "--undefined-only",
                               "--format=just-symbols", *objects],
                              cwd=self.output, text=True, capture_output=True, check=True).stdout
        return [f"{name}: referred to, but there is no list" for name in sorted(set(said.split()))
                if LIST.match(name)]


def findings(row, tree):
    """What is wrong with a row of OBJECTS."""
    one, objects = Kernel(row, tree), touched(row)
    one.configure()
    found = one.compile(objects) or one.references(objects)
    return [f"{row.name}: {finding}" for finding in found]
