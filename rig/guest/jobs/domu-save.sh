# SPDX-License-Identifier: GPL-2.0-only
# Job domu-save: saves and restores a domU of rig.memory= MiB rig.rounds= times,
# ballooning it in between, and then saves it once with a checkpoint. Each lookup must
# keep its kind. rig.spoil=1: derived data of the list is corrupted in each suspend.
# rig.e820_host=1: the domU has the memory holes of the host.

. /lib/toolstack

rounds=$(rig_arg rounds)
memory=$(rig_arg memory)
spoil=$(rig_arg spoil)
holes=$(rig_arg e820_host)

saves() {
	xl save "$@" domu /tmp/saved
}

restores() {
	xl_brings restore /tmp/saved && domu_answers domu
}

# ballooned MIB: balloons the domU to this size
ballooned() {
	xl mem-set domu "$1" && within 120 domu_run domu "settled $(($1 * 1024))"
}

plan $((rounds * 7 + 12))
result "toolstack" toolstack_start
result "a domU boots" domu_create domu "memory=$memory" "maxmem=$((memory + 64))" vcpus=4 \
	"e820_host=${holes:-0}"
result "its list is right" domu_run domu check
result "its suspends are watched" domu_run domu "suspend watch ${spoil:+spoil}"
for round in $(seq "$rounds"); do
	result "round $round: ballooned" ballooned $((memory - round * 8 % 32))
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
result "all is published" domu_run domu published
result "no resume has allocated" domu_run domu "suspend quiet $((rounds + 1))"
result "the end" domu_end domu
