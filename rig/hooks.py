# SPDX-License-Identifier: GPL-2.0-only
"""
The hook engine: applies the numbered patches of hooks/ all or none, with
"git apply" (which knows no fuzz), in a staging directory. The tree itself is
only read: the caller gets the new contents and installs them. A mismatch is
reported with patch, file, line, the line expected and the line found.
"""

import hashlib
import os
import pathlib
import re
import subprocess
import tempfile


class HookError(Exception):
    """The block that a person needs to see why a hook does not fit."""


def patches(directory):
    return sorted(pathlib.Path(directory).glob("[0-9][0-9]-*.patch"))


def digest(series):
    """One hash over the names and contents of a series of patches."""
    total = hashlib.sha256()
    for patch in series:
        total.update(patch.name.encode() + b"\0" + patch.read_bytes())
    return total.hexdigest()


def touched(patch):
    """The files that a patch changes, adds or removes."""
    names = re.findall(r"^(?:--- a|\+\+\+ b)/(\S+)", patch.read_text(), re.MULTILINE)
    return sorted(set(names))


def apply(series, stock):
    """
    Applies the series to the files that stock(path) returns as bytes (None
    where there is no such file). Returns {path: new content, None if removed}.
    """
    paths = sorted({path for patch in series for path in touched(patch)})
    with tempfile.TemporaryDirectory() as name:
        staging = pathlib.Path(name)
        for path in paths:
            content = stock(path)
            if content is not None:
                (staging / path).parent.mkdir(parents=True, exist_ok=True)
                (staging / path).write_bytes(content)
        for patch in series:
            apply_one(patch, staging)
        return {path: content_of(staging / path) for path in paths}


def content_of(path):
    return path.read_bytes() if path.exists() else None


def apply_one(patch, staging):
    # No repository and no user configuration may change what "git apply" does.
    environment = {name: value for name, value in os.environ.items()
                   if not name.startswith("GIT_")}
    environment |= {"GIT_CEILING_DIRECTORIES": str(staging.parent), "LC_ALL": "C",
                    "GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_NOSYSTEM": "1"}
    result = subprocess.run(["git", "apply", "--whitespace=nowarn", str(patch.absolute())],
                            cwd=staging, env=environment, capture_output=True, text=True,
                            check=False)
    if result.returncode:
        raise HookError(explain(patch, staging, result.stderr))


def explain(patch, staging, stderr):
    """Turns the message of "git apply" into patch, file, line, expected, found."""
    block = [f"hook {patch.name} does not fit this tree"]
    failed = re.search(r"patch failed: (.+):(\d+)", stderr)
    if failed:
        path, start = failed[1], int(failed[2])
        lines = (staging / path).read_text(errors="replace").splitlines()
        number, expected, found = mismatch(hunk(patch, path, start), lines, start)
        block += [f"  file:     {path}", f"  line:     {number}",
                  f"  expected: {expected}", f"  found:    {found}"]
    else:
        block += ["  " + line for line in stderr.strip().splitlines()]
    return "\n".join(block)


def hunk(patch, path, start):
    """The lines that a hunk of the patch expects to find in the file."""
    section = re.split(r"^--- ", patch.read_text(), flags=re.MULTILINE)
    section = next(part for part in section if f"\n+++ b/{path}" in part)
    body = re.split(rf"^@@ -{start}(?:,\d+)? .*@@.*\n", section, flags=re.MULTILINE)[1]
    expected = []
    for line in body.splitlines():
        if line[:1] not in (" ", "-", "+", ""):
            break
        if line[:1] != "+":
            expected.append(line[1:])
    return expected


def mismatch(expected, lines, start):
    """The first line that differs, where the hunk fits the file best."""
    def fit(at):
        same = sum(a == b for a, b in zip(expected, lines[at:]))
        return same, -abs(at - (start - 1))
    best = max(range(len(lines) + 1), key=fit)
    for index, line in enumerate(expected):
        found = lines[best + index] if best + index < len(lines) else "(end of file)"
        if found != line:
            return best + index + 1, line, found
    return start, expected[0], "a place that fits, but not in this order"
