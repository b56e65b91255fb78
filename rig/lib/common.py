# SPDX-License-Identifier: GPL-2.0-only
"""
What all scripts of the rig share: paths, exit codes, the knobs (the Makefile is
the only place that has their defaults), and the ways to print and to stop.
"""

import fcntl
import os
import pathlib
import re
import signal
import subprocess
import sys

from configs import CONFIGS
from kernels import KERNELS

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = ROOT / "build"
CACHE = pathlib.Path(os.environ.get("XDG_CACHE_HOME")
                     or pathlib.Path.home() / ".cache") / "xen-p2m"

PASS, FAILED, USAGE, RIG, CRASH = 0, 1, 2, 4, 6
MEANING = {
    PASS: "pass",
    FAILED: "a test failed",
    USAGE: "wrong usage",
    RIG: "the rig failed or timed out",
    CRASH: "the guest or Xen crashed",
}

MAX_VCPUS = 8           # CONFIG_NR_CPUS in rig/config/base.config


# Raise an exception on these signals, so that every "finally" clause runs.
for ending in (signal.SIGINT, signal.SIGTERM):
    signal.signal(ending, lambda ending, _: sys.exit(128 + ending))


def say(message):
    print(message, flush=True)


class Stop(SystemExit):
    """Ends a script with an exit code, after printing one clear line."""

    def __init__(self, code, message):
        print("error: " + message, file=sys.stderr, flush=True)
        super().__init__(code)


def kib(size):
    """The number of KiB in a size like 512M, 1G or 307204K."""
    match = re.fullmatch(r"([1-9][0-9]{0,9})([KMG])", size, re.IGNORECASE)
    if not match:
        raise ValueError("not a size like 512M, 1G or 307204K")
    return int(match[1]) << {"K": 0, "M": 10, "G": 20}[match[2].upper()]


def size(text):
    kib(text)
    return text.upper()


def sizes(text):
    """Sizes separated by blanks, each as Xen's dom0_mem= takes it: 1G, or 1G,max:4G."""
    for one in text.split():
        least, _, most = one.partition(",max:")
        kib(least)
        if most:
            kib(most)
    if not text.split():
        raise ValueError("no size")
    return text


def number(low, high):
    def check(text):
        if not re.fullmatch(r"[0-9]{1,9}", text) or not low <= int(text) <= high:
            raise ValueError(f"not a number from {low} to {high}")
        return int(text)
    return check


def flag(text):
    if text not in ("", "0", "1"):
        raise ValueError("not 0 or 1")
    return text == "1"


def version(text):
    known = [row.version for row in KERNELS]
    if text not in known:
        raise ValueError(f"not a supported Linux version; supported: {', '.join(known)}")
    return text


def config(text):
    known = [row.name for row in CONFIGS]
    if text and text not in known:
        raise ValueError(f"not a configuration; there are {', '.join(known)}")
    return text


def path(kind):
    def check(text):
        found = pathlib.Path(text).expanduser().absolute()
        if text and not getattr(found, "is_" + kind)():
            raise ValueError(f"no such {kind}")
        return found if text else None
    return check


KNOBS = {
    "LINUX": version,
    "STOCK": flag,
    "SANITIZE": flag,
    "CONFIG": config,
    "SRC": path("dir"),
    "EXTRA_CONFIG": path("file"),
    "MEM": size,
    "DOM0_MEM": size,
    "HUGE": size,
    "HUGE_DOMU": size,
    "SIZES": sizes,
    "SMP": number(1, MAX_VCPUS),
    "TIMEOUT": number(1, 86400),
    "V": flag,
    "DRYRUN": flag,
    "ONLY": str,
}


def knob(name, knobs=None):
    """
    The value of one knob: from the mapping knobs if it is there, else from the
    environment (make exports them), else the Makefile's default.
    """
    text = (knobs or {}).get(name, os.environ.get(name))
    if text is None:
        makefile = (ROOT / "Makefile").read_text()
        text = re.search(rf"^{name} \?=(.*)$", makefile, re.MULTILINE)[1].strip()
    try:
        return KNOBS[name](text)
    except ValueError as reason:
        raise Stop(USAGE, f"{name}={text}: {reason}") from None


def check_knobs():
    for name in KNOBS:
        knob(name)
    if kib(knob("DOM0_MEM")) >= kib(knob("MEM")):
        raise Stop(USAGE, f"DOM0_MEM={knob('DOM0_MEM')} must be less than MEM={knob('MEM')}: "
                   "Xen needs some memory of its own")
    if knob("STOCK") and knob("SANITIZE"):
        raise Stop(USAGE, "STOCK=1 SANITIZE=1: the sanitizers are only for our tree")


def kernel():
    """The row of rig/kernels.py that LINUX names."""
    return next(row for row in KERNELS if row.version == knob("LINUX"))


def tree_dir(knobs=None):
    """The kernel tree that LINUX, STOCK, SANITIZE and CONFIG select."""
    kind = "-stock" if knob("STOCK", knobs) else "-sanitize" if knob("SANITIZE", knobs) else ""
    config_name = knob("CONFIG", knobs)
    return BUILD / f"linux-{knob('LINUX')}{kind}{'-' if config_name else ''}{config_name}"


def objects_dir():
    """The clean tree whose files are compiled for other configurations (objects.py)."""
    return BUILD / f"linux-{knob('LINUX')}-objects"


def step(job, *arguments, knobs=None, fatal=True):
    """Runs another job, with some knobs changed; if it fails, exits with its exit code."""
    with subprocess.Popen([ROOT / "rig/jobs" / job, *arguments],
                          env=os.environ | (knobs or {})) as process:
        try:
            code = process.wait()
        finally:
            process.terminate()
    if code and fatal:
        sys.exit(code)
    return code


def lock(name):
    """Holds a lock until the script ends, so that concurrent runs cannot interfere."""
    BUILD.mkdir(exist_ok=True)
    handle = open(BUILD / f".{name}.lock", "w")
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise Stop(RIG, f"another run is using {name}; wait until it finishes") from None
    return handle


def write_atomically(target, content):
    """Replaces a file such that others, also writers, see either the old or the new content."""
    target.parent.mkdir(parents=True, exist_ok=True)
    temporary = target.with_name(f".{target.name}.{os.getpid()}")
    temporary.write_bytes(content)
    if target.exists():
        temporary.chmod(target.stat().st_mode & 0o7777)
    temporary.replace(target)
