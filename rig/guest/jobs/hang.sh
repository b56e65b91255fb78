# SPDX-License-Identifier: GPL-2.0-only
# Job hang: never ends. Tests that the rig times out, with exit code 4.

while :; do sleep 1000; done
