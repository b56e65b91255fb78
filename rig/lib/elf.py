# SPDX-License-Identifier: GPL-2.0-only
"""
Finds the files that a program needs to run: itself, its loader and its shared
libraries, all from one root directory, as the loader would find them. Also removes
the ELF notes by which a kernel tells Xen what it supports.
"""

import re
import struct
import subprocess

from .common import RIG, Stop

UNKNOWN_NOTE = 0x7fff
LIBRARIES = ("usr/lib/x86_64-linux-gnu", "lib/x86_64-linux-gnu", "lib64")


def dynamic(path):
    """(loader or None, names of the libraries, search path) of an ELF file."""
    text = subprocess.run(["readelf", "-dlW", path], capture_output=True, text=True,
                          check=False).stdout
    loader = re.search(r"\[Requesting program interpreter: /(.*)\]", text)
    runpath = re.search(r"\((?:RUNPATH|RPATH)\).*\[(.*)\]", text)
    return (loader and loader[1], re.findall(r"\(NEEDED\).*\[(.*)\]", text),
            [path.lstrip("/") for path in runpath[1].split(":")] if runpath else [])


def without_note(content, owner, kind):
    """
    The content of an ELF file, with the notes of this owner and kind changed to an
    unknown kind. Raises Stop if there is none.
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
    {path: content} of the programs (paths below root), of the libraries that they
    load at run time (names), and of everything that these need.
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
