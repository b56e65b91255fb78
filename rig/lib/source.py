# SPDX-License-Identifier: GPL-2.0-only
"""
Where the files of a kernel tree come from: the tarball of a Debian linux-source
package (installed, or else downloaded to the cache without being installed), or the
user's own tree. Each source has an identity; when it changes, the tree that was made
from it is out of date.
"""

import hashlib
import os
import pathlib
import re
import subprocess
import tempfile

from . import debian, needs
from .common import CACHE, USAGE, Stop, say

SHELVES = CACHE / "sources"


class Source:
    """A command that writes the tree as a tar stream, and the identity of the source."""

    def __init__(self, identity, command, strip):
        self.identity = identity
        self.command = command
        self.strip = strip


def find(kernel, own):
    return own_tree(own, kernel.version) if own else debian_source(kernel)


def own_tree(directory, linux):
    try:
        makefile = (directory / "Makefile").read_text()
        found = ".".join(re.search(rf"^{key} = (\d+)$", makefile, re.MULTILINE)[1]
                         for key in ("VERSION", "PATCHLEVEL"))
    except (OSError, TypeError):
        raise Stop(USAGE, f"SRC={directory}: not a kernel tree") from None
    if found != linux:
        raise Stop(USAGE, f"SRC={directory}: this is Linux {found}, but LINUX={linux}")
    command = ["tar", "-C", str(directory), "--exclude=./.git", "--exclude=./.xen-p2m",
               "-cf", "-", "."]
    return Source(f"{directory} {fingerprint(directory)}", command, 0)


def fingerprint(directory):
    """A hash that changes when a file of the user's tree changes; does not read contents."""
    total = hashlib.sha256()
    for top, names, files in os.walk(directory):
        names[:] = sorted(set(names) - {".git", ".xen-p2m"})
        for name in sorted(files):
            status = os.lstat(os.path.join(top, name))
            total.update(f"{top}/{name} {status.st_size} {status.st_mtime_ns}\n".encode())
    return total.hexdigest()[:16]


def debian_source(kernel):
    if not kernel.package:
        raise Stop(USAGE, f"LINUX={kernel.version} is in no Debian suite: give SRC=DIR, a kernel tree")
    installed = pathlib.Path("/usr/src") / f"{kernel.package}.tar.xz"
    status = output("dpkg-query", "-W", "-f=${db:Status-Status} ${Version}", kernel.package).split()
    if installed.exists() and status[:1] == ["installed"]:
        tarball, version = installed, status[1]
    else:
        tarball = cached(kernel)
        version = tarball.parent.name
    return Source(f"{kernel.package} {version}", ["xz", "-dc", str(tarball)], 1)


def output(*command):
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    return result.stdout


def cached(kernel):
    """The tarball of the newest version, from the cache or else fetched."""
    shelf, archive = SHELVES / f"{kernel.suite}-{kernel.package}", debian.Archive(kernel.suite)
    made = debian.keep(shelf, archive, lambda: fetch(archive, kernel.package, shelf))
    return made / f"{kernel.package}.tar.xz"


def fetch(archive, package, shelf):
    """The directory with the tarball, named after the archive's current version."""
    version = archive.newest(package)
    made = shelf / version
    if made.exists():
        return made
    needs.disk(shelf, 500, f"fetching {package}")
    say(f"source: fetching {package} {version} (150 MB) into the cache")
    with tempfile.TemporaryDirectory(dir=shelf, prefix=".new-") as name:
        new = pathlib.Path(name)
        archive.download_one(package, new)
        subprocess.run(["dpkg-deb", "-x", next(new.glob("*.deb")), new / "root"], check=True)
        (new / "made").mkdir()
        (new / "root/usr/src" / f"{package}.tar.xz").replace(new / "made" / f"{package}.tar.xz")
        (new / "made").replace(made)
    return made
