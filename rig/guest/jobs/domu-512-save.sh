# SPDX-License-Identifier: GPL-2.0-only
# Job domu-512-save: a domU that has frames on both sides of 512 GiB, where the frame tree ends, is
# saved, restored and dumped by its list. Every entry must be right before and after it. Tools look
# at 2^27 entries each time, which takes minutes.

. /lib/toolstack

PATH=$PATH:/files
map=across-512-GiB
patience=3600
read -r memory _ <"/maps/$map/sizes"

boots() {
	domu_create_mapped domu $map memory=$memory maxmem=$memory vcpus=2 && domu_answers domu
}

saves() {
	domu_run domu "kinds note" && xl save domu /tmp/saved && ls -l /tmp/saved
}

restores() {
	xl_brings restore /tmp/saved && domu_answers domu || return
	rm /tmp/saved
	domu_run domu "kinds same"
}

# dumped: the dump has each page of the guest
dumped() {
	local frames size
	frames=$(domu_run domu "frames count") || return
	xl dump-core domu /tmp/dump || return
	size=$(stat -c %s /tmp/dump)
	rm /tmp/dump
	echo "$size bytes for $frames frames"
	[ $((size >> 20)) -ge $((frames >> 8)) ] && [ $((size >> 20)) -le $(((frames >> 8) + 32)) ]
}

# sound: every entry is what the map says, by the guest's account and by xen-p2m's
sound() {
	local status=0
	domu_run domu "map booted $map" || return
	xen-p2m check domu >/tmp/checked 2>/tmp/progress || status=$?
	tail -n 40 /tmp/checked
	[ $status = 0 ] || tail -n 5 /tmp/progress
	return $status
}

plan 11
result "toolstack" toolstack_start
result "a domU boots" boots
result "its list is right" sound
result "it has its list only" domu_run domu published
result "dumped" dumped
result "saved" saves
result "restored" restores
result "its list is right after that" sound
result "it has its list only, still" domu_run domu published
result "dumped again" dumped
result "the end" domu_end domu
