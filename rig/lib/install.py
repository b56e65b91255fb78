# SPDX-License-Identifier: GPL-2.0-only
"""
Installs our overlay and the patched stock files in a kernel tree, all or none,
touching only what changed. The tree's .xen-p2m/ records what was written and the
stock content of replaced files, so that a file removed from the project is removed
from the tree too. Files that somebody added or edited in the tree are kept.
"""

import hashlib
import json

from . import patches
from .common import say, write_atomically

STATE = ".xen-p2m"


def sha(content):
    return hashlib.sha256(content).hexdigest()


def read(path):
    return path.read_bytes() if path.is_file() else None


def load(tree):
    try:
        return json.loads((tree / STATE / "state.json").read_text())
    except (OSError, ValueError):
        return None


def save(tree, state):
    write_atomically(tree / STATE / "state.json", json.dumps(state, indent=1).encode())


def overlay(project, without=()):
    """Our files, except those to leave out: {path in the kernel tree: path in the project}."""
    mapping = {"arch": "arch", "include": "include", "kunit": "arch/x86/xen/kunit"}
    files = {f"{there}/{path.relative_to(project / here)}": path
             for here, there in mapping.items()
             for path in sorted((project / here).rglob("*")) if path.is_file()}
    if (project / "Kconfig").exists():
        files["arch/x86/xen/Kconfig.p2m"] = project / "Kconfig"
    unknown = sorted(set(without) - files.keys())
    if unknown:
        raise patches.Mismatch("the table of kernels leaves out files that are not ours: "
                               + ", ".join(unknown))
    return {path: source for path, source in files.items() if path not in without}


class Installer:
    """
    Installs our files in a tree. state["files"] has for every path that we install
    "stock", whether the source has this file, and "sha", the hash of what we wrote.
    """

    def __init__(self, tree, project, kernel):
        self.tree = tree
        self.project = project
        self.kernel = kernel
        self.state = load(tree)
        self.files = self.state["files"]

    def stock(self, path):
        """The content of a file in the source, None if the source lacks it."""
        if path not in self.files:
            return read(self.tree / path)
        return read(self.tree / STATE / "orig" / path) if self.files[path]["stock"] else None

    def wanted(self):
        """({path: content or None} of all files we install or installed, the paths to remove)."""
        series = patches.series(self.project / "patches", self.kernel.prelude)
        files = {path: source.read_bytes()
                 for path, source in overlay(self.project, self.kernel.without).items()}
        patched = patches.apply(series, self.stock)
        both = sorted(files.keys() & patched.keys())
        if both:
            raise patches.Mismatch(f"patches change files of ours: {', '.join(both)}")
        gone = self.files.keys() - files.keys() - patched.keys()
        self.state["patches"] = patches.digest(series)
        return {path: self.stock(path) for path in gone} | files | patched, gone

    def remember(self, paths):
        """Before the first change: saves the stock content and records which files are ours."""
        for path in sorted(set(paths) - self.files.keys()):
            content = self.stock(path)
            if content is not None:
                write_atomically(self.tree / STATE / "orig" / path, content)
            self.files[path] = {"stock": content is not None, "sha": None}
        save(self.tree, self.state)

    def put(self, path, content):
        """Installs or removes one file; returns whether that changed anything."""
        target, known = self.tree / path, self.files[path]["sha"]
        current = read(target)
        if current == content:
            return False
        if None not in (current, known) and sha(current) != known:
            if content is not None and sha(content) == known:
                say(f"tree: kept your edited version of {path}")
                return False
            write_atomically(self.tree / STATE / "edited" / path, current)
            say(f"tree: replaced your edited version of {path}, saved in {STATE}/edited")
        if content is None:
            target.unlink()
        else:
            write_atomically(target, content)
        return True

    def run(self):
        wanted, gone = self.wanted()
        self.remember(wanted)
        changed = 0
        for path, content in wanted.items():
            changed += self.put(path, content)
            self.files[path]["sha"] = sha(content) if content is not None else None
        for path in gone:
            del self.files[path]
        save(self.tree, self.state)
        return changed
