# SPDX-License-Identifier: GPL-2.0-only
"""
GRUB as the builder of a PV domU: Xen starts GRUB, which has our kernel and an
initramfs in its memdisk, makes a list and page tables of its own for them, and
starts the kernel in its place.
"""

import pathlib
import subprocess
import tempfile

from . import debian
from .common import RIG, Stop

FORMAT = "x86_64-xen"
MODULES = "linux memdisk tar gzio"     # gzio: for what a bzImage contains
CONFIG = """\
linux (memdisk)/vmlinuz console=hvc0 rig.builder=grub
initrd (memdisk)/initramfs
boot
"""


def image(kernel, initramfs):
    """An image for a domU's kernel=, with a bzImage and the bytes of an initramfs."""
    root = debian.root("bookworm", "grub-common", "grub-xen-bin")
    with tempfile.TemporaryDirectory() as name:
        place = pathlib.Path(name)
        (place / "grub.cfg").write_text(CONFIG)
        (place / "initramfs").write_bytes(initramfs)
        # The program's own libraries, which the machine may lack.
        command = [root / "lib64/ld-linux-x86-64.so.2", "--library-path",
                   root / "usr/lib/x86_64-linux-gnu", root / "usr/bin/grub-mkstandalone",
                   "-d", root / f"usr/lib/grub/{FORMAT}", "-O", FORMAT, "-o", place / "grub",
                   "--fonts=", "--locales=", "--themes=", f"--modules={MODULES}",
                   f"--install-modules={MODULES} normal",
                   f"boot/grub/grub.cfg={place}/grub.cfg", f"vmlinuz={kernel}",
                   f"initramfs={place}/initramfs"]
        result = subprocess.run(command, capture_output=True, text=True, check=False)
        if result.returncode:
            raise Stop(RIG, f"grub-mkstandalone failed:\n{result.stderr[-2000:]}")
        return (place / "grub").read_bytes()
