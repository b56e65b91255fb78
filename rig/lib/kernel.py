# SPDX-License-Identifier: GPL-2.0-only
"""
What a row of rig/kernels.py says.
"""

import dataclasses


@dataclasses.dataclass(frozen=True)
class Kernel:
    """A Linux version that the project goes into."""
    version: str                # as LINUX= names it
    suite: str                  # of Debian, whose archive has the source; bookworm-backports, too
    package: str                # of the source: it brings /usr/src/PACKAGE.tar.xz
    prelude: str = ""           # a directory of patches/ that is applied before the series
    without: tuple = ()         # files of ours, by their place in the tree, that it does not get
