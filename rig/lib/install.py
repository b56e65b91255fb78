# SPDX-License-Identifier: GPL-2.0-only
"""
Installs our overlay and the patched stock files in a kernel tree, all or none,
touching only what changed. Remembers in the tree's .xen-p2m/ what it wrote and
the stock content of what it replaced, so that a file that leaves the project
leaves the tree too. Files that somebody added or edited in the tree stay.
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
    """Our files: {path in the kernel tree: path in the project}, except those without which it goes."""
    mapping = {"arch": "arch", "include": "include", "kunit": "arch/x86/xen/kunit"}
    files = {f"{there}/{path.relative_to(project / here)}": path
             for here, there in mapping.items()
             for path in sorted((project / here).rglob("*")) if path.is_file()}
    if (project / "Kconfig").exists():
        files["arch/x86/xen/Kconfig.p2m"] = project / "Kconfig"
    unknown = sorted(set(without) - files.keys())
    if unknown:
        raise patches.Mismatch(f"to be left out, but not ours: {', '.join(unknown)}")
    return {path: source for path, source in files.items() if path not in without}


class Installer:
    """
    Brings our files into a tree. state["files"] has, for every path that we
    install, "stock": the source has such a file, and "sha": what we wrote last.
    """

    def __init__(self, tree, project, kernel):
        self.tree = tree
        self.project = project
        self.kernel = kernel
        self.state = load(tree)
        self.files = self.state["files"]

    def stock(self, path):
        """The content of a file as the source has it, None if it has none."""
        if path not in self.files:
            return read(self.tree / path)
        return read(self.tree / STATE / "orig" / path) if self.files[path]["stock"] else None

    def wanted(self):
        """{path: content, None for no file} of everything that we install or installed."""
        series = patches.series(self.project / "patches", self.kernel.prelude)
        files = {path: source.read_bytes()
                 for path, source in overlay(self.project, self.kernel.without).items()}
        patched = patches.apply(series, self.stock)
        both = sorted(files.keys() & patched.keys())
        if both:
            raise patches.Mismatch(f"patches change a file that is ours: {', '.join(both)}")
        gone = self.files.keys() - files.keys() - patched.keys()
        self.state["patches"] = patches.digest(series)
        return {path: self.stock(path) for path in gone} | files | patched, gone

    def remember(self, paths):
        """Before the first change: keep the stock content, and note which files are ours."""
        for path in sorted(set(paths) - self.files.keys()):
            content = self.stock(path)
            if content is not None:
                write_atomically(self.tree / STATE / "orig" / path, content)
            self.files[path] = {"stock": content is not None, "sha": None}
        save(self.tree, self.state)

    def put(self, path, content):
        """Installs one file; returns True if that changed it."""
        target, known = self.tree / path, self.files[path]["sha"]
        current = read(target)
        if current == content:
            return False
        if None not in (current, known) and sha(current) != known:
            if content is not None and sha(content) == known:
                say(f"tree: kept as edited in the tree: {path}")
                return False
            write_atomically(self.tree / STATE / "edited" / path, current)
            say(f"tree: edited here and changed by us, your copy is in {STATE}/edited: {path}")
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
