#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""
Tests how the private apt configuration is derived from the machine's sources
(debian.py), and how shelves of the cache are kept: complete, up to date, and usable
without a network.
"""

import contextlib
import io
import os
import pathlib
import subprocess
import sys

sys.path[0] += "/.."        # rig/, where lib is
from lib import debian, unit
from lib.common import RIG, Stop

KEYRING = "/keys/debian.gpg"
SOURCES = f"""\
# a remark
Types: deb
# another
URIs: http://mirror.example/debian
Suites: bookworm bookworm-updates bookworm-backports
Components: main contrib
Signed-By: {KEYRING}

Types: deb deb-src
URIs: http://mirror.example/debian-security
Suites: bookworm-security
Components: main
Signed-By:
 -----BEGIN PGP PUBLIC KEY BLOCK-----
 .
 abc
 -----END PGP PUBLIC KEY BLOCK-----

Enabled: no
Types: deb
URIs: http://off.example/debian
Suites: bookworm
Components: main

Types: deb
URIs: http://other.example/node
Suites: nodistro
Components: main
"""


def sources(stanzas, suite, kind="deb"):
    moved = [debian.moved(stanza, suite, kind) for stanza in stanzas]
    return [stanza for stanza in moved if stanza]


def test_stanzas_for_another_suite(_):
    main, security = sources(debian.deb822(SOURCES), "trixie")
    assert main == ("types: deb\nsuites: trixie trixie-updates\ncomponents: main\n"
                    "targets: Packages\nuris: http://mirror.example/debian\n"
                    f"signed-by: {KEYRING}\n")
    assert "suites: trixie-security\n" in security


def test_a_key_within_the_stanza(_):
    security = sources(debian.deb822(SOURCES), "bookworm")[1]
    assert "signed-by: \n -----BEGIN PGP PUBLIC KEY BLOCK-----\n .\n abc\n" in security


def test_sources_are_of_the_main_archive(_):
    stanza, = sources(debian.deb822(SOURCES), "bookworm", "deb-src")
    assert "types: deb-src\nsuites: bookworm bookworm-updates\n" in stanza
    assert "targets: Sources\n" in stanza


def test_backports_lie_beside_their_suite(_):
    main, security = sources(debian.deb822(SOURCES), "trixie-backports")
    assert "suites: trixie trixie-updates trixie-backports\n" in main
    assert "suites: trixie-security\n" in security


def test_lines(_):
    text = (f"# deb http://off.example/debian bookworm main\n"
            f"deb [arch=amd64 signed-by={KEYRING}] http://mirror.example/debian  stable  main # x\n"
            "deb-src http://mirror.example/debian stable main\n"
            "deb http://mirror.example/debian-security stable-security contrib main\n")
    main, security = sources(debian.one_line(text), "trixie")
    assert "suites: trixie\n" in main and f"signed-by: {KEYRING}\n" in main
    assert "amd64" not in main
    assert "suites: trixie-security\n" in security and "signed-by" not in security


def test_sources_that_are_not_the_archive(_):
    text = ("deb http://mirror.example/debian bookworm contrib\n"
            "deb http://mirror.example/debian ./\n"
            "deb http://dl.example/browser stable main\n"
            "deb http://mirror.example/debian bookworm-backports main\n")
    assert not sources(debian.one_line(text), "bookworm")


class Archive:
    """An archive that answers or does not."""

    suite = "bookworm"

    def __init__(self, directory):
        self.directory = directory
        self.answers = True

    def refresh(self):
        if not self.answers:
            raise debian.Unreachable("E: no answer")


class Shelf:
    """A shelf of a cache, and a record of what was made for it."""

    def __init__(self, directory):
        self.shelf, self.archive = directory / "shelf", Archive(directory / "archive")
        self.version, self.made = "1", []

    def make(self):
        made = self.shelf / self.version
        made.mkdir(exist_ok=True)
        self.made.append(self.version)
        return made

    def keep(self):
        return debian.keep(self.shelf, self.archive, self.make).name

    def age(self):
        os.utime(self.shelf / "current", (0, 0), follow_symlinks=False)


def test_shelf_is_updated_after_a_week(directory):
    shelf = Shelf(directory)
    assert [shelf.keep(), shelf.keep()] == ["1", "1"] and shelf.made == ["1"]
    shelf.version = "2"
    assert shelf.keep() == "1"
    shelf.age()
    assert [shelf.keep(), shelf.keep()] == ["2", "2"] and shelf.made == ["1", "2"]


def test_previous_versions_are_removed(directory):
    shelf = Shelf(directory)
    for shelf.version in "123":
        shelf.keep()
        shelf.age()
    assert sorted(path.name for path in shelf.shelf.glob("[0-9]")) == ["2", "3"]


def test_leftovers_of_interrupted_runs_are_removed(directory):
    shelf = Shelf(directory)
    (shelf.shelf / ".new-abc").mkdir(parents=True)
    (shelf.shelf / "current").symlink_to("gone")
    assert shelf.keep() == "1" and not (shelf.shelf / ".new-abc").exists()


def test_without_a_network(directory):
    shelf = Shelf(directory)
    shelf.archive.answers = False
    with contextlib.redirect_stderr(io.StringIO()) as said:
        assert unit.raises(Stop, shelf.keep) == str(RIG)
    assert "no answer" in said.getvalue()
    shelf.archive.answers = True
    shelf.keep()
    shelf.age()
    shelf.archive.answers = False
    assert shelf.keep() == "1"


def test_unpacking_into_a_merged_root(directory):
    package, root = directory / "package", directory / "root"
    for name in ("DEBIAN", "lib", "usr/share/doc/x", "lib64", "usr/bin"):
        (package / name).mkdir(parents=True)
    (package / "DEBIAN/control").write_text("Package: x\nVersion: 1\nArchitecture: amd64\n"
                                            "Maintainer: x <x@example.org>\nDescription: x\n")
    (package / "lib/ld.so").write_text("x")
    (package / "usr/share/doc/x/copyright").write_text("x")
    (package / "lib64/ld.so").symlink_to("/lib/ld.so")
    subprocess.run(["dpkg-deb", "-b", package, directory / "x.deb"], check=True,
                   capture_output=True)
    debian.populate(root, [directory / "x.deb"])
    assert os.readlink(root / "lib") == "usr/lib"
    assert pathlib.Path(os.path.realpath(root / "lib64/ld.so")) == root / "usr/lib/ld.so"
    assert not (root / "usr/share/doc").exists()


if __name__ == "__main__":
    os.environ["DRYRUN"] = "0"          # a dry run would not touch the shelves
    sys.exit(unit.main(globals()))
