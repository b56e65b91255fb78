# SPDX-License-Identifier: GPL-2.0-only
"""
A minimal test runner: runs all functions of a module whose name starts with test_,
in the order of the file, each with a fresh directory. Prints KTAP.
"""

import contextlib
import io
import pathlib
import tempfile
import traceback

from .common import FAILED, PASS


def main(names):
    """Runs the tests among a module's names; returns the exit code."""
    tests = [value for name, value in names.items() if name.startswith("test_")]
    failed = 0
    print(f"KTAP version 1\n1..{len(tests)}")
    for number, test in enumerate(tests, 1):
        said = io.StringIO()
        with tempfile.TemporaryDirectory() as directory, contextlib.redirect_stdout(said):
            try:
                test(pathlib.Path(directory))
                verdict = "ok"
            except Exception:       # whatever it is, the test has failed
                traceback.print_exc(file=said)
                failed, verdict = failed + 1, "not ok"
        for line in said.getvalue().splitlines():
            print("# " + line)
        print(f"{verdict} {number} {test.__name__.removeprefix('test_')}", flush=True)
    return FAILED if failed else PASS


def raises(kind, function, *arguments):
    """The message of the exception that the call must raise."""
    try:
        function(*arguments)
    except kind as error:
        return str(error)
    raise AssertionError(f"no {kind.__name__} was raised")
