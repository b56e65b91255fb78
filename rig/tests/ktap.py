#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""
Tests the KTAP reader (ktap.py) with what goes wrong in practice: torn lines,
missing plans, a second boot, a suite that stops half way. Also tests which suites
are expected (suites.py).
"""

import sys

sys.path[0] += "/.."        # rig/, where lib is
from lib import ktap, suites, unit

SUITE = """KTAP version 1
1..1
    KTAP version 1
    # Subtest: suite
    1..3
    ok 1 one
    # two: a remark
    ok 2 two # SKIP no Xen here
        KTAP version 1
        # Subtest: three
    # three: Test should be marked slow (runtime: 2.1s)
        ok 1 small
        ok 2 large
    # three: pass:2 fail:0 skip:0 total:2
    ok 3 three
# suite: pass:2 fail:0 skip:1 total:3
ok 1 suite
"""


def malformed(text):
    return unit.raises(ktap.Malformed, ktap.parse, text)


def channel(*jobs):
    text = "rig:77:up\n"
    for job in jobs:
        text += f"rig:77:begin {job}\n{SUITE}rig:77:end {job}\n"
    return text + "rig:77:done\n"


def test_a_good_suite(_):
    assert ktap.count(ktap.parse(SUITE)) == (3, 0, 1)


def test_two_suites(_):
    tests = ktap.parse(SUITE + SUITE.replace("suite", "other"))
    assert [test.name for test in tests] == ["suite", "other"]


def test_the_same_suite_twice(_):
    assert "duplicate" in malformed(SUITE + SUITE)


def test_skip_keeps_its_reason(_):
    skipped = [leaf for leaf in ktap.parse(SUITE)[0].leaves() if leaf.verdict == "skip"]
    assert [leaf.reason for leaf in skipped] == ["no Xen here"]


def test_all_skipped(_):
    text = "KTAP version 1\n1..2\nok 1 a # SKIP no Xen\nok 2 b # SKIP no Xen\n"
    assert ktap.count(ktap.parse(text)) == (0, 0, 2)


def test_failure_with_its_explanation(_):
    text = SUITE.replace("    ok 1 one", "    # one: EXPECTATION FAILED at x.c:1\n"
                         "    Expected a == b, but\n        a == 1 (0x1)\n    not ok 1 one")
    text = text.replace("\nok 1 suite", "\nnot ok 1 suite")
    assert ktap.count(ktap.parse(text)) == (2, 1, 1)


def test_failure_of_a_parameter(_):
    """As KUnit prints it: the explanation is indented like the case, or not at all."""
    text = SUITE.replace("        ok 2 large", "    # three: EXPECTATION FAILED at x.c:1\n"
                         "    Expected f(x) to be true, but is false\n\nrun at pfn 0x7f\n"
                         "    # three: operation 0\n        not ok 2 large")
    text = text.replace("    ok 3 three", "    not ok 3 three").replace("\nok 1", "\nnot ok 1")
    assert ktap.count(ktap.parse(text)) == (2, 1, 1)
    assert [leaf.name for leaf in ktap.parse(text)[0].leaves() if leaf.verdict == "fail"] == ["large"]


def test_text_before_a_good_parameter(_):
    text = SUITE.replace("        ok 2 large", "rubbish\n        ok 2 large")
    assert "rubbish" in malformed(text)


def test_text_after_the_last_parameter(_):
    text = SUITE.replace("    ok 3 three", "    Expected 1\n    not ok 3 three")
    text = text.replace("\nok 1", "\nnot ok 1")
    assert ktap.count(ktap.parse(text)) == (3, 1, 1)
    assert "rubbish" in malformed(SUITE.replace("    ok 3 three", "    rubbish\n    ok 3 three"))


def test_what_a_failure_said(_):
    text = "KTAP version 1\n1..4\n# a\nok 1 one\n# b\n# c\nnot ok 2 two\nnot ok 3 three\nok 4 four\n"
    assert ktap.remarks(text) == {"two": ["b", "c"], "three": []}


def test_nested_failure(_):
    text = SUITE.replace("        ok 2 large", "        not ok 2 large")
    assert "passed, but its subtest failed: three" in malformed(text)
    text = text.replace("\n    ok 3", "\n    not ok 3").replace("\nok 1 suite", "\nnot ok 1 suite")
    assert ktap.count(ktap.parse(text)) == (2, 1, 1)


def test_failure_of_the_suite_itself(_):
    assert ktap.count(ktap.parse(SUITE.replace("\nok 1 suite", "\nnot ok 1 suite"))) == (3, 1, 1)


def test_missing_plan(_):
    assert "without a plan" in malformed(SUITE.replace("    1..3\n", ""))
    assert "without a plan" in malformed(SUITE.replace("1..1\n", ""))


def test_missing_result(_):
    assert "expected" in malformed(SUITE.replace("    ok 1 one\n", ""))
    assert "3 results planned, 2 found" in malformed(SUITE.replace("    ok 3 three\n", ""))


def test_missing_end(_):
    assert malformed(SUITE[:SUITE.index("ok 1 suite")])
    assert malformed(SUITE[:SUITE.index("    ok 3")])


def test_one_result_too_many(_):
    assert "planned" in malformed(SUITE.replace("1..3", "1..2"))


def test_duplicate_name(_):
    assert "duplicate" in malformed(SUITE.replace("ok 2 two", "ok 2 one"))


def test_torn_line(_):
    assert "torn" in malformed(SUITE.replace("ok 1 one", "ok 1 on(XEN) mm.c:1"))
    assert "torn" in malformed(SUITE.replace("ok 1 one", "ok 1"))
    assert malformed(SUITE.replace("    ok 1 one", "    ok 1(XEN) mm.c"))
    assert malformed(SUITE.replace("    ok 1 one", "    o\nk 1 one"))


def test_strange_line(_):
    assert "not KTAP" in malformed(SUITE.replace("    ok 1 one", "    hello\n    ok 1 one"))


def test_nothing(_):
    assert malformed("")
    assert malformed("KTAP version 1\n1..0\n")
    assert malformed("cat: no such file\n")


def test_frames(_):
    assert ktap.frames(channel("a", "b"), "77", ["a", "b"]) == {"a": SUITE, "b": SUITE}


def frames_malformed(text):
    unit.raises(ktap.Malformed, ktap.frames, text, "77", ["a"])


def test_two_boots(_):
    frames_malformed(channel("a") + channel("a"))
    frames_malformed("rig:77:up\nrig:77:begin a\n" + channel("a"))


def test_other_nonce(_):
    frames_malformed(channel("a").replace("77", "78"))


def test_other_jobs(_):
    frames_malformed(channel())
    frames_malformed(channel("b"))
    frames_malformed(channel("a", "a"))


def test_unfinished_job(_):
    frames_malformed(channel("a").replace("rig:77:end a\n", ""))
    frames_malformed(channel("a").replace("rig:77:done\n", ""))


def test_composed_document(_):
    tests = ktap.parse(ktap.compose({"a": SUITE, "b": SUITE}))
    assert [test.name for test in tests] == ["a", "b"] and ktap.count(tests) == (6, 0, 2)


def test_composed_of_two_suites_in_a_job(_):
    two = SUITE + SUITE.replace("suite", "other")
    tests = ktap.parse(ktap.compose({"a": two, "b": SUITE}))
    assert [test.name for test in tests] == ["a suite", "a other", "b"]
    assert ktap.count(tests) == (9, 0, 3)


def test_suites_by_their_sources(directory):
    for name, text in (("b.c", '\t.name = "xen_p2m_b",\n'), ("a.c", '\t.name\t= "xen_p2m_a",\n'),
                       ("c.c", '\t.name = "other",\n/* .name = "xen_p2m_c" */\n'),
                       ("d.h", '\t.name = "xen_p2m_d",\n')):
        (directory / name).write_text(text)
    assert suites.names(directory=directory) == ["xen_p2m_a", "xen_p2m_b"]
    assert suites.names("xen_p2m_b.one_case", directory) == ["xen_p2m_b"]
    assert not suites.names("xen_p2m_c", directory)
    assert suites.names()


if __name__ == "__main__":
    sys.exit(unit.main(globals()))
