# SPDX-License-Identifier: GPL-2.0-only
# Job domu-create: boots domUs of many sizes, or of rig.sizes=. The list of each must be right and
# must not use more memory than needed.

. /lib/toolstack
. /lib/look

# memory and maxmem in MiB, vcpus. A leaf of the list covers 2 MiB: the sizes end just before, on
# and just after the end of a leaf, and of a GiB.
sizes='64-64-1 200-300-1 256-2560-1 97-97-4 98-98-4 99-99-4 1023-1023-4 1024-1024-4 1025-1025-4
	1024-10240-1'
[ -z "$(rig_arg sizes)" ] || sizes=$(rig_arg sizes | tr + ' ')

# boots NAME: a domU whose name gives its size
boots() {
	local memory maxmem vcpus
	IFS=- read -r memory maxmem vcpus <<-EOF
		$1
	EOF
	domu_create "$1" "memory=$memory" "maxmem=$maxmem" "vcpus=$vcpus"
}

# leaves SIZE: records the number of its leaves for later
leaves() {
	domu_run "$1" leaves >"/tmp/leaves.$1" && cat "/tmp/leaves.$1"
}

# room_is_free: memory that may be added later has no leaves, except a few at the edges
room_is_free() {
	local without with
	[ -e $own/p2m_stats ] || return $skip
	without=$(cat /tmp/leaves.1024-1024-4) with=$(cat /tmp/leaves.1024-10240-1)
	echo "$without leaves without, $with with 9 GiB that may come"
	[ -n "$without" ] && [ -n "$with" ] && [ "$with" -le $((without + 4)) ]
}

# grant_is_near: the first grant takes the lowest pfn of what may come
grant_is_near() {
	domu_with_grants 1024-10240-1 domu_run 1024-10240-1 published >/tmp/published
	cat /tmp/published
	[ $(($(sed -n 's/^ *max_pfn *//p' /tmp/published))) = $((0x40000 + 512)) ]
}

plan $(($(echo $sizes | wc -w) * 5 + 1 + 2 * $(echo $sizes | grep -c 1024-10240-1)))
result "toolstack" toolstack_start
for size in $sizes; do
	result "$size boots" boots $size
	result "$size: the list is right" domu_run $size check
	result "$size: the list is tight" domu_run $size tight
	result "$size: its leaves" leaves $size
	[ $size != 1024-10240-1 ] || result "$size: a grant is near" grant_is_near
	result "$size ends" domu_end $size
done
case "$sizes" in
*1024-10240-1*) result "what may come costs nothing" room_is_free ;;
esac
