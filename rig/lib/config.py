# SPDX-License-Identifier: GPL-2.0-only
"""
The requested kernel configuration: the fragments in rig/config/ and the user's
EXTRA_CONFIG.
"""

import re

from .common import ROOT, USAGE, Stop, knob


def options(path):
    """{option: its line in .config} of a config fragment."""
    result = {}
    for line in path.read_text().splitlines():
        line = line.strip()
        off = re.fullmatch(r"(?:# )?(CONFIG_\w+)(?: is not set|=n)", line)
        value = re.fullmatch(r"(CONFIG_\w+)=.+", line)
        if off:
            result[off[1]] = f"# {off[1]} is not set"
        elif value:
            result[value[1]] = line
        elif line and not line.startswith("#"):
            raise Stop(USAGE, f"{path}: not a config line: {line}")
    return result


def fragments():
    """(Options of the project, options of the user, which take precedence.)"""
    names = ["base.config", "stock.config" if knob("STOCK") else "p2m.config"]
    if knob("SANITIZE"):
        names.append("sanitize.config")
    ours = {}
    for name in names:
        ours |= options(ROOT / "rig/config" / name)
    extra = knob("EXTRA_CONFIG")
    return ours, options(extra) if extra else {}
