# SPDX-License-Identifier: GPL-2.0-only
# Job panic: crashes the kernel. Tests the rig: it must say so, by exit code 6.

echo c >/proc/sysrq-trigger
