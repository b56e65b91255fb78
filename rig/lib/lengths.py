# SPDX-License-Identifier: GPL-2.0-only
"""
Finds functions that are too long. Relies on the kernel's style, in which the braces
of a function body are alone in the first column.
"""

import re

LONGEST = 50            # lines, from the declaration to the closing brace
BEFORE = re.compile(r"$|#|.*(?:\*/|;|})$")      # the last line before a declaration


def functions(text):
    """[(first line, name, number of lines)] of a C file."""
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
    """A finding for each function that is too long."""
    return [f"{name}:{line}: {function}() has {length} lines, the limit is {LONGEST}"
            for line, function, length in functions(path.read_text()) if length > LONGEST]
