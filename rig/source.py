# SPDX-License-Identifier: GPL-2.0-only
"""
Where a kernel tree's files come from: the tarball of Debian's linux-source
package (installed, else fetched into the cache without being installed), or a
tree of the user's own. Each source has an identity: when that changes, the
tree that was made from it is out of date.
"""

import hashlib
import os
import pathlib
import re
import shutil
import subprocess
import tempfile

from common import CACHE, RIG, USAGE, Stop, need_disk, say


class Source:
    """A command that writes the tree as a tar stream, and the stream's identity."""

    def __init__(self, identity, command, strip):
        self.identity = identity
        self.command = command
        self.strip = strip


def find(linux, own):
    return own_tree(own, linux) if own else debian(linux)


def own_tree(directory, linux):
    try:
        makefile = (directory / "Makefile").read_text()
        found = ".".join(re.search(rf"^{key} = (\d+)$", makefile, re.MULTILINE)[1]
                         for key in ("VERSION", "PATCHLEVEL"))
    except (OSError, TypeError):
        raise Stop(USAGE, f"SRC={directory}: not a kernel tree") from None
    if found != linux:
        raise Stop(USAGE, f"SRC={directory}: this is Linux {found}, LINUX={linux} is asked for")
    command = ["tar", "-C", str(directory), "--exclude=./.git", "--exclude=./.xen-p2m",
               "-cf", "-", "."]
    return Source(f"{directory} {fingerprint(directory)}", command, 0)


def fingerprint(directory):
    """Changes when a file of the user's tree changes; reads no contents."""
    total = hashlib.sha256()
    for top, names, files in os.walk(directory):
        names[:] = sorted(set(names) - {".git", ".xen-p2m"})
        for name in sorted(files):
            status = os.lstat(os.path.join(top, name))
            total.update(f"{top}/{name} {status.st_size} {status.st_mtime_ns}\n".encode())
    return total.hexdigest()[:16]


def debian(linux):
    package = f"linux-source-{linux}"
    installed = pathlib.Path("/usr/src") / f"{package}.tar.xz"
    status = output("dpkg-query", "-W", "-f=${db:Status-Status} ${Version}", package).split()
    if installed.exists() and status[:1] == ["installed"]:
        tarball, version = installed, status[1]
    else:
        tarball, version = cached(package)
    return Source(f"{package} {version}", ["xz", "-dc", str(tarball)], 1)


def output(*command):
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    return result.stdout


def cached(package):
    """The tarball of apt's candidate version from the cache; fetched first if need be."""
    shelf = CACHE / package
    candidate = re.search(r"Candidate: (\d\S*)", output("apt-cache", "policy", package))
    if candidate:
        version = candidate[1]
    else:
        kept = sorted(shelf.glob("*/*.tar.xz"), key=os.path.getmtime)
        if not kept:
            raise Stop(RIG, f"apt knows no package {package}: run apt-get update as root, "
                       "then try again")
        version = kept[-1].parent.name
    tarball = shelf / version / f"{package}.tar.xz"
    if not tarball.exists():
        fetch(package, version, tarball)
    return tarball, version


def fetch(package, version, tarball):
    tarball.parent.parent.mkdir(parents=True, exist_ok=True)
    need_disk(tarball.parent.parent, 500, f"fetching {package}")
    say(f"source: fetching {package} {version} (150 MB) into the cache")
    with tempfile.TemporaryDirectory(dir=tarball.parent.parent, prefix=".new-") as name:
        try:
            subprocess.run(["apt-get", "download", f"{package}={version}"], cwd=name, check=True)
            deb = next(pathlib.Path(name).glob("*.deb"))
            subprocess.run(["dpkg-deb", "-x", deb, f"{name}/root"], check=True)
            found = pathlib.Path(name) / "root/usr/src" / tarball.name
            tarball.parent.mkdir(exist_ok=True)
            found.replace(tarball)
        except (OSError, StopIteration, subprocess.CalledProcessError) as reason:
            shutil.rmtree(tarball.parent, ignore_errors=True)
            raise Stop(RIG, f"cannot fetch {package} {version} ({reason}): is the network up? "
                       "Else run apt-get update as root and try again") from None
