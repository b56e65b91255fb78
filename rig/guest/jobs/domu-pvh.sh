# SPDX-License-Identifier: GPL-2.0-only
# Job domu-pvh: a PVH domU, whose kernel has our driver files but no list: it balloons and
# hotplugs memory, maps pages of dom0, and dom0 maps its.

. /lib/toolstack
. /lib/look

limit=/sys/module/xen_gntalloc/parameters/limit
pages=256

is_pvh() {
	domu_run domu "dmesg | grep 'kernel on Xen PVH' && ! test -e $own/p2m_stats"
}

# sized MIB: as Xen counts. The driver of such a guest is off by memory that it does not know of.
sized() {
	xl mem-set domu "$1" && within 120 has_size "$1" && return
	xl list domu
	domu_run domu "grep . /sys/devices/system/xen_memory/xen_memory0/info/*"
	return 1
}

has_size() {
	[ "$(xl list domu | awk 'NR == 2 { print $3 }')" = "$1" ]
}

# domu_maps: it maps pages of dom0, reads them and writes into them
domu_maps() {
	local pid refs
	rm -f /tmp/granted /tmp/refs /tmp/go
	echo $pages >$limit
	p2m_grants grant "$(domu_id domu)" $pages fill 1 refs /tmp/refs touch /tmp/granted \
		wait /tmp/go check 2 &
	pid=$!
	within 60 test -e /tmp/granted || return
	refs=$(cat /tmp/refs)
	domu_run domu "p2m_grants map 0 $refs 32 check 1" &&
		domu_run domu "p2m_grants map 0 $refs 0 check 1 fill 2" || return
	touch /tmp/go
	wait $pid
}

# maps: dom0 maps pages of the domU
maps() {
	local refs
	refs=$(domu_run domu "grants offer $pages") || return
	p2m_grants map "$(domu_id domu)" "$refs" 32 check 1 fill 2 &&
		domu_run domu "grants take-back"
}

plan 11
result "p2m_look" insmod /files/p2m_look.ko
result "toolstack" toolstack_start
domu_type=pvh
result "a domU boots" domu_create domu memory=160 maxmem=512 vcpus=2
result "it is a PVH guest without a list" is_pvh
result "down" sized 120
result "it maps pages of dom0" domu_maps
result "up, beyond its boot size" sized 256
result "it maps pages of dom0 again" domu_maps
result "dom0 maps its pages" maps
result "the end" domu_end domu
result "dom0's list is right" list_is_right
