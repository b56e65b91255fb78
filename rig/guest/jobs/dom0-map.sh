# SPDX-License-Identifier: GPL-2.0-only
# Job dom0-map: dom0 with the holes of a memory map of rig/maps.py, rig.map=. None of their pfns may
# ever have been anything but identity when this job runs.

. /lib/ktap
. /lib/look
. /lib/maps

map=$(rig_arg map)

# Of unusable memory dom0 makes RAM, and what is RAM is for the machine to say.
holes_are_identity() {
	sed 's/ memory$/ any/' "/maps/$map/always" >/tmp/rules
	grep -c ' identity$' /tmp/rules
	cat $own/p2m >/tmp/runs
	obeys /tmp/runs /tmp/rules
}

list_passes() {
	cat $own/p2m_check
	tail -n 1 $own/p2m_check | grep -qx "self-check: ok"
}

plan 2
result "$map: its holes are identity" holes_are_identity
result "$map: the list is right" list_passes
