# SPDX-License-Identifier: GPL-2.0-only
"""
Unpacks a bzImage, whose header Documentation/arch/x86/boot.rst describes.
"""

import gzip
import struct
import zlib

from .common import RIG, Stop

SECTOR = 512
SETUP_SECTORS = 0x1f1
MAGIC = 0x202
PAYLOAD = 0x248                 # offset from the end of the setup, and length


def payload(path):
    """The vmlinux in it. Given a bzImage, Xen would unpack it again for each domU."""
    image = path.read_bytes()
    if image[MAGIC:MAGIC + 4] != b"HdrS":
        raise Stop(RIG, f"not a bzImage: {path}")
    begin, length = struct.unpack_from("<II", image, PAYLOAD)
    begin += (image[SETUP_SECTORS] + 1) * SECTOR
    try:
        return gzip.decompress(image[begin:begin + length])
    except (gzip.BadGzipFile, EOFError, zlib.error) as reason:
        raise Stop(RIG, f"{path} is not compressed with gzip (CONFIG_KERNEL_GZIP=y): {reason}") from None
