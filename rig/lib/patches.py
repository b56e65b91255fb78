# SPDX-License-Identifier: GPL-2.0-only
"""
The patch engine: applies the numbered patches of patches/ to stock files, all or
none, using "git apply" (which allows no fuzz) in a staging directory. The tree itself
is only read: the caller gets the new contents and installs them. A mismatch is
reported with patch, file, line, the expected line and the line found.
"""

import hashlib
import os
import pathlib
import re
import subprocess
import tempfile


class Mismatch(Exception):
    """Explains why a patch does not apply."""


def series(directory, prelude=""):
    """The numbered patches of a directory, preceded by those of a subdirectory."""
    directories = [directory / prelude, directory] if prelude else [directory]
    for one in directories:
        if not one.is_dir():
            raise Mismatch(f"no such directory of patches: {one}")
    return [patch for one in directories for patch in sorted(one.glob("[0-9][0-9]-*.patch"))]


def name(patch):
    """Includes the directory, as patches of a prelude may have the same file names."""
    return f"{patch.parent.name}/{patch.name}"


def digest(patches):
    """One hash over the names and contents of a series of patches."""
    total = hashlib.sha256()
    for patch in patches:
        total.update(name(patch).encode() + b"\0" + patch.read_bytes())
    return total.hexdigest()


def touched(patch):
    """The files that a patch changes, adds or removes."""
    names = re.findall(r"^(?:--- a|\+\+\+ b)/(\S+)", patch.read_text(), re.MULTILINE)
    return sorted(set(names))


def apply(patches, stock):
    """
    Applies the patches to the files that stock(path) returns as bytes (None
    where there is no such file). Returns {path: new content, None if removed}.
    """
    paths = sorted({path for patch in patches for path in touched(patch)})
    with tempfile.TemporaryDirectory() as directory:
        staging = pathlib.Path(directory)
        for path in paths:
            content = stock(path)
            if content is not None:
                (staging / path).parent.mkdir(parents=True, exist_ok=True)
                (staging / path).write_bytes(content)
        for patch in patches:
            apply_one(patch, staging)
        return {path: content_of(staging / path) for path in paths}


def content_of(path):
    return path.read_bytes() if path.exists() else None


def apply_one(patch, staging):
    # Neither a repository nor user configuration may affect "git apply".
    environment = {key: value for key, value in os.environ.items()
                   if not key.startswith("GIT_")}
    environment |= {"GIT_CEILING_DIRECTORIES": str(staging.parent), "LC_ALL": "C",
                    "GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_NOSYSTEM": "1"}
    result = subprocess.run(["git", "apply", "--whitespace=nowarn", str(patch.absolute())],
                            cwd=staging, env=environment, capture_output=True, text=True,
                            check=False)
    if result.returncode:
        raise Mismatch(explain(patch, staging, result.stderr))


def explain(patch, staging, stderr):
    """Turns the message of "git apply" into patch, file, line, expected, found."""
    block = [f"{name(patch)} does not apply to this tree"]
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
    """The lines that a hunk of the patch expects in the file."""
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
    """The first differing line, at the place where the hunk matches best."""
    def fit(at):
        same = sum(a == b for a, b in zip(expected, lines[at:]))
        return same, -abs(at - (start - 1))
    best = max(range(len(lines) + 1), key=fit)
    for index, line in enumerate(expected):
        found = lines[best + index] if best + index < len(lines) else "(end of file)"
        if found != line:
            return best + index + 1, line, found
    return start, expected[0], "a match, but out of order"
