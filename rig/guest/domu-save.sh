# SPDX-License-Identifier: GPL-2.0-only
# Job domu-save: a domU is saved and restored again and again, ballooned in
# between, and saved once while it goes on. Each lookup stays of the kind it was.

. /lib/toolstack

rounds=$(rig_arg rounds)
memory=$(rig_arg memory)

saves() {
	xl save "$@" domu /tmp/saved
}

restores() {
	xl restore /tmp/saved && domu_answers domu
}

# ballooned MIB: the domU has this size, by Xen's count and its own
ballooned() {
	xl mem-set domu $1 && within 60 domu_run domu "settled $(($1 * 1024))"
}

plan $((rounds * 7 + 9))
result "toolstack" toolstack_start
result "a domU boots" domu_create domu "memory=$memory" "maxmem=$((memory + 64))" vcpus=2 \
	"e820_host=$(rig_arg e820_host)"
result "its list is right" domu_run domu check
for round in $(seq $rounds); do
	result "round $round: ballooned" ballooned $((memory - 8 * round % 32))
	result "round $round: every lookup noted" domu_run domu "kinds note"
	result "round $round: saved" saves
	result "round $round: restored" restores
	result "round $round: every lookup of its kind" domu_run domu "kinds same"
	result "round $round: the list is right" domu_run domu check
	result "round $round: all is published" domu_run domu published
done
result "every lookup noted" domu_run domu "kinds note"
result "saved with checkpoint" saves -c
result "it goes on" domu_answers domu
result "every lookup of its kind" domu_run domu "kinds same"
result "the list is right" domu_run domu check
result "the end" domu_end domu
