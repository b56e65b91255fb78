# SPDX-License-Identifier: GPL-2.0-only
# Job domu-balloon: a domU shrinks and grows while four of its tasks allocate memory:
# beyond its boot size (memory hotplug), through rig.sizes= (MiB), and when Xen runs
# out of memory. Another domU takes memory offline and online. The list must be right
# after each step.

. /lib/toolstack

rounds=$(rig_arg rounds)
sizes=$(rig_arg sizes | tr + ' ')

# sized NAME MIB: tells the domU a size and waits until it has it
sized() {
	xl mem-set "$1" "$2" && within 400 domu_run "$1" "settled $(($2 * 1024))"
}

# Xen's free memory, in MiB
free_memory() {
	xl info free_memory
}

# too_much MIB: asks for more than Xen has; the domU must take all there is
too_much() {
	xl mem-max domu "$1" && xl mem-set domu "$1" && within 600 used_up
}

used_up() {
	[ "$(free_memory)" -lt 16 ]
}

# movable: makes new memory of the second domU removable; the balloon does not use it either
movable() {
	domu_run plug "echo online_movable >/sys/devices/system/memory/auto_online_blocks"
}

# unplug_and_plug: takes memory blocks offline and online; all memory must be back afterwards
unplug_and_plug() {
	total >/tmp/total
	domu_run plug "blocks offline" || return
	total >/tmp/total.offline
	domu_run plug "blocks online" || return
	total >/tmp/total.now
	cat /tmp/total /tmp/total.offline
	cmp /tmp/total /tmp/total.now && ! cmp -s /tmp/total /tmp/total.offline
}

total() {
	domu_run plug "grep MemTotal /proc/meminfo"
}

plan $((rounds * 4 + $(echo $sizes | wc -w) * 2 + 19))
result "toolstack" toolstack_start
result "a domU boots" domu_create domu memory=256 maxmem=6144 vcpus=4
result "its list is right" domu_run domu check
result "tasks allocate" domu_run domu "churn start"
for round in $(seq "$rounds"); do
	result "round $round: down" sized domu $((120 + round * 7 % 40))
	result "round $round: the list is right" domu_run domu check
	result "round $round: up" sized domu $((200 + round * 13 % 56))
	result "round $round: the list is right again" domu_run domu check
done
for size in $sizes; do
	result "to $size MiB" sized domu $size
	result "$size MiB: the list is right" domu_run domu check
done
total_memory=$(xl info total_memory)
result "Xen runs out" too_much "$total_memory"
result "the list is right then" domu_run domu check
# All the memory it had needs page structs.
result "down from there" sized domu $((150 + total_memory / 16))
result "the list is right at the end" domu_run domu check
result "tasks end" domu_run domu "churn stop"
result "all is published" domu_run domu published
result "the end" domu_end domu

result "another domU boots" domu_create plug memory=128 maxmem=1024 vcpus=2
result "new memory will be movable" movable
result "it grows" sized plug 320
result "memory blocks offline and online" unplug_and_plug
result "its list is right after that" domu_run plug check
result "it grows further" sized plug 500
result "its list is right at the end" domu_run plug check
result "its end" domu_end plug
