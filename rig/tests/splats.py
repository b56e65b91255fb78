#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""
Tests what counts as a splat (splats.py), and that a harmless passage hides no other.
"""

import sys

sys.path[0] += "/.."        # rig/, where lib is
from lib import splats, unit

BROKEN = splats.FATAL + splats.BROKEN
TIMER = """domu| Freezing remaining freezable tasks completed (elapsed 0.002 seconds)
domu| ------------[ cut here ]------------
domu| Current state: {state}
domu| WARNING: CPU: 0 PID: 0 at kernel/time/clockevents.c:125 {where}+0x103/0x110
domu| CPU: 0 UID: 0 PID: 0 Comm: swapper/0 Not tainted 6.12.117 #1
domu| Call Trace:
domu|  <TASK>
domu|  tick_program_event+0x5a/0x90
domu|  {caller}+0x1a3/0x240
domu|  </TASK>
domu| ---[ end trace 0000000000000000 ]---
"""


def timer(state=1, where="clockevents_switch_state", caller="do_idle"):
    return TIMER.format(state=state, where=where, caller=caller)


def judged(console):
    return splats.first(BROKEN, console)


def test_quiet_console(_):
    assert judged("Linux version 6.12\nXen: all is well\n") is None


def test_each_kind_is_found(_):
    for line in ("BUG: sleeping function called", "WARNING: CPU: 1 PID: 2 at x.c:3 f+0x1/0x2",
                 "(XEN) Xen WARN at mm.c:1", "rcu: INFO: rcu_sched detected stalls"):
        assert judged(f"before\n{line}\nafter\n") == line


def test_timer_that_is_off_in_a_suspend(_):
    assert judged(timer()) is None


def test_any_other_state_counts(_):
    assert "clockevents_switch_state" in judged(timer(state=3))


def test_any_other_function_counts(_):
    assert "f+0x103" in judged(timer(where="f"))


def test_outside_of_idle_it_counts(_):
    assert "clockevents_switch_state" in judged(timer(caller="do_exit"))


def test_harmless_passage_hides_no_splat_after_it(_):
    assert "x.c:1" in judged(timer() + "WARNING: CPU: 0 PID: 0 at x.c:1 f+0x1/0x2\n")
    other = timer(where="f")
    assert "f+0x103" in judged(timer() + other)
    assert "f+0x103" in judged(other + timer())


def test_idle_in_another_trace_does_not_count(_):
    assert "clockevents_switch_state" in judged(timer(caller="do_exit") + timer(where="f"))


if __name__ == "__main__":
    sys.exit(unit.main(globals()))
