# SPDX-License-Identifier: GPL-2.0-only
"""
KCSAN watches the whole kernel, and in its strict mode reports many a race of
other people's code. A report counts if one of its two accesses is in code of
arch/x86/xen/ or drivers/xen/, by the symbols of what was built there, or in a
module. Not so the events in drivers/xen/: Xen itself writes their flags, and
KCSAN, which does not see who, calls that a race of unknown origin.
"""

import re
import subprocess

DIRECTORIES = ("arch/x86/xen", "drivers/xen")
EVENTS = "events"
# A race of unknown origin names its function with an offset. Functions of a
# module are "NAME [MODULE]": such a report stays.
REPORT = re.compile(r"BUG: KCSAN: data-race in ([^\s+]+)(?:\+\S+)?(?: / ([^\s+]+))?$.*?^\S*\|? ?={20,}$",
                    re.DOTALL | re.MULTILINE)


def functions(tree):
    """The names of all functions that the kernel has from these directories."""
    objects = [path for directory in DIRECTORIES for path in (tree / directory).rglob("*.o")
               if path.parent.name != EVENTS]
    listing = subprocess.run(["nm", *objects], capture_output=True, text=True, check=True).stdout
    return set(re.findall(r"^\w+ [tT] (\S+)$", listing, re.MULTILINE))


def without_others(console, tree):
    """The console without the reports about other code, and how many those were."""
    ours = functions(tree) if "BUG: KCSAN" in console else set()
    others = 0

    def judge(report):
        nonlocal others
        if ours.intersection(report.groups()):
            return report[0]
        others += 1
        return ""

    return REPORT.sub(judge, console), others
