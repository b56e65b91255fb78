# SPDX-License-Identifier: GPL-2.0-only
"""
Builds xen-p2m, the reader that runs in dom0.
"""

import subprocess

from .common import BUILD, RIG, ROOT, Stop

PLACE = BUILD / "xen-p2m"


def build():
    """Builds it if it is out of date, and returns its path."""
    result = subprocess.run(["make", "-s", "-C", ROOT / "tools/xen-p2m", f"O={PLACE}"], text=True,
                            check=False, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    if result.returncode:
        raise Stop(RIG, f"building xen-p2m failed:\n{result.stdout[-2000:]}")
    return PLACE / "xen-p2m"
