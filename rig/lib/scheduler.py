# SPDX-License-Identifier: GPL-2.0-only
"""
Runs tasks in parallel, within the processors and memory of this machine, and
returns their results in order. It does not know what the tasks do: they are
hashable, have the attributes processors, memory (MiB) and alone, and work(task)
is called in a thread of its own.
"""

import concurrent.futures
import dataclasses
import subprocess
import threading

QUIET = 30              # seconds between progress reports


@dataclasses.dataclass
class Budget:
    """What all running tasks may use together."""
    processors: int
    memory: int

    def admits(self, task, running):
        """Whether a task may start next to the running ones. One too big for the budget runs alone."""
        if not running:
            return True
        if task.alone or any(other.alone for other in running):
            return False
        together = [task, *running]
        return (sum(one.processors for one in together) <= self.processors
                and sum(one.memory for one in together) <= self.memory)


def side_by_side(tasks, budget, work, waiting, end):
    """
    Yields (task, future of work(task)) in the order of the tasks, in which they
    also start: none overtakes one that waits for room, or results would be held
    back until a large one has the machine at last. waiting(running tasks) is
    called every QUIET seconds. If the caller is interrupted or closes this
    generator, end() is called and must make the running tasks return.
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
    """Starts tasks in order as long as they fit, and moves them from left to running."""
    while left and budget.admits(left[0], running.values()):
        task = left.pop(0)
        running[submit(task)] = task


def ended(running, waiting):
    """Waits for tasks to end, and removes them from running: {task: future}."""
    futures = concurrent.futures.wait(running, QUIET, concurrent.futures.FIRST_COMPLETED).done
    if not futures:
        waiting(list(running.values()))
    return {running.pop(future): future for future in futures}


class Children:
    """The processes of the tasks, which can all be terminated at once."""

    def __init__(self):
        self.lock = threading.Lock()
        self.processes = set()
        self.ended = False

    def run(self, command, shown=False, **arguments):
        """Runs a command: (exit code, output). With shown, the output goes to the terminal."""
        with self.lock:
            if self.ended:
                raise InterruptedError("terminating: no new processes")
            process = subprocess.Popen(command, text=True, **arguments,
                                       stdout=None if shown else subprocess.PIPE)
            self.processes.add(process)
        with process:
            output = process.communicate()[0] or ""
        with self.lock:
            self.processes.remove(process)
        return process.returncode, output

    def end(self):
        """Terminates the running processes, and lets no new one start."""
        with self.lock:
            self.ended = True
            for process in self.processes:
                process.terminate()
