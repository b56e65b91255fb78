# SPDX-License-Identifier: GPL-2.0-only
"""
The KUnit suites of the project, taken from kunit/*.c: there is no other list.
"""

import fnmatch
import re

from .common import ROOT

PREFIX = "xen_p2m"      # the start of all their names
ALL = PREFIX + "*"      # all cases, as KUnit's filter_glob


def names(cases=ALL, directory=ROOT / "kunit"):
    """The suites that a filter_glob, SUITE or SUITE.CASE, selects, sorted."""
    pattern = re.compile(rf'^\s*\.name\s*=\s*"({PREFIX}\w*)"', re.MULTILINE)
    found = {name for source in directory.glob("*.c") for name in pattern.findall(source.read_text())}
    return sorted(fnmatch.filter(found, cases.split(".")[0]))
