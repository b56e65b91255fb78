# SPDX-License-Identifier: GPL-2.0-only
# Job domu-huge: a domU of rig.memory= MiB, larger than a frame tree can describe,
# checks every entry of its list; so does xen-p2m from outside.

. /lib/toolstack
. /lib/look

PATH=$PATH:/files
memory=$(rig_arg memory)
patience=3600	# seconds, to check over a hundred million entries

# sound: xen-p2m finds nothing wrong; it needs 2 bytes of memory per MiB of the guest
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
# It is not destroyed, as that would take Xen as long as everything else.
result "what it said" domu_log domu
