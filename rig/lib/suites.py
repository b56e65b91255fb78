# SPDX-License-Identifier: GPL-2.0-only
"""
The KUnit suites of the project, taken from kunit/*.c: there is no other list.
"""

import re

from .common import ROOT

PREFIX = "xen_p2m"      # the start of all their names


def names(directory=ROOT / "kunit"):
    """The names of the suites, sorted."""
    pattern = re.compile(rf'^\s*\.name\s*=\s*"({PREFIX}\w*)"', re.MULTILINE)
    return sorted(name for source in directory.glob("*.c")
                  for name in pattern.findall(source.read_text()))
