# SPDX-License-Identifier: GPL-2.0-only
"""
The modules that the rig's jobs and tests share. Those scripts put rig/ first in
sys.path, so that "from lib import qemu" works from any directory.
"""
