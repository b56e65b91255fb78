# SPDX-License-Identifier: GPL-2.0-only
# Job domu-huge: a domU of rig.memory= MiB, larger than what a frame tree can
# name, looks at each entry of its list; so does xen-p2m from outside.

. /lib/toolstack
. /lib/look

PATH=$PATH:/files
memory=$(rig_arg memory)
patience=3600	# seconds: it looks at over a hundred million entries

# sound: what xen-p2m finds, in a list that takes 2 bytes a MiB to describe
sound() {
	local status=0
	xen-p2m check --memory 3072 domu >/tmp/checked 2>/tmp/progress || status=$?
	tail -n 40 /tmp/checked
	[ $status = 0 ] || tail -n 5 /tmp/progress
	return $status
}

plan 7
result "toolstack" toolstack_start
result "a domU of $memory MiB boots" domu_create domu "memory=$memory" vcpus=1
result "it describes its list" domu_run domu "cat $own/p2m_stats"
result "its list is right" domu_run domu "cat $own/p2m_check | tee /tmp/own; tail -n 1 /tmp/own | grep -qx 'self-check: ok'"
result "what is published" domu_run domu published
result "xen-p2m finds it right" sound
# It is not taken away: for Xen that is as long as the rest.
result "what it said" domu_log domu
