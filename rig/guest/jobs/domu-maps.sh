# SPDX-License-Identifier: GPL-2.0-only
# Job domu-maps: domUs with the memory maps of rig/maps.py, one after the other: those of the group
# rig.maps=, or those that it names (a+b). In each, lookups must be what the map says, after boot and
# whatever memory comes and goes: a grant, hotplug, ballooning, a save.

. /lib/toolstack
. /lib/look

maps=$(rig_arg maps)
[ ! -f "/maps/$maps" ] || maps=$(cat "/maps/$maps")
maps=$(echo "$maps" | tr + ' ')

# tried WHAT COMMAND...: a result for this map; prints the map and what was logged if it is bad
tried() {
	local what=$1
	shift
	result "$map: $what" told "$@"
}

told() {
	if [ -n "$gone" ]; then
		echo "the domU is gone"
		return 1
	fi
	"$@"
	set -- $?
	[ $1 != 0 ] && [ $1 != $skip ] || return $1
	echo "memory $memory MiB, map $map:"
	cat "/maps/$map/entries"
	domu_log "$map" | tail -n 30
	return 1
}

boots() {
	gone=1
	[ "$ramdisk" = 0 ] || fill_ramdisk || return
	domu_create_mapped "$map" "$map" memory=$memory maxmem=$memory vcpus=2 \
		"ramdisk='$([ "$ramdisk" = 0 ] && echo /domu/initramfs || echo /tmp/ramdisk)'" || return
	within 600 answers_or_crashed && ! crashed || return
	gone=
	[ "$ramdisk" = 0 ] || list_was_moved
}

# fill_ramdisk: of a copy, such that it ends where the map's row says
fill_ramdisk() {
	[ -n "$ramdisk_start" ] || look_for_ramdisk || return
	cp /domu/initramfs /tmp/ramdisk && truncate -s $((ramdisk - ramdisk_start)) /tmp/ramdisk
}

# look_for_ramdisk: where the builder puts it does not depend on its size
look_for_ramdisk() {
	domu_create looks memory=100 || return
	ramdisk_start=$(domu_run looks "dmesg | sed -n 's/.*RAMDISK: .mem \(0x[0-9a-f]*\)-.*/\1/p'")
	echo "ramdisks are at $ramdisk_start"
	domu_end looks && [ -n "$ramdisk_start" ]
}

# list_was_moved: where xen_relocate_p2m() puts it
list_was_moved() {
	domu_run "$map" "dmesg | grep -e RAMDISK -e 'initrd moved' -e adopted" | tee /tmp/moved
	grep -q 'leaves adopted from 0x10000000000$' /tmp/moved
}

answers_or_crashed() {
	domu_responds || crashed
}

domu_responds() {
	patience=20 domu_run "$map" true >/dev/null 2>&1
}

# crashed: a domU that panics before it can say so asks for a restart, and is gone
crashed() {
	! xl domid "$map" >/dev/null 2>&1 || xl list "$map" | tail -n 1 | grep -q ' [-rbps]*c[-d]* '
}

# sized MIB: balloons to this size
sized() {
	xl mem-set "$map" "$1" || return
	within 300 domu_run "$map" "settled $(($1 * 1024))" && keeps
	set -- $?
	[ $1 = 0 ] || domu_run "$map" "cat /sys/devices/system/xen_memory/xen_memory0/info/current_kb"
	return $1
}

# hotplugged MIB: more memory than there is room for in what was known at boot
hotplugged() {
	xl mem-max "$map" "$1" && sized "$1"
}

keeps() {
	domu_run "$map" "map $state $map"
}

# foreign: what stands for others' frames, as "map" has seen it last
foreign() {
	domu_run "$map" "grep foreign /tmp/looked /tmp/runs"
}

# grant: the domU maps pages of dom0, and unmaps them
grant() {
	before=$(foreign)
	domu_with_grants "$map" more_is_foreign && keeps
}

more_is_foreign() {
	keeps && [ "$before" != "$(foreign)" ]
}

saves() {
	domu_run "$map" "kinds note" && xl save "$map" /tmp/saved
}

restores() {
	gone=1
	xl_brings restore /tmp/saved && domu_answers "$map" || return
	gone= state=restored
	rm /tmp/saved
	domu_run "$map" "kinds restored" && keeps
}

# ends: also a domU that has crashed
ends() {
	rm -f /tmp/saved
	[ -n "$gone" ] || patience=60 domu_run "$map" "dmesg | grep -e Released -e Remapped -e xen/p2m"
	domu_end "$map"
}

plan $(($(echo $maps | wc -w) * 9 + 1))
result "toolstack" toolstack_start
for map in $maps; do
	gone= state=kept
	read -r memory low high ramdisk <"/maps/$map/sizes"
	tried "boots" boots
	tried "lookups are what the map says" domu_run "$map" "map booted $map && published"
	tried "a grant" grant
	tried "hotplug, to $high MiB" hotplugged $high
	tried "ballooned down, to $low MiB" sized $low
	tried "saved" saves
	tried "restored" restores
	tried "ballooned up, to $memory MiB" sized $memory
	result "$map: its end" ends
done
