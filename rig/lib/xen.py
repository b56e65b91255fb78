# SPDX-License-Identifier: GPL-2.0-only
"""
The Xen releases that the rig runs, each a hypervisor and its toolstack: Debian
packages of two suites, unpacked in the cache, and our own build, which supports live
migration.
"""

import gzip

from . import debian, xen_build
from .common import write_atomically

SUITES = {"4.17": "bookworm", "4.20": "trixie"}
LOGDIRTY = "-logdirty"
RELEASES = (*SUITES, "4.17" + LOGDIRTY)


def root(release):
    """The directory with the userspace of a release and all its shared libraries."""
    version = release.removesuffix(LOGDIRTY)
    return debian.root(SUITES[version], f"xen-utils-{version}", "xenstore-utils")


def hypervisor(release):
    """The uncompressed Xen image: QEMU's multiboot loader hangs silently on a compressed one."""
    if release.endswith(LOGDIRTY):
        return xen_build.hypervisor(SUITES[release.removesuffix(LOGDIRTY)])
    package = debian.root(SUITES[release], f"xen-hypervisor-{release}-amd64")
    packed = package / f"boot/xen-{release}-amd64.gz"
    unpacked = packed.with_suffix("")
    if packed.exists() and not unpacked.exists():
        write_atomically(unpacked, gzip.decompress(packed.read_bytes()))
    return unpacked


def efi(release):
    """The same as a program for EFI firmware."""
    package = debian.root(SUITES[release], f"xen-hypervisor-{release}-amd64")
    return package / f"boot/xen-{release}-amd64.efi"


def ovmf():
    """OVMF, EFI firmware for QEMU."""
    return debian.root("bookworm", "ovmf") / "usr/share/OVMF/OVMF_CODE.fd"


def crash_root():
    """crash with its libraries; the version in Debian 12 does not support Linux 6.12."""
    return debian.root("trixie", "crash")
