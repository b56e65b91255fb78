# SPDX-License-Identifier: GPL-2.0-only
"""
What the jobs have in common that boot once and show what the guest has to say.
"""

import re

from . import toolstack
from .common import BUILD, knob, say, step, tree_dir


def build(tools=False):
    """Builds the kernel, and with tools what goes with Xen's."""
    for script in ("packages", "tree", "kernel"):
        step(script)
    if tools and not knob("DRYRUN"):
        toolstack.build(tree_dir())


def boot(name, job, *arguments):
    """Boots the kernel with these arguments of the job run and shows what it reports: its exit code."""
    code = step("run", name, "--kernel", tree_dir() / "arch/x86/boot/bzImage", "--job", job,
                *arguments, fatal=False)
    if not knob("DRYRUN"):
        report(BUILD / "run" / name / "results.ktap")
    return code


def report(results):
    """The comments of the guest's results, as text."""
    if results.exists():
        say("")
        say("\n".join(re.findall(r"^    # (.*)", results.read_text(), re.MULTILINE)))
