# SPDX-License-Identifier: GPL-2.0-only
"""
A row of rig/kernels.py.
"""

import dataclasses


@dataclasses.dataclass(frozen=True)
class Kernel:
    """A Linux version that the project supports."""
    version: str                # the value of LINUX=
    suite: str = ""             # Debian suite with the source; may be a backports suite
    package: str = ""           # source package, which contains /usr/src/PACKAGE.tar.xz
    prelude: str = ""           # subdirectory of patches/ to apply before the series
    without: tuple = ()         # our files (paths in the kernel tree) to leave out
