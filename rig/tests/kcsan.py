#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""
Tests which KCSAN reports count (kcsan.py).
"""

import sys

sys.path[0] += "/.."        # rig/, where lib is
from lib import kcsan, unit

LINE = "=" * 66
REPORT = """before
{bar}
BUG: KCSAN: data-race in {title}

write to 0xffff88800bfa0978 of 4 bytes by interrupt on cpu 3:
 first_frame+0xcd/0x210

Reported by Kernel Concurrency Sanitizer on:
CPU: 3 UID: 0 PID: 0 Comm: swapper/3 Not tainted
{bar}
after
"""


def judged(text):
    kcsan.functions = lambda kernel: ({"set_phys_to_machine", "upcall"}, {"upcall"})
    return kcsan.without_others(text, None)


def report(title):
    return REPORT.format(title=title, bar=LINE)


def test_others_are_taken_out_and_counted(_):
    left, others = judged(report("tick_one / tick_two") + report("tick_one+0x1/0x2"))
    assert others == 2 and "KCSAN" not in left
    assert left.count("before\n") == left.count("after\n") == 2


def test_either_access_counts(_):
    for title in ("set_phys_to_machine / tick_one", "tick_one / set_phys_to_machine",
                  "set_phys_to_machine", "set_phys_to_machine+0x9e/0x1f0"):
        assert judged(report(title)) == (report(title), 0)


def test_ours_between_others(_):
    left, others = judged(report("a / b") + report("a / set_phys_to_machine") + report("b"))
    assert others == 2 and left.count("BUG: KCSAN") == 1


def test_module_counts(_):
    text = report("look_show [p2m_look] / tick_one")
    assert judged(text) == (text, 0)


def test_torn_report_counts(_):
    text = report("a / b").replace(LINE + "\nafter\n", "")
    assert judged(text) == (text, 0)


def test_events_share_with_xen(_):
    assert judged(report("upcall+0x1/0x2"))[1] == 1
    text = report("upcall / tick_one")
    assert judged(text) == (text, 0)


def test_splat_within_counts(_):
    for splat in ("WARNING: CPU: 0 PID: 1 at mm/x.c:1", "kernel BUG at x.c:1", "Linux version 6"):
        text = report("a / b").replace("CPU: 3", f"{splat}\nCPU: 3")
        assert judged(text) == (text, 0)


def test_domu_report(_):
    text = "".join(f"name| {line}\n" for line in report("a / b").splitlines())
    left, others = judged(text)
    assert others == 1 and "KCSAN" not in left and "name| after\n" in left


if __name__ == "__main__":
    sys.exit(unit.main(globals()))
