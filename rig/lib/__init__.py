# SPDX-License-Identifier: GPL-2.0-only
"""
What the jobs and tests of the rig are made of. Scripts beside this directory
put rig/ first in sys.path, so that "from lib import qemu" works from anywhere.
"""
