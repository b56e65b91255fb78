#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""
Tests the patch engine (patches.py) and the installer (install.py) on made-up
trees: all or none, the message on a mismatch, and that a tree follows the project
but keeps what somebody else put there.
"""

import os
import sys

sys.path[0] += "/.."        # rig/, where lib is
from lib import install, patches, unit
from lib.kernel import Kernel

SETUP = "".join(f"line {number}\n" for number in range(1, 41))
FIRST = """--- a/arch/setup.c
+++ b/arch/setup.c
@@ -9,5 +9,5 @@
 line 9
 line 10
-line 11
+patched 11
 line 12
 line 13
"""
SECOND = """--- a/arch/setup.c
+++ b/arch/setup.c
@@ -29,4 +29,5 @@
 line 29
 line 30
+patched 30
 line 31
 line 32
--- /dev/null
+++ b/arch/new.c
@@ -0,0 +1 @@
+new
"""


def put(top, path, text):
    path = top / path
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def series(top, *texts):
    (top / "patches").mkdir(parents=True, exist_ok=True)
    for number, text in enumerate(texts, 1):
        put(top, f"patches/{number:02}-test.patch", text)
    return patches.series(top / "patches")


def reader(files):
    return lambda path: files[path].encode() if path in files else None


def project(top):
    """A project with two patches and two files, one of which replaces a stock file."""
    series(top / "project", FIRST, SECOND)
    put(top / "project", "arch/x86/xen/p2m.c", "ours\n")
    put(top / "project", "kunit/test.c", "test\n")
    put(top, "tree/arch/setup.c", SETUP)
    put(top, "tree/arch/x86/xen/p2m.c", "stock\n")
    install.save(top / "tree", {"source": "made up", "patches": None, "files": {}})
    return top / "project", top / "tree"


def run(top, **row):
    return install.Installer(top / "tree", top / "project", kernel(**row)).run()


def kernel(**row):
    return Kernel("1.0", suite="none", package="none", **row)


def state_of(tree):
    """{path: (content, time)} of all files except the installer's own."""
    return {path: (path.read_text(), path.stat().st_mtime_ns) for path in tree.rglob("*")
            if path.is_file() and install.STATE not in path.parts}


def test_series_applies(top):
    result = patches.apply(series(top, FIRST, SECOND), reader({"arch/setup.c": SETUP}))
    expected = SETUP.replace("line 11", "patched 11").replace("line 30\n", "line 30\npatched 30\n")
    assert result == {"arch/setup.c": expected.encode(), "arch/new.c": b"new\n"}


def test_empty_series(top):
    assert not patches.apply(series(top), reader({}))


def test_moved_lines_apply(top):
    result = patches.apply(series(top, FIRST), reader({"arch/setup.c": "more\n" * 7 + SETUP}))
    assert b"more\nline 1\n" in result["arch/setup.c"] and b"patched 11" in result["arch/setup.c"]


def test_changed_line_is_shown(top):
    files = {"arch/setup.c": SETUP.replace("line 12", "line twelve")}
    block = unit.raises(patches.Mismatch, patches.apply, series(top, FIRST), reader(files))
    for part in ("patches/01-test.patch", "file:     arch/setup.c", "line:     12",
                 "expected: line 12", "found:    line twelve"):
        assert part in block, block


def test_changed_context_is_no_fuzz(top):
    files = {"arch/setup.c": SETUP.replace("line 9\n", "line 9 \n")}
    block = unit.raises(patches.Mismatch, patches.apply, series(top, FIRST), reader(files))
    assert "line:     9" in block, block


def test_missing_file(top):
    block = unit.raises(patches.Mismatch, patches.apply, series(top, FIRST), reader({}))
    assert "patches/01-test.patch" in block and "arch/setup.c" in block, block


def test_short_file(top):
    files = {"arch/setup.c": SETUP[:SETUP.index("line 13")]}
    block = unit.raises(patches.Mismatch, patches.apply, series(top, FIRST), reader(files))
    assert "expected: line 13" in block and "(end of file)" in block, block


def test_second_application_refused(top):
    once = patches.apply(series(top, FIRST), reader({"arch/setup.c": SETUP}))
    block = unit.raises(patches.Mismatch, patches.apply, series(top, FIRST), once.get)
    assert "expected: line 11" in block and "found:    patched 11" in block, block


def test_corrupt_patch(top):
    corrupt = FIRST.replace("@@ -9,5 +9,5 @@", "@@ -9,50 +9,50 @@")
    unit.raises(patches.Mismatch, patches.apply, series(top, corrupt),
                reader({"arch/setup.c": SETUP}))


def test_user_configuration_is_ignored(top):
    put(top, ".gitconfig", "[apply]\n\tignoreWhitespace = change\n")
    os.environ["HOME"] = str(top)
    test_changed_context_is_no_fuzz(top)


def prelude(directory):
    """A prelude for a kernel that differs in the line that the series changes."""
    put(directory, "patches/before-2/01-test.patch",
        FIRST.replace("line 11", "old 11").replace("patched 11", "line 11"))


def test_prelude_comes_before_the_series(top):
    directory, tree = project(top)
    put(tree, "arch/setup.c", SETUP.replace("line 11", "old 11"))
    prelude(directory)
    assert "expected: line 11" in unit.raises(patches.Mismatch, run, top)
    run(top, prelude="before-2")
    assert (tree / "arch/setup.c").read_text() == SETUP.replace("line 11", "patched 11") \
        .replace("line 30\n", "line 30\npatched 30\n")


def test_mismatch_names_the_prelude(top):
    directory, _ = project(top)
    prelude(directory)
    block = unit.raises(patches.Mismatch, lambda: run(top, prelude="before-2"))
    assert "before-2/01-test.patch" in block and "expected: old 11" in block, block


def test_missing_prelude(top):
    project(top)
    assert "before-3" in unit.raises(patches.Mismatch, lambda: run(top, prelude="before-3"))


def test_file_left_out(top):
    _, tree = project(top)
    run(top)
    run(top, without=("arch/x86/xen/p2m.c", "arch/x86/xen/kunit/test.c"))
    assert (tree / "arch/x86/xen/p2m.c").read_text() == "stock\n"
    assert not (tree / "arch/x86/xen/kunit/test.c").exists()


def test_file_left_out_must_be_ours(top):
    project(top)
    assert "arch/x86/x.c" in unit.raises(patches.Mismatch, lambda: run(top, without=("arch/x86/x.c",)))


def test_install(top):
    _, tree = project(top)
    run(top)
    assert "patched 30" in (tree / "arch/setup.c").read_text()
    assert (tree / "arch/x86/xen/p2m.c").read_text() == "ours\n"
    assert (tree / "arch/x86/xen/kunit/test.c").read_text() == "test\n"


def test_nothing_half_applied(top):
    directory, tree = project(top)
    put(directory, "patches/02-test.patch", SECOND.replace("line 31", "line 99"))
    before = state_of(tree)
    unit.raises(patches.Mismatch, run, top)
    assert state_of(tree) == before


def test_again_touches_nothing(top):
    _, tree = project(top)
    run(top)
    before = state_of(tree)
    assert run(top) == 0 and state_of(tree) == before


def test_only_changed_files_are_touched(top):
    directory, tree = project(top)
    run(top)
    before = state_of(tree)
    put(directory, "kunit/test.c", "new test\n")
    assert run(top) == 1
    after = state_of(tree)
    assert {path.name for path in after if after[path] != before[path]} == {"test.c"}


def test_changed_patch_starts_from_stock(top):
    directory, tree = project(top)
    run(top)
    put(directory, "patches/01-test.patch", FIRST.replace("patched 11", "other 11"))
    (directory / "patches/02-test.patch").unlink()
    run(top)
    assert (tree / "arch/setup.c").read_text() == SETUP.replace("line 11", "other 11")
    assert not (tree / "arch/new.c").exists()


def test_patch_on_our_own_file_refused(top):
    directory, _ = project(top)
    put(directory, "arch/setup.c", "ours\n")
    assert "files of ours" in unit.raises(patches.Mismatch, run, top)


def test_deleted_files_leave_the_tree(top):
    directory, tree = project(top)
    run(top)
    (directory / "kunit/test.c").unlink()
    (directory / "arch/x86/xen/p2m.c").unlink()
    run(top)
    assert not (tree / "arch/x86/xen/kunit/test.c").exists()
    assert (tree / "arch/x86/xen/p2m.c").read_text() == "stock\n"


def test_added_file_stays(top):
    directory, tree = project(top)
    run(top)
    put(tree, "arch/x86/xen/probe.c", "theirs\n")
    put(directory, "arch/x86/xen/p2m.c", "ours, changed\n")
    run(top)
    assert (tree / "arch/x86/xen/probe.c").read_text() == "theirs\n"


def test_edited_file_stays_until_ours_changes(top):
    directory, tree = project(top)
    run(top)
    put(tree, "arch/x86/xen/p2m.c", "edited\n")
    run(top)
    assert (tree / "arch/x86/xen/p2m.c").read_text() == "edited\n"
    put(directory, "arch/x86/xen/p2m.c", "ours, changed\n")
    run(top)
    assert (tree / "arch/x86/xen/p2m.c").read_text() == "ours, changed\n"
    assert (tree / install.STATE / "edited/arch/x86/xen/p2m.c").read_text() == "edited\n"


def test_interrupted_install_is_completed(top):
    _, tree = project(top)
    half = install.Installer(tree, top / "project", kernel())
    files, _ = half.wanted()
    half.remember(files)
    half.put("arch/x86/xen/kunit/test.c", b"test\n")
    run(top)
    test_state = install.load(tree)["files"]["arch/x86/xen/kunit/test.c"]
    assert not test_state["stock"] and "patched 30" in (tree / "arch/setup.c").read_text()


if __name__ == "__main__":
    sys.exit(unit.main(globals()))
