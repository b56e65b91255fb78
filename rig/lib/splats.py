# SPDX-License-Identifier: GPL-2.0-only
"""
What must not stand in a console: the one table of messages by which Linux and
Xen say that something is broken. A fatal one ends the run at once as a crash;
after the others the guest goes on, but the run has failed.
"""

import re

FATAL = (
    r"Kernel panic",
    r"\bOops\b",
    r"general protection fault",
    r"double fault",
    r"kernel BUG at",
    r"BUG: unable to handle",
    r"\(XEN\).*Panic on CPU.*\n.*",
    r"\(XEN\).*Assertion .* failed",
    r"\(XEN\).*Xen BUG at",
    r"\(XEN\).*FATAL (?:TRAP|PAGE FAULT)",
    r"Domain 0 crashed",
    r"Hardware Dom0 crashed",
)

BROKEN = (
    r"\bBUG: ",
    r"\bWARNING: ",
    r"Call Trace",
    r"Xen WARN at",
    r"multicall\(s\) failed",
    r"Found insecure W\+X",
    r"\b(?:KASAN|KCSAN|UBSAN|KFENCE)\b",
    r"INFO: rcu\w* .*stall|RCU stall",
    r"INFO: task .* blocked",
    r"soft lockup|hard LOCKUP",
    r"Bad page (?:state|map)",
    r"list_(?:add|del) corruption",
    r"INFO: (?:possible|inconsistent|trying)",
)


# Whole passages that look like a splat and are not, each with its reason.
HARMLESS = (
    # QEMU's CPU is an AMD one without an MSR that Linux reads on every AMD CPU.
    r"unchecked MSR access error: RDMSR from 0xc0010055.*?</TASK>",
    # drivers/xen/manage.c turns each processor's timer off (state 1) some time before
    # stop_machine() holds them all. One that goes idle with no timer pending in between wants to
    # stop what is off. Stock; the resume turns the timer on again.
    r"Current state: 1\n[^\n]*WARNING: [^\n]* clockevents_switch_state\+"
    r"(?:(?!\[ end trace).)*\bdo_idle\+(?:(?!\[ end trace).)*\[ end trace \w+ \]---",
)


def first(patterns, console):
    """What the first of the patterns found in the console, to the end of its line, or None."""
    for passage in HARMLESS:
        console = re.sub(passage, "", console, flags=re.DOTALL)
    match = re.search("|".join(f"(?:{pattern})" for pattern in patterns), console)
    if not match:
        return None
    begin = console.rfind("\n", 0, match.start()) + 1
    end = console.find("\n", match.end())
    return " ".join(console[begin:end].split())
