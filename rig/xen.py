# SPDX-License-Identifier: GPL-2.0-only
"""
The releases of Xen that the rig runs, each the hypervisor and its toolstack:
Debian's packages of two suites, unpacked in the cache.
"""

import gzip

import debian
from common import write_atomically

SUITES = {"4.17": "bookworm", "4.20": "trixie"}
RELEASES = (*SUITES,)


def root(release):
    """The directory that holds a release's userspace with all its shared libraries."""
    return debian.root(SUITES[release], f"xen-utils-{release}", "xenstore-utils")


def hypervisor(release):
    """Xen, unpacked: QEMU's multiboot loader hangs silently if it is not."""
    package = debian.root(SUITES[release], f"xen-hypervisor-{release}-amd64")
    packed = package / f"boot/xen-{release}-amd64.gz"
    unpacked = packed.with_suffix("")
    if packed.exists() and not unpacked.exists():
        write_atomically(unpacked, gzip.decompress(packed.read_bytes()))
    return unpacked
