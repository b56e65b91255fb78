# SPDX-License-Identifier: GPL-2.0-only
"""
Which files a program needs to run: itself, its loader and the shared libraries
below it, all taken from one root directory, as the loader would find them. And
the notes by which a kernel tells Xen what it can do.
"""

import re
import struct
import subprocess

from .common import RIG, Stop

UNKNOWN_NOTE = 0x7fff
LIBRARIES = ("usr/lib/x86_64-linux-gnu", "lib/x86_64-linux-gnu", "lib64")


def dynamic(path):
    """(the loader or None, the libraries that it names, its own search path) of an ELF file."""
    text = subprocess.run(["readelf", "-dlW", path], capture_output=True, text=True,
                          check=False).stdout
    loader = re.search(r"\[Requesting program interpreter: /(.*)\]", text)
    runpath = re.search(r"\((?:RUNPATH|RPATH)\).*\[(.*)\]", text)
    return (loader and loader[1], re.findall(r"\(NEEDED\).*\[(.*)\]", text),
            [path.lstrip("/") for path in runpath[1].split(":")] if runpath else [])


def without_note(content, owner, kind):
    """
    An ELF file's content with the notes of that owner and kind renamed to a
    kind that nobody knows. Raises Stop if there is none.
    """
    name = owner.encode() + b"\0"
    name += bytes(-len(name) % 4)
    head = re.compile(re.escape(struct.pack("<I", len(owner) + 1)) + b"(....)"
                      + re.escape(struct.pack("<I", kind) + name), re.DOTALL)
    changed, found = head.subn(lambda note: struct.pack("<I", len(owner) + 1) + note[1]
                               + struct.pack("<I", UNKNOWN_NOTE) + name, content)
    if not found:
        raise Stop(RIG, f"no note {kind} of {owner} in the kernel")
    return changed


def find(root, name, places):
    for place in places:
        if (root / place / name).exists():
            return f"{place}/{name}"
    raise Stop(RIG, f"no {name} in {root}")


def closure(root, programs, libraries=()):
    """
    {path: content} of the programs (paths below root), the libraries that they
    load by themselves (names), and all that these need.
    """
    todo = [*programs, *(find(root, name, LIBRARIES) for name in libraries)]
    files, inherited = {}, []
    while todo:
        name = todo.pop()
        if name in files:
            continue
        files[name] = (root / name).read_bytes()
        loader, needed, runpath = dynamic(root / name)
        inherited += runpath
        todo += [loader] if loader else []
        todo += [find(root, library, [*inherited, *LIBRARIES]) for library in needed]
    return files
