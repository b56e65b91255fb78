# SPDX-License-Identifier: GPL-2.0-only
"""
The requested kernel configuration: the fragments in rig/config/ and the user's
EXTRA_CONFIG; and what the kernel made of it.
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


def fragment(name):
    return ROOT / "rig/config" / f"{name}.config"


def without_effect(asked, got):
    """
    The requested options, {name: line}, that a .config does not have. One that does not
    exist or is hidden leaves no line; that counts as "not set".
    """
    return {name: line for name, line in asked.items() if line + "\n" not in got
            and (not line.startswith("#") or f"\n{name}=" in got)}


def fragments():
    """(Options of the project, options of the user, which take precedence.)"""
    names = ["base", "stock" if knob("STOCK") else "p2m"]
    names += ["sanitize"] if knob("SANITIZE") else []
    names += [knob("CONFIG")] if knob("CONFIG") else []
    ours = {}
    for name in names:
        ours |= options(fragment(name))
    extra = knob("EXTRA_CONFIG")
    return ours, options(extra) if extra else {}
