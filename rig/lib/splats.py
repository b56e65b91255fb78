# SPDX-License-Identifier: GPL-2.0-only
"""
What must not appear in a console: the messages by which Linux and Xen report that
something is broken. A fatal one ends the run immediately as a crash; after the
others the guest continues, but the run has failed.
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


# Passages that look like a splat but are harmless, each with the reason.
HARMLESS = (
    # QEMU emulates an AMD CPU, but without an MSR that Linux reads on all AMD CPUs.
    r"unchecked MSR access error: RDMSR from 0xc0010055.*?</TASK>",
    # drivers/xen/manage.c turns off the timer of each processor (state 1) some time before
    # stop_machine() stops them all. A processor that goes idle in between, with no timer pending,
    # tries to stop a timer that is already off. Stock behaviour; resuming turns the timer on again.
    r"Current state: 1\n[^\n]*WARNING: [^\n]* clockevents_switch_state\+"
    r"(?:(?!\[ end trace).)*\bdo_idle\+(?:(?!\[ end trace).)*\[ end trace \w+ \]---",
)


def first(patterns, console):
    """The line of the first match of any pattern in the console, or None."""
    for passage in HARMLESS:
        console = re.sub(passage, "", console, flags=re.DOTALL)
    match = re.search("|".join(f"(?:{pattern})" for pattern in patterns), console)
    if not match:
        return None
    begin = console.rfind("\n", 0, match.start()) + 1
    end = console.find("\n", match.end())
    return " ".join(console[begin:end].split())
