#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""
Tests of the table of memory maps (maps.py), and of what is expected of a guest with
such a map (memory_map.py), on maps whose outcome is worked out here by hand.
"""

import sys

sys.path[0] += "/.."        # rig/, where lib is
from lib import memory_map, unit
from lib.memory_map import REACH, Expected, Map, every
from maps import MAPS

MEMORY = 256                # pages of a domU of 1 MiB, the size of the examples


def expected(*chains, **settings):
    return Expected(Map("example", "", *chains, memory=1, **settings))


def booted(*chains, **settings):
    """What is not identity after boot."""
    return [run for run in expected(*chains, **settings).after_boot() if run[2] != "identity"]


def test_no_hole(_):
    assert booted("0 ram 100000") == [(0, 256, "populated")]


def test_extra_memory_is_missing(_):
    assert booted("0 ram 180000") == [(0, 256, "populated"), (256, 384, "missing")]


def test_frames_move_out_of_a_hole(_):
    assert booted("0 ram 10000 reserved 20000 ram 180000") == [
        (0, 16, "populated"), (32, 272, "populated"), (272, 384, "missing")]


def test_a_gap_is_a_hole(_):
    assert booted("0 ram 10000", "20000 ram 110000") == [(0, 16, "populated"), (32, 272, "populated")]


def test_frames_without_a_place_go_back(_):
    one = expected("0 ram 80000")
    assert (one.populated, one.released) == ([(0, 128)], 128)
    one = expected("0 ram 80000 reserved 90000 ram 108000")
    assert (one.populated, one.released) == ([(0, 128), (144, 264)], 8)


def test_a_page_is_ram_only_as_a_whole(_):
    assert booted("0 ram 10400 reserved 20800 ram 180000")[:2] == [
        (0, 16, "populated"), (33, 273, "populated")]
    assert booted("0 ram 100000 reserved 180400 ram 180800") == [(0, 256, "populated")]


def test_the_highest_type_counts(_):
    apart = "0 ram 10000 reserved 18000 nvs 20000 ram 180000"
    assert booted("0 ram 180000", "10000 reserved 20000", "18000 nvs 20000") == booted(apart)
    assert booted("18000 nvs 20000", "10000 reserved 20000", "0 ram 180000") == booted(apart)


def test_entries_without_length_do_not_count(_):
    assert booted("0 ram 0 reserved 0 ram 80000 nvs 80000 ram 100000") == booted("0 ram 100000")


def test_linux_takes_ten_times_its_size(_):
    assert booted("0 ram 2000000") == [(0, 256, "populated"), (256, 2816, "missing")]


def test_an_area_in_the_way_moves(_):
    assert booted("0 ram 10000 nvs 12000 ram 180000", moved=((0x10000, 0x12000),)) == [
        (0, 256, "populated"), (256, 382, "missing"), (382, 384, "foreign")]


def test_a_moved_area_stays_behind_on_its_host(_):
    moved = expected("0 ram 10000 nvs 12000 ram 180000", moved=((0x10000, 0x12000),))
    assert moved.always() == [(0, 382, "memory"), (382, 384, "foreign"), (384, REACH, "any")]
    assert moved.restored() == [(0, 382, "memory"), (382, 384, "missing"), (384, REACH, "any")]


def test_what_may_happen_later(_):
    assert expected("0 ram 10000 reserved 20000", "30000 ram 180400").always() == [
        (0, 16, "memory"), (16, 32, "identity"), (32, 48, "any"), (48, 384, "memory"),
        (384, REACH, "any")]


def test_shifted_down(_):
    row = Map("example", "", "0 ram c0001000 reserved 100000000 ram 110000000", down=0xb0000000)
    assert row.entries() == [(0, 0x10001000, 1), (0x10001000, 0x100000000, 2),
                             (0x100000000, 0x110000000, 1)]


def test_repeated(_):
    assert every(2, 0x30, 0x100, "ram", 0x10, "reserved", 0x20, first="0 nvs 100", last="ram 200") == (
        "0 nvs 100 ram 110 reserved 130 ram 140 reserved 160 ram 200",)


def test_files(_):
    files = memory_map.files([Map("example", "", "0 ram 100000", memory=1, quick=True)])
    assert files == {"quick": "example\n", "all": "example\n", "example/entries": "0x0 0x100000 1\n",
                     "example/sizes": "1 0 161 0\n",
                     "example/after-boot": "[0x0, 0x100) populated\n[0x100, 0x400000000) identity\n",
                     "example/always": "[0x0, 0x100) memory\n[0x100, 0x400000000) any\n",
                     "example/restored": "[0x0, 0x100) memory\n[0x100, 0x400000000) any\n",
                     "example/in-dom0": "[0x0, 0x400000000) any\n"}


def test_holes_of_a_machine(_):
    row = Map("example", "", "0 ram 80000 reserved 2000000 ram 2100000 nvs 2100800 acpi 2101000 "
              "unusable 2200000 ram 3000000 nvs 3001000 ram 7fe00000 reserved 80000000",
              moved=((0x3000000, 0x3001000),))
    assert row.holes() == [(0x2100000, 0x2100800, 4), (0x2100800, 0x2101000, 3),
                           (0x2101000, 0x2200000, 5), (0x3000000, 0x3001000, 4)]
    assert Expected(row).in_dom0() == [(0, 0x2100, "any"), (0x2100, 0x2101, "identity"),
                                       (0x2101, memory_map.REACH, "any")]


def test_every_frame_of_each_row_has_its_place(_):
    for row in MAPS:
        one = Expected(row)
        held = memory_map.count(one.populated)
        assert held + one.released == row.memory * MEMORY, row.name
        assert memory_map.count(memory_map.merged(one.populated + one.reserved)) == \
            held + memory_map.count(one.reserved), row.name
        assert row.entries()[0][0] == 0 or row.name == "unsorted", row.name


def test_names(_):
    assert len({row.name for row in MAPS}) == len(MAPS) >= 30
    assert sum(row.quick for row in MAPS) == 6


if __name__ == "__main__":
    sys.exit(unit.main(globals()))
