#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""
Tests that each job checks what it needs before its first step (needs.py): if
memory, disk or a program is missing, or a knob is wrong, no process may start.
"""

import contextlib
import importlib.machinery
import importlib.util
import io
import os
import shutil
import subprocess
import sys

sys.path[0] += "/.."        # rig/, where lib is
from configs import CONFIGS
from lib import config, needs, unit
from lib.common import KNOBS, RIG, ROOT, USAGE, Stop, tree_dir
from lib.scenario import Scenario
from scenarios import SCENARIOS

BOOTING = ("boot", "boot-huge", "boot-huge-domu", "test", "test-long", "bench", "bench-boot")
BUILDING = (*BOOTING, "kernel", "checks")


def job(name):
    """The main() of a job, and its argv."""
    path = str(ROOT / "rig/jobs" / name.removesuffix("-long"))
    loader = importlib.machinery.SourceFileLoader(name, path)
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader(name, loader))
    before = sys.path[0]
    sys.path[0] = os.path.dirname(path)
    loader.exec_module(module)
    sys.path[0] = before
    return module.main, [path, "--long"] if name.endswith("-long") else [path]


@contextlib.contextmanager
def machine(knobs, **lacks):
    """A machine that has plenty of everything, except what it lacks; no process may start."""
    def no_process(command, *_, **__):
        raise AssertionError(f"started before everything was checked: {command}")

    has = {"free_memory": lambda: 1 << 30, "free_disk": lambda _: 1 << 30} | lacks
    with contextlib.ExitStack() as former:
        for where, name, value in ((subprocess, "Popen", no_process), (sys, "argv", sys.argv),
                                   *((needs, name, value) for name, value in has.items())):
            former.callback(setattr, where, name, getattr(where, name))
            setattr(where, name, value)
        environment = dict(os.environ)
        former.callback(lambda: (os.environ.clear(), os.environ.update(environment)))
        for name in KNOBS.keys() & os.environ.keys():
            del os.environ[name]
        os.environ.update(knobs)
        yield


def stops(name, knobs=None, code=RIG, **lacks):
    """The error message of a job that must stop before its first step."""
    said = io.StringIO()
    with machine(knobs or {}, **lacks), contextlib.redirect_stderr(said):
        main, sys.argv = job(name)
        assert unit.raises(Stop, main) == str(code)
    return said.getvalue()


def test_memory(_):
    for name in BOOTING:
        said = stops(name, free_memory=lambda: 100)
        assert "MiB of memory, 100 MiB are free" in said, said


def test_more_memory_than_any_machine_has(_):
    assert "make boot needs 921600400 MiB" in stops(
        "boot", {"MEM": "999999G", "DOM0_MEM": "900000G"}, free_memory=lambda: 1 << 20)


def test_disk(_):
    for name in BUILDING:
        said = stops(name, free_disk=lambda _: 100)
        assert "MiB of disk" in said, said


def test_programs(_):
    which = shutil.which
    shutil.which = lambda program: None if program == "setpriv" else which(program)
    try:
        for name in BUILDING:
            assert "install the package util-linux" in stops(name)
    finally:
        shutil.which = which


def test_knobs(_):
    for name in BUILDING:
        assert "TIMEOUT=0" in stops(name, {"TIMEOUT": "0"}, USAGE)
        assert "must be less than" in stops(name, {"MEM": "1G", "DOM0_MEM": "1G"}, USAGE)
        assert "supported: 6.12" in stops(name, {"LINUX": "2.6"}, USAGE)
        assert "not a configuration" in stops(name, {"CONFIG": "base"}, USAGE)


def test_kernel_that_the_job_does_not_support(_):
    for name in ("boot-huge", "boot-huge-domu", "bench", "bench-boot", "checks"):
        assert "does not support STOCK=1" in stops(name, {"STOCK": "1"}, USAGE)


def test_invalid_config(directory):
    (directory / "config").write_text("CONFIG_X\n")
    for name in BUILDING:
        assert "not a config line" in stops(name, {"EXTRA_CONFIG": str(directory / "config")}, USAGE)


def test_configurations(_):
    names = {row.name for row in CONFIGS}
    assert len({tree_dir({"CONFIG": name}) for name in names} | {tree_dir({})}) == len(names) + 1
    assert {row.config for row in SCENARIOS} == names | {""}
    with machine({}):
        before, _ = config.fragments()
    for name in names:
        with machine({"CONFIG": name}):
            assert config.fragments()[0] == before | config.options(config.fragment(name)) != before


def test_unknown_scenario(_):
    for names in ("nonsense", "native-1 nonsense", "nonsense-*"):
        assert "no such scenario" in stops("test", {"ONLY": names}, USAGE)


def test_only_the_chosen_scenarios_count(_):
    for names in ("native-1", "native-1 reader", "native-*"):
        assert "make test (native-1) needs 1424 MiB" in stops("test", {"ONLY": names},
                                                              free_memory=lambda: 1423)


def test_memory_of_a_run(_):
    rows = {"1G": Scenario("a", "", native=True, mem="1G", dom0_mem="512M"),
            "2G": Scenario("b", "", mem="3G", dom0_mem="2G"),
            "3G": Scenario("c", "", mem="3G", dom0_mem="2G", toolstack=True),
            "4G": Scenario("d", "", mem="8G", dom0_mem="6G", needs="4G")}
    for size, row in rows.items():
        assert row.memory == needs.of_run(row) == needs.guests(size)
    assert needs.guests("1G") == 1024 + needs.OVERHEAD


def test_disk_of_each_kernel_once(_):
    other = [{"LINUX": "6.12", "STOCK": "1"}, {"STOCK": "1"}]
    assert needs.trees(other) == needs.trees(other[:1]) >= needs.KERNEL


if __name__ == "__main__":
    sys.exit(unit.main(globals()))
