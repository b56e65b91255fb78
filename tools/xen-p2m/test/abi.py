#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""
Is our idea of the shared info page Xen's? Compiles the layout that the kernel
asserts against Xen's own public headers. Run by "make abi".
"""

import pathlib
import subprocess
import sys

from lib import unit
from lib.common import ROOT

LAYOUT = ROOT / "arch/x86/xen/p2m-abi.h"
SOURCE = pathlib.Path(__file__).with_name("abi.c")


def errors(layout):
    """What the compiler says about a layout."""
    return subprocess.run(["cc", "-fsyntax-only", f'-DLAYOUT="{layout}"', SOURCE],
                          text=True, capture_output=True, check=False).stderr


def test_layout_is_that_of_xens_headers(_):
    assert errors(LAYOUT) == ""


def test_a_wrong_offset_is_noticed(directory):
    wrong = directory / LAYOUT.name
    wrong.write_text(LAYOUT.read_text().replace("p2m_cr3, 24", "p2m_cr3, 32"))
    assert "p2m_cr3" in errors(wrong)


if __name__ == "__main__":
    sys.exit(unit.main(globals()))
