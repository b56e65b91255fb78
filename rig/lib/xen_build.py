# SPDX-License-Identifier: GPL-2.0-only
"""
Builds Xen from Debian's source package with features that Debian's build lacks:
log-dirty mode for PV domains, which live migration needs, and performance counters;
and with a boot parameter of the rig's own (rig/xen/ranges.h) that puts holes into the
machine's memory map. Debian's patches do not matter here and are not applied.
"""

import os
import re
import subprocess
import tempfile
import time

from . import debian, needs
from .common import CACHE, KNOBS, RIG, ROOT, Stop, knob, say
from .kernel_make import environment

SHELVES = CACHE / "xen"
CONFIG = ("CONFIG_EXPERT=y", "CONFIG_SHADOW_PAGING=y", "CONFIG_PERF_COUNTERS=y",
          "CONFIG_VERBOSE_DEBUG=y",
          "# CONFIG_DEBUG is not set")
# Xen would otherwise derive these from the machine and print them at every boot.
NAMES = ("XEN_WHOAMI=p2m", "XEN_DOMAIN=local", "XEN_BUILD_HOST=rig",
         "XEN_BUILD_DATE=1970-01-01", "XEN_BUILD_TIME=00:00:00")
RANGES = ROOT / "rig/xen/ranges.h"
EVERY = 10              # seconds between progress lines


def make(source, *goals):
    return ["make", "-C", str(source / "xen"), f"-j{os.cpu_count()}", *NAMES, *goals]


def clean_environment():
    """The environment of the kernel's make without our knobs: Xen's makefiles also use SRC."""
    return {name: value for name, value in environment().items() if name not in KNOBS}


def run(source, log, *goals):
    """Runs Xen's make, logs its output and reports progress every few seconds."""
    began = shown = time.monotonic()
    objects = 0
    with subprocess.Popen(make(source, *goals), text=True, errors="replace",
                          env=clean_environment(), stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as process:
        for line in process.stdout:
            log.write(line)
            if knob("V"):
                print(line, end="")
            objects += bool(re.match(r"  (?:CC|AS|HOSTCC) ", line))
            if time.monotonic() - shown > EVERY:
                shown = time.monotonic()
                say(f"xen: {objects} objects, {shown - began:.0f} s")
    if process.returncode:
        raise Stop(RIG, f"building Xen failed; log: {log.name}")


def configure(source, log):
    """Writes the default config plus our lines, all of which must take effect."""
    config = source / "xen/.config"
    run(source, log, "defconfig")
    names = [re.search(r"CONFIG_\w+", line)[0] for line in CONFIG]
    kept = [line for line in config.read_text().splitlines()
            if not re.search(rf"\b(?:{'|'.join(names)})\b", line)]
    config.write_text("\n".join([*kept, *CONFIG]) + "\n")
    run(source, log, "olddefconfig")
    missing = set(CONFIG) - set(config.read_text().splitlines())
    if missing:
        raise Stop(RIG, f"Xen config lines without effect: {', '.join(sorted(missing))}")


def unpack(directory, source):
    source.mkdir()
    original = next(directory.glob("*.orig.tar.*"))
    subprocess.run(["tar", "-C", source, "--strip-components=1", "-xf", original], check=True)


def add_ranges(source):
    """Adds our boot parameter: a file that e820.c includes, and a call."""
    target = source / "xen/arch/x86/e820.c"
    text, added = re.subn(r"^(static void __init machine_specific_memory_setup\()(.*?)"
                          r"(^ *(?:\(void\))?copy_e820_map\([^;]*;\n)",
                          rf'#include "{RANGES.name}"\n\n\1\2\3    rig_change_ranges();\n',
                          target.read_text(), flags=re.MULTILINE | re.DOTALL)
    if added != 1:
        raise Stop(RIG, f"{target.name} of this Xen has no place for {RANGES.name}")
    target.write_text(text)
    (target.parent / RANGES.name).write_text(RANGES.read_text())


def build(archive, shelf):
    """A directory with the image xen, built from the archive's current source."""
    names = archive.newest_source("xen")
    made = shelf / debian.digest(*sorted(names))
    if made.exists():
        return made
    needs.disk(shelf, 600, "building Xen")
    dsc = next(name for name in names if name.endswith(".dsc"))
    say(f"xen: building {dsc.removesuffix('.dsc')} with {', '.join(CONFIG[:3])}, "
        "about 3 minutes on 2 processors")
    with tempfile.TemporaryDirectory(dir=shelf, prefix=".new-") as name, \
            open(shelf / "build.log", "w", encoding="utf-8") as log:
        new = shelf / name
        archive.download_source("xen", new / "package")
        unpack(new / "package", new / "source")
        add_ranges(new / "source")
        configure(new / "source", log)
        run(new / "source", log, "xen")
        (new / "made").mkdir()
        for file in ("xen", ".config"):
            (new / "source/xen" / file).replace(new / "made" / file)
        (new / "made").replace(made)
    return made


def hypervisor(suite):
    """The Xen image built from the source of a Debian suite."""
    shelf = SHELVES / f"{suite}-{debian.digest(*CONFIG, RANGES.read_text())}"
    archive = debian.Archive(suite, "deb-src")
    return debian.keep(shelf, archive, lambda: build(archive, shelf)) / "xen"
