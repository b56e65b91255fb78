# SPDX-License-Identifier: GPL-2.0-only
"""
Reads KTAP strictly, because verdicts depend on it: every document needs a plan and
exactly the planned results, numbered in order, with no duplicate names and no line
that is not KTAP. The kernel's own kunit.py tolerates torn lines and a second boot;
this does not. Also splits a run's result channel into the outputs of its jobs.
"""

import dataclasses
import re

RESULT = re.compile(r"(not )?ok (\d+)(?: -)?(?: ([^#]*?))?(?:\s+# (SKIP|TODO|XFAIL)\b ?(.*))?$")
PLAN = re.compile(r"1\.\.\d+")
VERSION = "KTAP version 1"
TORN = re.compile(r"\(XEN\)|\[ *\d+\.\d{6}\]|rig:")


class Malformed(Exception):
    """The text is not valid KTAP, or not what was expected."""


@dataclasses.dataclass
class Test:
    name: str
    verdict: str                # "pass", "fail" or "skip"
    reason: str = ""
    children: list = dataclasses.field(default_factory=list)

    def leaves(self):
        """The results that count: those without subtests, and failures of a parent itself."""
        below = [leaf for child in self.children for leaf in child.leaves()]
        own = self.verdict == "fail" and not any(leaf.verdict == "fail" for leaf in below)
        return below + [self] if own or not self.children else below


def count(tests):
    """(passed, failed, skipped)"""
    verdicts = [leaf.verdict for test in tests for leaf in test.leaves()]
    return tuple(verdicts.count(verdict) for verdict in ("pass", "fail", "skip"))


def frames(text, nonce, jobs):
    """{job: its output} of a result channel, which must contain exactly one complete boot."""
    pieces = re.split(rf"^rig:{nonce}:(.*)\n", text, flags=re.MULTILINE)
    marks, outputs = pieces[1::2], pieces[2::2]
    expected = ["up", *(f"{verb} {job}" for job in jobs for verb in ("begin", "end")), "done"]
    if marks != expected:
        raise Malformed(f"expected markers in the result channel: {expected}, found: {marks}")
    return dict(zip(jobs, outputs[1::2]))


def parse(text):
    """The tests of one or more consecutive documents."""
    # KUnit indents some comments less than the document that contains them.
    lines = [line.rstrip() for line in text.splitlines() if line.strip()[:1] not in ("", "#")]
    tests, at = [], 0
    while at < len(lines):
        if lines[at] != VERSION:
            raise Malformed(f"not the start of a KTAP document: {lines[at]}")
        more, at = document(lines, at + 1, 0)
        tests += more
    if not tests:
        raise Malformed("no results")
    return unique(tests)


def remarks(text):
    """{name of a failed result: the comments between the previous result and it}"""
    said, failed = [], {}
    for line in text.splitlines():
        result = RESULT.match(line.strip())
        if line.strip()[:1] == "#":
            said.append(line.strip("# "))
        elif result:
            if result[1]:
                failed[result[3]] = said
            said = []
    return failed


def unique(tests):
    names = [test.name for test in tests]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise Malformed(f"duplicate result: {', '.join(twice)}")
    return tests


def indent_of(line):
    return len(line) - len(line.lstrip(" "))


def is_ktap(line):
    return line == VERSION or PLAN.fullmatch(line) or RESULT.match(line)


def document(lines, at, indent):
    """
    Reads a document up to its last result; its version line has been read already.
    Returns its tests and the position after it.
    """
    plan, tests, children, strange = None, [], [], None
    outside = None      # where text starts that is indented less than the document
    while at < len(lines):
        line, depth = lines[at].strip(), indent_of(lines[at])
        if depth < indent and is_ktap(line) or depth == indent and line == VERSION:
            break                       # the next document
        at += 1
        result = RESULT.match(line) if depth == indent else None
        if line == VERSION and not children:
            children, at = document(lines, at, depth)
        elif result:
            # The explanation of a failure can be indented less than its result.
            said = strange or (lines[outside] if outside is not None else None)
            tests.append(test_of(line, result, children, len(tests) + 1, said))
            children, strange, outside = [], None, None
        elif PLAN.fullmatch(line) and depth == indent and plan is None and not tests:
            plan = int(line[3:])
        elif depth < indent:
            outside = at - 1 if outside is None else outside
        else:
            strange = strange or line
    check(plan, tests, children, strange, indent)
    # Such text after the last result belongs to the outer document.
    return unique(tests), at if outside is None else outside


def test_of(line, result, children, number, strange):
    failed, given, name, directive, reason = result.groups()
    if int(given) != number:
        raise Malformed(f"result {given} where {number} was expected: {line}")
    if not name or TORN.search(line):
        raise Malformed(f"a torn result line: {line}")
    # Free text explains a failed expectation; there is no reason for it before a pass.
    if strange and not failed:
        raise Malformed(f"not KTAP: {strange}")
    verdict = "fail" if failed else "skip" if directive == "SKIP" else "pass"
    if verdict != "fail" and count(children)[1]:
        raise Malformed(f"passed, but its subtest failed: {name}")
    return Test(name.strip(), verdict, reason or "", children)


def check(plan, tests, children, strange, indent):
    """Checks a complete document. The parameters of a KUnit case have no plan."""
    if plan is None and indent < 8:
        raise Malformed("a document without a plan")
    if plan is not None and plan != len(tests):
        raise Malformed(f"{plan} results planned, {len(tests)} found")
    if not tests:
        raise Malformed("a document without results")
    if children or strange:
        raise Malformed(f"without a result: {strange or children[0].name}")


def documents(outputs):
    """[(name, text)] of all documents in {job: output}; a job may have several."""
    found = []
    for job, output in outputs.items():
        parts = re.split(r"^(?=KTAP version 1$)", output, flags=re.MULTILINE)[1:]
        for part in parts:
            first = parse(part)[0].name
            found.append((job if len(parts) == 1 else f"{job} {first}", part))
    return found


def compose(outputs):
    """One document that contains those of several jobs: {job: output}."""
    found = documents(outputs)
    lines = ["KTAP version 1", f"1..{len(found)}"]
    for number, (name, text) in enumerate(found, 1):
        lines += ["    " + line for line in text.splitlines()]
        lines.append(f"{'not ok' if count(parse(text))[1] else 'ok'} {number} {name}")
    return "\n".join(lines) + "\n"


def single(passed, name, remark):
    """A document with a single result, for a run that has no results of its own."""
    return f"KTAP version 1\n1..1\n# {remark}\n{'ok' if passed else 'not ok'} 1 {name}\n"
