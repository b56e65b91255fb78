# SPDX-License-Identifier: GPL-2.0-only
"""
Writes the guests' initramfs: a static busybox, the init, every job of
rig/guest/, and what a run brings along, in /files/. Made anew for each run (it
takes a moment), always with the same bytes for the same files: no times, no
owners, a fixed order.
"""

import gzip
import pathlib
import shutil
import stat
import subprocess

from common import RIG, ROOT, Stop


def entry(number, name, mode, content=b"", device=(0, 0)):
    """One file in cpio's newc format."""
    fields = (number, mode, 0, 0, 1, 0, len(content), 0, 0, *device, len(name) + 1, 0)
    head = b"070701" + b"".join(b"%08x" % field for field in fields) + name.encode() + b"\0"
    return pad(head) + pad(content)


def pad(data):
    return data + b"\0" * (-len(data) % 4)


def busybox():
    found = shutil.which("busybox")
    if found and subprocess.run(["ldd", found], capture_output=True, check=False).returncode == 0:
        found = None                    # ldd succeeds: it wants shared libraries
    if not found:
        raise Stop(RIG, "no static busybox here: install the package busybox-static")
    return pathlib.Path(found).read_bytes()


def build(target, brought=()):
    guest = ROOT / "rig/guest"
    files = [("bin", stat.S_IFDIR | 0o755), ("dev", stat.S_IFDIR | 0o755),
             ("jobs", stat.S_IFDIR | 0o755), ("files", stat.S_IFDIR | 0o755),
             ("dev/console", stat.S_IFCHR | 0o600, b"", (5, 1)),
             ("bin/busybox", stat.S_IFREG | 0o755, busybox()),
             ("init", stat.S_IFREG | 0o755, (guest / "init").read_bytes())]
    files += [(f"jobs/{job.name}", stat.S_IFREG | 0o644, job.read_bytes())
              for job in sorted(guest.glob("*.sh"))]
    files += [(f"files/{file.name}", stat.S_IFREG | 0o644, file.read_bytes()) for file in brought]
    archive = b"".join(entry(number, *file) for number, file in enumerate(files, 1))
    archive += entry(0, "TRAILER!!!", 0)
    target.write_bytes(gzip.compress(archive, compresslevel=1, mtime=0))
