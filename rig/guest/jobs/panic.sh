# SPDX-License-Identifier: GPL-2.0-only
# Job panic: crashes the kernel. Tests that the rig notices, with exit code 6.

echo c >/proc/sysrq-trigger
