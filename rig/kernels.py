# SPDX-License-Identifier: GPL-2.0-only
"""
The table of supported Linux versions. Nothing else in the rig knows a version.

To add one, add a row (rig/lib/kernel.py explains the fields) and run "make tree
LINUX=VERSION". If a patch does not apply, put a small patch that makes it apply
into a subdirectory of patches/, and name that directory as the row's prelude.
"make checks LINUX=VERSION" and "make test LINUX=VERSION" show what else is missing.
"""

from lib.kernel import Kernel

KERNELS = (
    Kernel("6.12", suite="bookworm", package="linux-source-6.12"),
)
