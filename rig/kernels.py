# SPDX-License-Identifier: GPL-2.0-only
"""
The table of Linux versions that the project goes into: one row each, nothing
else in the rig knows a version. To add one, add a row (rig/lib/kernel.py says
what its fields mean), run "make tree LINUX=VERSION", and if a patch does not
fit, put a small one that makes it fit into a directory of patches/ and name it
as the row's prelude. "make checks LINUX=VERSION" and "make test
LINUX=VERSION" then say what else is missing.
"""

from lib.kernel import Kernel

KERNELS = (
    Kernel("6.12", suite="bookworm", package="linux-source-6.12"),
)
