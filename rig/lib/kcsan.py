# SPDX-License-Identifier: GPL-2.0-only
"""
KCSAN watches the whole kernel, and in its strict mode reports many a race of
other people's code. A report counts if one of its two accesses is in code of
arch/x86/xen/ or drivers/xen/, by the symbols of what was built there, or in a
module. Not so a race of unknown origin in the events of drivers/xen/: their
flags are written by Xen, which KCSAN does not see.
"""

import re
import subprocess

from . import splats

DIRECTORIES = ("arch/x86/xen", "drivers/xen")
EVENTS = "events"
# A race of unknown origin names its function with an offset. Functions of a
# module are "NAME [MODULE]": such a report stays.
REPORT = re.compile(r"BUG: KCSAN: data-race in ([^\s+]+)(?:\+\S+)?(?: / ([^\s+]+))?$.*?^\S*\|? ?={20,}$",
                    re.DOTALL | re.MULTILINE)


def functions(kernel):
    """The names of all functions that the kernel has from these directories, and those of the events."""
    objects = [path for directory in DIRECTORIES
               for path in (kernel.parents[3] / directory).rglob("*.o")]
    return symbols(objects), symbols(path for path in objects if path.parent.name == EVENTS)


def symbols(objects):
    listing = subprocess.run(["nm", *objects], capture_output=True, text=True, check=True).stdout
    return set(re.findall(r"^\w+ [tT] (\S+)$", listing, re.MULTILINE))


def is_alone(report):
    """Nothing else has been said between the lines of a report."""
    body = report[0].split("\n", 1)[1]
    return "Linux version " not in body and not splats.first(splats.FATAL + splats.BROKEN, body)


def without_others(console, kernel):
    """The console without the reports about other code, and how many those were."""
    ours, events = functions(kernel) if "BUG: KCSAN" in console else (set(), set())
    others = 0

    def judge(report):
        nonlocal others
        names = set(report.groups())
        if report[2] is None:
            names -= events
        if names & ours or not is_alone(report):
            return report[0]
        others += 1
        return ""

    return REPORT.sub(judge, console), others
