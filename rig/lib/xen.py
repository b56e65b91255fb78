# SPDX-License-Identifier: GPL-2.0-only
"""
The releases of Xen that the rig runs, each a hypervisor and its toolstack:
Debian's packages of two suites, unpacked in the cache, and a build of our own
that can do live migration.
"""

import gzip

from . import debian, xen_build
from .common import write_atomically

SUITES = {"4.17": "bookworm", "4.20": "trixie"}
LOGDIRTY = "-logdirty"
RELEASES = (*SUITES, "4.17" + LOGDIRTY)


def root(release):
    """The directory that holds a release's userspace with all its shared libraries."""
    version = release.removesuffix(LOGDIRTY)
    return debian.root(SUITES[version], f"xen-utils-{version}", "xenstore-utils")


def hypervisor(release):
    """Xen's image, unpacked: QEMU's multiboot loader hangs silently if it is not."""
    if release.endswith(LOGDIRTY):
        return xen_build.hypervisor(SUITES[release.removesuffix(LOGDIRTY)])
    package = debian.root(SUITES[release], f"xen-hypervisor-{release}-amd64")
    packed = package / f"boot/xen-{release}-amd64.gz"
    unpacked = packed.with_suffix("")
    if packed.exists() and not unpacked.exists():
        write_atomically(unpacked, gzip.decompress(packed.read_bytes()))
    return unpacked


def crash_root():
    """crash with its libraries; Debian 12's own does not know Linux 6.12."""
    return debian.root("trixie", "crash")
