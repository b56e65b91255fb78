# SPDX-License-Identifier: GPL-2.0-only
"""
Fetches Debian packages of any suite and unpacks them in the cache with all their
dependencies; also fetches sources. Uses the mirrors, keys and proxies of the
machine's apt, but lists and state of its own, and installs nothing. What was
fetched is used for a week, or longer without a network.
"""

import contextlib
import fcntl
import hashlib
import os
import pathlib
import re
import shlex
import shutil
import subprocess
import tempfile
import time
import urllib.parse

from . import needs
from .common import CACHE, RIG, Stop, knob, say

ARCHIVES = CACHE / "apt"
ROOTS = CACHE / "roots"
HOUR, WEEK = 3600, 7 * 24 * 3600
EVERY = 5               # seconds between progress lines

SUITE = re.compile(r"(?:bookworm|trixie|oldstable|stable)(|-updates|-security)")
BACKPORTS = "-backports"
KEPT = ("uris", "signed-by", "trusted", "check-valid-until", "check-date")

# Links from the start: a package that still ships /lib would make it a directory.
MERGED = ("bin", "lib", "lib64", "sbin")
UNWANTED = ("doc", "info", "lintian", "locale", "man")

CONFIG = """\
Dir::State "{0}/state";
Dir::State::status "{0}/status";
Dir::Cache "{0}/cache";
Dir::Etc::sourcelist "{0}/archive.sources";
Dir::Etc::sourceparts "/dev/null";
Dir::Etc::preferences "/dev/null";
Dir::Etc::preferencesparts "/dev/null";
// The cache may be in a directory that only its owner can read.
APT::Sandbox::User "root";
APT::Install-Recommends "0";
APT::Update::Error-Mode "any";
Acquire::Languages "none";
Acquire::Retries "2";
Acquire::http::Timeout "20";
Acquire::https::Timeout "20";
// These hooks are meant for the machine's own lists.
#clear APT::Update::Pre-Invoke;
#clear APT::Update::Post-Invoke;
#clear APT::Update::Post-Invoke-Success;
"""


class Unreachable(Exception):
    """The archive did not answer, or lacks what was asked for."""


def deb822(text):
    """The stanzas of a .sources file, each {field in lower case: value}."""
    stanzas = [{}]
    for line in text.splitlines():
        if not line.strip():
            stanzas.append({})
        elif line[0] in " \t":
            stanzas[-1][field] += "\n" + line
        elif line[0] != "#":
            field, value = line.split(":", 1)
            field = field.strip().lower()
            stanzas[-1][field] = value.strip()
    return [stanza for stanza in stanzas if stanza.get("enabled", "yes").lower() in ("yes", "true")]


def one_line(text):
    """The lines of a .list file as stanzas."""
    stanzas = []
    for line in text.splitlines():
        match = re.match(r"\s*(deb\S*)\s+(?:\[(.*?)\]\s*)?(\S+)\s+(\S+)([^#]*)", line)
        if match:
            options = dict(option.split("=", 1) for option in (match[2] or "").split())
            stanzas.append(options | {"types": match[1], "uris": match[3], "suites": match[4],
                                      "components": match[5].strip()})
    return stanzas


def moved(stanza, suite, kind):
    """A stanza of the machine, changed to another suite; None if it is not Debian's main archive."""
    base = suite.removesuffix(BACKPORTS)
    matches = [SUITE.fullmatch(name) for name in stanza.get("suites", "").split()]
    names = dict.fromkeys(base + match[1] for match in matches if match)
    if base in names:
        names[suite] = None
    if kind == "deb-src":
        names.pop(f"{base}-security", None)     # lacks some sources
    if not names or "deb" not in stanza["types"].split() \
            or "main" not in stanza.get("components", "").split() \
            or "debian" not in stanza.get("uris", ""):
        return None
    index = {"deb": "Packages", "deb-src": "Sources"}[kind]
    fields = {"types": kind, "suites": " ".join(names), "components": "main", "targets": index}
    fields |= {name: stanza[name] for name in KEPT if name in stanza}
    return "".join(f"{name}: {value}\n" for name, value in fields.items())


def machine_sources():
    """All stanzas of the machine's apt configuration."""
    shell = subprocess.run(["apt-config", "shell", "list", "Dir::Etc::sourcelist/f",
                            "parts", "Dir::Etc::sourceparts/d"],
                           capture_output=True, text=True, check=True)
    paths = dict(word.split("=", 1) for word in shlex.split(shell.stdout))
    files = [pathlib.Path(paths["list"]), *sorted(pathlib.Path(paths["parts"]).glob("*"))]
    readers = {".list": one_line, ".sources": deb822}
    return [stanza for file in files if file.suffix in readers and file.is_file()
            for stanza in readers[file.suffix](file.read_text())]


class Archive:
    """One suite of Debian's archive, through an apt that knows of no installed packages."""

    def __init__(self, suite, kind="deb"):
        self.name = f"{suite} ({kind})"
        self.suite, self.kind = suite, kind
        self.directory = ARCHIVES / f"{suite}-{kind}"
        self.stamp = self.directory / "refreshed"

    def configure(self):
        """Writes the private configuration, derived from the machine's."""
        stanzas = [moved(stanza, self.suite, self.kind) for stanza in machine_sources()]
        stanzas = dict.fromkeys(stanza for stanza in stanzas if stanza)
        if not stanzas:
            raise Unreachable("the machine's apt sources have no mirror of Debian's main archive")
        for name in ("state/lists/partial", "cache/archives/partial"):
            (self.directory / name).mkdir(parents=True, exist_ok=True)
        (self.directory / "status").touch()
        (self.directory / "archive.sources").write_text("\n".join(stanzas))
        (self.directory / "apt.conf").write_text(CONFIG.format(self.directory))

    def apt(self, *arguments):
        return ["apt-get", "-q", "-y", "-c", str(self.directory / "apt.conf"), *arguments]

    def run(self, *arguments, **keywords):
        """Runs apt-get and returns its output; raises its error message."""
        result = subprocess.run(self.apt(*arguments), capture_output=True, text=True, check=False,
                                env=os.environ | {"LC_ALL": "C"}, **keywords)
        if result.returncode:
            raise Unreachable(errors(result.stderr))
        return result.stdout

    def refresh(self):
        """Fetches the package lists unless they are less than an hour old."""
        if young(self.stamp, HOUR):
            return
        self.configure()
        say(f"debian: fetching the package lists of {self.name}")
        self.run("update")
        self.stamp.touch()

    def closure(self, packages):
        """{file name: size} of the packages and all their dependencies."""
        printed = self.run("install", "-qq", "--print-uris", *packages)
        found = re.findall(r"^'\S+' (\S+\.deb) (\d+) ", printed, re.MULTILINE)
        return {name: int(size) for name, size in found}

    def newest(self, package):
        """The newest version of a package."""
        printed = self.run("download", "-qq", "--print-uris", package)
        name = re.search(r"^'\S+' [^\s_]+_([^\s_]+)_\w+\.deb ", printed, re.MULTILINE)
        if not name:
            raise Unreachable(f"the archive has no {package}")
        return urllib.parse.unquote(name[1])

    def download_one(self, package, directory):
        """Fetches and verifies one package, without its dependencies."""
        self.run("download", package, cwd=directory)

    def newest_source(self, package):
        """{file name: size} of a source package."""
        printed = self.run("source", "-qq", "--print-uris", "--only-source", package)
        found = re.findall(r"^'\S+' (\S+) (\d+) ", printed, re.MULTILINE)
        return {name: int(size) for name, size in found}

    def download_source(self, package, directory):
        """Fetches and verifies a source package into a directory."""
        directory.mkdir()
        self.run("source", "--download-only", "--only-source", package, cwd=directory)

    def download(self, packages, directory, total):
        """Fetches and verifies the packages into a directory."""
        (directory / "partial").mkdir(parents=True)
        command = self.apt("install", "--download-only", "-o", f"Dir::Cache::archives={directory}",
                           *packages)
        with subprocess.Popen(command, text=True, env=os.environ | {"LC_ALL": "C"},
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as process:
            try:
                said = follow(process.stdout, total)
            finally:
                process.terminate()
        if process.returncode:
            raise Unreachable(errors("\n".join(said)))


def errors(said):
    return "\n  ".join(re.findall("^E: .*", said, re.MULTILINE)) or "apt-get failed"


def follow(lines, total):
    """Reads apt's output to the end, and reports progress every few seconds."""
    said, count, shown = [], 0, time.monotonic()
    for line in lines:
        said.append(line.rstrip())
        count += line.startswith("Get:")
        if time.monotonic() - shown > EVERY:
            shown = time.monotonic()
            say(f"debian: {count} of {total} packages")
    return said


def young(path, seconds):
    """Whether a file or link is at most this old."""
    try:
        return 0 <= time.time() - path.lstat().st_mtime < seconds
    except OSError:
        return False


@contextlib.contextmanager
def locked(directory):
    """Locks a directory of the cache; waits while somebody else has it locked."""
    directory.mkdir(parents=True, exist_ok=True)
    with open(directory / ".lock", "w", encoding="ascii") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def unpack(deb, root):
    """Unpacks a package; directories that are links in the root stay links."""
    excluded = [f"--exclude=./usr/share/{name}" for name in UNWANTED]
    with subprocess.Popen(["dpkg-deb", "--fsys-tarfile", deb], stdout=subprocess.PIPE) as archive:
        subprocess.run(["tar", "-C", root, "-x", "--keep-directory-symlink", "--no-same-owner",
                        "--anchored", *excluded], stdin=archive.stdout, check=True)
    if archive.returncode:
        raise OSError(f"cannot unpack {deb.name}")


def stay_inside(root):
    """Makes absolute links relative, so that they point into the root."""
    for top, directories, files in os.walk(root):
        for name in directories + files:
            link = pathlib.Path(top, name)
            if link.is_symlink() and os.readlink(link).startswith("/"):
                target = os.path.relpath(f"{root}{os.readlink(link)}", top)
                link.unlink()
                link.symlink_to(target)


def populate(root, debs):
    for name in MERGED:
        (root / "usr" / name).mkdir(parents=True)
        (root / name).symlink_to(f"usr/{name}")
    for deb in debs:
        unpack(deb, root)
    stay_inside(root)


def short(reason):
    return str(reason).splitlines()[0]


def digest(*texts):
    return hashlib.sha256("\0".join(texts).encode()).hexdigest()[:16]


def make_root(archive, packages, shelf):
    """The root with the current versions, from the shelf or else fetched."""
    files = archive.closure(packages)
    listing = "\n".join(sorted(files)) + "\n"
    made = shelf / digest(listing)
    if made.exists():
        return made
    needs.disk(shelf, 600, f"unpacking {shelf.name}")
    say(f"debian: fetching {', '.join(packages)} of {archive.suite} ({len(files)} packages in total, "
        f"{sum(files.values()) >> 20} MB)")
    with tempfile.TemporaryDirectory(dir=shelf, prefix=".new-") as name:
        new = pathlib.Path(name)
        archive.download(packages, new / "debs", len(files))
        populate(new / "root", sorted((new / "debs").glob("*.deb")))
        (new / "root/packages.list").write_text(listing)
        (new / "root").replace(made)
    return made


def point(current, made):
    """Points the link current at what was made; the link's age is that of the last check."""
    new = current.with_name(".current.new")
    new.unlink(missing_ok=True)
    new.symlink_to(made.name)
    new.replace(current)


def clear(shelf, *kept):
    """Removes previous roots, and what interrupted runs left."""
    for path in shelf.iterdir():
        if path.is_dir() and not path.is_symlink() and path not in kept:
            shutil.rmtree(path)


def keep(shelf, archive, make):
    """
    The directory on a shelf of the cache that make() last returned. Calls it again
    after a week, or if there is none; make() may return the same one again.
    """
    current = shelf / "current"
    if knob("DRYRUN"):
        return current
    with locked(shelf):
        if young(current, WEEK) and current.is_dir():
            return current.resolve()
        former = current.resolve()
        clear(shelf, former)
        try:
            with locked(archive.directory):
                archive.refresh()
                made = make()
        except (Unreachable, OSError, subprocess.CalledProcessError) as reason:
            if not former.is_dir():
                raise Stop(RIG, f"cannot fetch {shelf.name} of Debian {archive.suite}; "
                           f"is the network up?\n  {reason}") from None
            say(f"debian: cannot update {shelf.name}, using the cached one ({short(reason)})")
            made = former
        point(current, made)
    return made


def root(suite, *packages):
    """A directory with the packages and all their dependencies, fetched if necessary."""
    shelf, archive = ROOTS / f"{suite}-{'+'.join(packages)}", Archive(suite)
    return keep(shelf, archive, lambda: make_root(archive, packages, shelf))
