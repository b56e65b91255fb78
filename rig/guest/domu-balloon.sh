# SPDX-License-Identifier: GPL-2.0-only
# Job domu-balloon: a domU shrinks and grows while four of its tasks allocate,
# past the size that it booted with (memory hotplug), through rig.sizes= (MiB)
# and when Xen has not enough. After each step the list is right.

. /lib/toolstack

rounds=$(rig_arg rounds)
sizes=$(rig_arg sizes | tr + ' ')

# sized MIB: the domU is told a size, and has it
sized() {
	xl mem-set domu "$1" && within 400 domu_run domu "settled $(($1 * 1024))"
}

# Xen's free memory, in MiB
free_memory() {
	xl info free_memory
}

# too_much MIB: told more than Xen has, the domU takes what there is and goes on asking
too_much() {
	xl mem-max domu "$1" && xl mem-set domu "$1" && within 120 used_up
}

used_up() {
	[ "$(free_memory)" -lt 16 ]
}

offline_and_online() {
	domu_run domu "blocks offline" && domu_run domu "blocks online"
}

plan $((rounds * 4 + $(echo $sizes | wc -w) * 2 + 13))
result "toolstack" toolstack_start
result "a domU boots" domu_create domu memory=256 maxmem=6144 vcpus=4
result "its list is right" domu_run domu check
result "tasks allocate" domu_run domu "churn start"
for round in $(seq "$rounds"); do
	result "round $round: down" sized $((120 + round * 7 % 40))
	result "round $round: the list is right" domu_run domu check
	result "round $round: up" sized $((200 + round * 13 % 56))
	result "round $round: the list is right again" domu_run domu check
done
for size in $sizes; do
	result "to $size MiB" sized $size
	result "$size MiB: the list is right" domu_run domu check
done
result "memory blocks offline and online" offline_and_online
result "the list is right after that" domu_run domu check
result "Xen runs out" too_much 6144
result "the list is right then" domu_run domu check
result "down from there" sized 250
result "the list is right at the end" domu_run domu check
result "tasks end" domu_run domu "churn stop"
result "leaves" domu_run domu "cat /sys/kernel/debug/xen/p2m_stats"
result "the end" domu_end domu
