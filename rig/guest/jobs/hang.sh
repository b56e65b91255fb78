# SPDX-License-Identifier: GPL-2.0-only
# Job hang: never ends. Tests the rig: it must time out, by exit code 4.

while :; do sleep 1000; done
