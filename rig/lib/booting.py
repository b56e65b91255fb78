# SPDX-License-Identifier: GPL-2.0-only
"""
What jobs that boot once and show the guest's report have in common.
"""

import re

from . import toolstack
from .common import BUILD, knob, say, step, tree_dir


def build(tools=False):
    """Builds the kernel, and with tools also what is used along with Xen's tools."""
    for script in ("packages", "tree", "kernel"):
        step(script)
    if tools and not knob("DRYRUN"):
        toolstack.build(tree_dir())


def boot(name, job, *arguments):
    """Boots the kernel by the job run, shows the guest's report and returns the exit code."""
    code = step("run", name, "--kernel", tree_dir() / "arch/x86/boot/bzImage", "--job", job,
                *arguments, fatal=False)
    if not knob("DRYRUN"):
        report(BUILD / "run" / name / "results.ktap")
    return code


def report(results):
    """Prints the comments in the guest's results."""
    if results.exists():
        say("")
        say("\n".join(re.findall(r"^    # (.*)", results.read_text(), re.MULTILINE)))
