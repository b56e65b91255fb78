# SPDX-License-Identifier: GPL-2.0-only
"""
The rows of rig/kernels.py and rig/configs.py.
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


@dataclasses.dataclass(frozen=True)
class Config:
    """A row of CONFIGS in rig/configs.py."""
    name: str                   # the value of CONFIG=
    what: str


@dataclasses.dataclass(frozen=True)
class Objects:
    """A row of OBJECTS in rig/configs.py."""
    name: str
    arch: str = ""              # the kernel's ARCH, if not the name
    compiler: str = ""          # prefix of the compiler's name
    without: tuple = ()         # what the configuration does not build: files, directories/
