# SPDX-License-Identifier: GPL-2.0-only
"""
Runs tasks side by side, as many as fit this machine's processors and memory,
and hands over their results in the order of the tasks. Knows nothing of what
the tasks do: they have processors, memory (MiB) and alone, can be keys, and
work(task) is called in a thread of its own.
"""

import concurrent.futures
import dataclasses
import subprocess
import threading

QUIET = 30              # seconds between two signs of life


@dataclasses.dataclass
class Budget:
    """What all tasks that run at a time may take together."""
    processors: int
    memory: int

    def admits(self, task, running):
        """Whether a task fits beside those that run. One that never fits runs by itself."""
        if not running:
            return True
        if task.alone or any(other.alone for other in running):
            return False
        together = [task, *running]
        return (sum(one.processors for one in together) <= self.processors
                and sum(one.memory for one in together) <= self.memory)


def side_by_side(tasks, budget, work, waiting, end):
    """
    Yields (task, future of what work(task) returns or raises) in the order of
    the tasks. Of those that wait the first that fits starts. waiting(tasks) is
    called now and then with those that run, end() where they shall not go on:
    when the caller is interrupted, or closes this generator.
    """
    left, running, done = list(tasks), {}, {}
    with concurrent.futures.ThreadPoolExecutor(max(len(left), 1)) as pool:
        try:
            for task in tasks:
                while task not in done:
                    start(left, running, budget, lambda one: pool.submit(work, one))
                    done |= ended(running, waiting)
                yield task, done[task]
        except BaseException:
            end()
            raise


def start(left, running, budget, submit):
    """Starts what fits, in order, and moves it from left to running."""
    for task in list(left):
        if budget.admits(task, running.values()):
            left.remove(task)
            running[submit(task)] = task


def ended(running, waiting):
    """Waits until some have ended, and takes them from running: {task: future}."""
    futures = concurrent.futures.wait(running, QUIET, concurrent.futures.FIRST_COMPLETED).done
    if not futures:
        waiting(list(running.values()))
    return {running.pop(future): future for future in futures}


class Children:
    """The processes that the tasks wait for, to be ended all at once."""

    def __init__(self):
        self.lock = threading.Lock()
        self.processes = set()
        self.ended = False

    def run(self, command, shown=False, **arguments):
        """(exit code, output) of a command. Its output is not kept where it is shown."""
        with self.lock:
            if self.ended:
                raise InterruptedError("no more processes are started")
            process = subprocess.Popen(command, text=True, **arguments,
                                       stdout=None if shown else subprocess.PIPE)
            self.processes.add(process)
        with process:
            output = process.communicate()[0] or ""
        with self.lock:
            self.processes.remove(process)
        return process.returncode, output

    def end(self):
        """Ends those that run, and lets no other start."""
        with self.lock:
            self.ended = True
            for process in self.processes:
                process.terminate()
