#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""
Tests running tasks in parallel (scheduler.py): the budgets are respected, results
come in order, and neither a failing task nor an interrupt leaves anything behind.
"""

import contextlib
import dataclasses
import os
import signal
import subprocess
import sys
import threading
import time

sys.path[0] += "/.."        # rig/, where lib is
from lib import scheduler, unit
from lib.scheduler import Budget, Children, side_by_side

LONG = 60               # seconds, longer than any test waits


@dataclasses.dataclass(frozen=True)
class Task:
    name: str
    processors: int = 1
    memory: int = 100
    alone: bool = False
    seconds: float = 0.05


class Machine:
    """Works by sleeping, and records which tasks ran at the same time."""

    def __init__(self):
        self.lock = threading.Lock()
        self.running, self.seen, self.started, self.ends = [], [], [], 0

    def work(self, task):
        with self.lock:
            self.running.append(task)
            self.started.append(task.name)
            self.seen.append(list(self.running))
        time.sleep(task.seconds)
        with self.lock:
            self.running.remove(task)
        if task.name == "broken":
            raise ValueError("broken")
        if task.name == "stopped":
            sys.exit(4)
        return task.name.upper()

    def end(self):
        self.ends += 1


def results(machine, budget, *tasks):
    return [(task.name, future.exception() or future.result()) for task, future
            in side_by_side(tasks, budget, machine.work, lambda _: None, machine.end)]


def tasks(number, **settings):
    return [Task(f"t{n}", **settings) for n in range(number)]


def test_processors_are_not_exceeded(_):
    machine = Machine()
    results(machine, Budget(3, 10000), *tasks(8))
    assert max(map(len, machine.seen)) == 3


def test_memory_is_not_exceeded(_):
    machine = Machine()
    results(machine, Budget(8, 250), *tasks(6))
    assert max(map(len, machine.seen)) == 2


def test_processors_of_a_task_count(_):
    machine = Machine()
    results(machine, Budget(3, 10000), Task("wide", processors=2), *tasks(6))
    for running in machine.seen:
        assert sum(task.processors for task in running) <= 3


def test_task_too_big_for_the_budget_runs_alone(_):
    machine = Machine()
    huge, wide = Task("huge", memory=9999), Task("wide", processors=9)
    assert len(results(machine, Budget(4, 1000), *tasks(3), huge, wide)) == 5
    assert all(running == [task] for running in machine.seen for task in running
               if task in (huge, wide))


def test_alone(_):
    machine = Machine()
    alone = Task("alone", alone=True)
    results(machine, Budget(4, 10000), Task("first"), alone, *tasks(4))
    assert [running for running in machine.seen if alone in running] == [[alone]]


def test_results_are_in_order(_):
    machine = Machine()
    found = results(machine, Budget(2, 10000), Task("slow", seconds=0.3), *tasks(4))
    assert found == [(name, name.upper()) for name in ("slow", "t0", "t1", "t2", "t3")]


def test_none_overtakes_one_that_waits(_):
    machine = Machine()
    results(machine, Budget(2, 10000), Task("a"), Task("wide", processors=2), Task("b"))
    assert machine.started == ["a", "wide", "b"]


def test_failing_task_loses_no_other(_):
    machine = Machine()
    found = dict(results(machine, Budget(2, 10000), Task("a"), Task("broken"), Task("stopped"),
                         Task("b")))
    assert isinstance(found["broken"], ValueError) and isinstance(found["stopped"], SystemExit)
    assert (found["a"], found["b"]) == ("A", "B") and not machine.ends


def test_no_tasks(_):
    assert not results(Machine(), Budget(1, 1))


def test_running_tasks_are_reported(_):
    heard, quiet = [], scheduler.QUIET
    scheduler.QUIET = 0.05
    try:
        list(side_by_side([Task("a", seconds=0.2), Task("b", seconds=0.2)], Budget(2, 1000),
                          Machine().work, heard.append, lambda: None))
    finally:
        scheduler.QUIET = quiet
    assert [task.name for task in heard[0]] == ["a", "b"]


def sleeping(children, task):
    return children.run(["sleep", str(task.seconds)])


def ends_quickly(provoke):
    """However the loop over the results ends, the processes end too."""
    children, began = Children(), time.monotonic()
    rows = side_by_side([Task("short")] + tasks(3, seconds=LONG), Budget(2, 1000),
                        lambda task: sleeping(children, task), lambda _: None, children.end)
    with contextlib.suppress(SystemExit, ZeroDivisionError), contextlib.closing(rows):
        for _ in rows:
            provoke()
    assert time.monotonic() - began < LONG / 2
    assert not children.processes


def test_interrupt_ends_all(_):
    for ending in (signal.SIGINT, signal.SIGTERM):
        ends_quickly(lambda ending=ending: threading.Timer(
            0.2, os.kill, (os.getpid(), ending)).start())


def test_error_in_the_caller_ends_all(_):
    ends_quickly(lambda: 1 / 0)


def test_output_and_exit_code_of_a_process(_):
    assert Children().run(["sh", "-c", "echo said; exit 3"]) == (3, "said\n")


def test_no_process_starts_after_the_end(_):
    children = Children()
    children.end()
    assert "no new processes" in unit.raises(InterruptedError, children.run, ["true"])


def test_killed_process(_):
    code, _ = Children().run(["sh", "-c", "kill -9 $$"], stderr=subprocess.DEVNULL)
    assert code == -signal.SIGKILL


if __name__ == "__main__":
    sys.exit(unit.main(globals()))
