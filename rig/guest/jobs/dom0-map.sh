# SPDX-License-Identifier: GPL-2.0-only
# Job dom0-map: dom0 with the holes of a memory map of rig/maps.py, rig.map=. None of their pfns may
# ever have been anything but identity when this job runs.

. /lib/ktap
. /lib/look
. /lib/maps

map=$(rig_arg map)

holes_are_identity() {
	grep -c ' identity$' "/maps/$map/in-dom0"
	cat $own/p2m >/tmp/runs
	obeys /tmp/runs "/maps/$map/in-dom0"
}

list_passes() {
	cat $own/p2m_check
	tail -n 1 $own/p2m_check | grep -qx "self-check: ok"
}

plan 2
result "$map: its holes are identity" holes_are_identity
result "$map: the list is right" list_passes
