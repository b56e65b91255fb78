# SPDX-License-Identifier: GPL-2.0-only
"""
KCSAN watches the whole kernel, and in strict mode reports many races in code that
is not ours. A report counts if one of its two accesses is in a module or in code of
arch/x86/xen/ or drivers/xen/, according to the symbols of the objects there. A race
of unknown origin in the event code of drivers/xen/ does not count: Xen writes those
flags, which KCSAN cannot see.
"""

import re
import subprocess

from . import splats

DIRECTORIES = ("arch/x86/xen", "drivers/xen")
EVENTS = "events"
# A race of unknown origin names its function with an offset. A function of a module
# is "NAME [MODULE]", which does not match: such a report counts.
REPORT = re.compile(r"BUG: KCSAN: data-race in ([^\s+]+)(?:\+\S+)?(?: / ([^\s+]+))?$.*?^\S*\|? ?={20,}$",
                    re.DOTALL | re.MULTILINE)


def functions(kernel):
    """The names of all functions in these directories, and of those in the event code."""
    objects = [path for directory in DIRECTORIES
               for path in (kernel.parents[3] / directory).rglob("*.o")]
    return symbols(objects), symbols(path for path in objects if path.parent.name == EVENTS)


def symbols(objects):
    listing = subprocess.run(["nm", *objects], capture_output=True, text=True, check=True).stdout
    return set(re.findall(r"^\w+ [tT] (\S+)$", listing, re.MULTILINE))


def is_alone(report):
    """Whether there is no other message between the lines of a report."""
    body = report[0].split("\n", 1)[1]
    return "Linux version " not in body and not splats.first(splats.FATAL + splats.BROKEN, body)


def without_others(console, kernel):
    """(The console without reports about other code, the number of those reports)."""
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
