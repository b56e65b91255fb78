#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""
Is our idea of the shared info page Xen's? Compiles the header by which the
kernel asserts it, the argument, against Xen's own public headers (abi.c). Run by
"make abi".
"""

import pathlib
import subprocess
import sys

from lib import unit

LAYOUT = pathlib.Path(sys.argv[1])


def errors(directory, layout):
    """What the compiler says about a layout."""
    return subprocess.run(["make", "-s", f"O={directory}/o", f"LAYOUT={layout}",
                           f"{directory}/o/abi.o"], text=True, capture_output=True,
                          check=False).stderr


def test_layout_is_that_of_xens_headers(directory):
    assert errors(directory, LAYOUT) == ""


def test_a_wrong_offset_is_noticed(directory):
    wrong = directory / LAYOUT.name
    wrong.write_text(LAYOUT.read_text().replace("p2m_cr3, 24", "p2m_cr3, 32"))
    assert "p2m_cr3" in errors(directory, wrong)


if __name__ == "__main__":
    sys.exit(unit.main(globals()))
