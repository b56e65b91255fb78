#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""
Can programs take xen-p2m's reports: is the JSON such that a parser reads it, is
the picture XML? Also for a domain whose name is meant to break them. Run by
"make report", with the program that the unit tests are as argument.
"""

import json
import subprocess
import sys
import xml.etree.ElementTree

from lib import unit

NAME = 'a"b<\\&\n'


def sample(form):
    """A report about a made-up guest."""
    return subprocess.run([sys.argv[1], form, NAME], check=True, text=True,
                          capture_output=True).stdout


def test_json(_):
    report = json.loads(sample("json"))
    assert report["name"] == NAME and report["taken"] and report["violations"] == 1
    assert report["found"] == {"m2p": 1} and report["findings"][0]["cause"] == "m2p"
    assert report["findings"][0]["pfn"] == "0x9"
    assert report["published"]["p2m_vaddr"] == "0xffffc90000000000"
    assert [run["kind"] for run in report["map"]] == ["populated", "foreign", "missing"]
    assert sum(run["end"] - run["pfn"] for run in report["map"]) == sum(report["pfns"].values())


def test_picture(_):
    root = xml.etree.ElementTree.fromstring(sample("svg"))
    assert root.tag.endswith("svg")
    colours = {rect.get("fill") for rect in root.iter("{http://www.w3.org/2000/svg}rect")
               if rect.get("height") == "10"}
    assert len(colours) == 3
    assert any("0x1200 pfns" in (text.text or "") for text in
               root.iter("{http://www.w3.org/2000/svg}text"))


if __name__ == "__main__":
    sys.exit(unit.main(globals()))
