# SPDX-License-Identifier: GPL-2.0-only
# Job domu-512: the list of a domU grows beyond 512 GiB, where the frame tree ends. The
# domU must say so and continue; tools that read only the tree must refuse with a
# message, and tools that read the list must keep working.

. /lib/toolstack

PATH=$PATH:/files

# beyond NAME: makes its list grow by the leaf at 512 GiB
beyond() {
	domu_run "$1" "grow start first=$((1 << 27)) stay=1" &&
		within 60 domu_run "$1" "grow count | grep -qx 1"
}

# refuses WORDS COMMAND...: the command must fail with a message that contains WORDS
refuses() {
	local words=$1
	shift
	! "$@" >/tmp/refused 2>&1 || return
	head -n 12 /tmp/refused | cut -c 1-200
	grep -q "$words" /tmp/refused
}

plan 17
result "toolstack" toolstack_start
result "a domU with the frame tree only boots" domu_create tree memory=64 "extra='console=hvc0 xen_p2m_publish=tree'"
result "it has a tree" domu_run tree published
result "its list goes beyond 512 GiB" beyond tree
result "it has no tree any more" domu_run tree published
result "it says that it publishes nothing" domu_run tree "dmesg | grep 'xen/p2m: .* nothing is published any more'"
result "its list is right" domu_run tree check
result "save refuses" refuses "too large for p2m tree" xl save tree /tmp/saved
result "dump-core refuses" refuses "map p2m_frame_list_list" xl dump-core tree /tmp/dump
result "xen-p2m refuses" refuses "publishes no list" xen-p2m check tree
result "it goes on" domu_run tree check
result "its end" domu_end tree

result "a domU with both boots" domu_create both memory=64
result "its list goes beyond 512 GiB, too" beyond both
result "it has its list only" domu_run both published
result "xen-p2m reads it" xen-p2m check both
result "the end" domu_end both
