# SPDX-License-Identifier: GPL-2.0-only
"""
No function of ours is longer than a screen: finds those that are. Goes by the
kernel's style, in which a body's braces stand alone in the first column.
"""

import re

LONGEST = 50            # lines, from the first of the declaration to the closing brace
BEFORE = re.compile(r"$|#|.*(?:\*/|;|})$")      # what a declaration comes after


def functions(text):
    """[(number of the first line, name, lines)] of a C file."""
    lines, found = text.splitlines(), []
    for at, line in enumerate(lines):
        if line != "{":
            continue
        first = at
        while first and not BEFORE.match(lines[first - 1]):
            first -= 1
        name = re.search(r"(\w+)\s*\(", " ".join(lines[first:at]))
        end = lines.index("}", at)
        found.append((first + 1, name[1] if name else lines[first], end - first + 1))
    return found


def too_long(path, name):
    """A finding for each function of a file that is too long."""
    return [f"{name}:{line}: {function}() has {length} lines, {LONGEST} are the most"
            for line, function, length in functions(path.read_text()) if length > LONGEST]
