# SPDX-License-Identifier: GPL-2.0-only
# Job domu-grub: a domU whose builder is GRUB. It exchanges frames of what it loads, makes a
# list of its own, and keeps none of the flags that Xen's builder gives; the domU must have
# the right list, balloon, and find each lookup of its kind after save and restore.

. /lib/toolstack

by_grub() {
	domu_run domu "grep rig.builder=grub /proc/cmdline"
}

# sized MIB
sized() {
	xl mem-set domu "$1" && within 120 domu_run domu "settled $(($1 * 1024))"
}

saved_and_restored() {
	xl save domu /tmp/saved && xl_brings restore /tmp/saved && domu_answers domu
}

plan 13
result "toolstack" toolstack_start
domu_kernel=/domu/grub
result "a domU boots" domu_create domu memory=160 maxmem=224 vcpus=2
result "GRUB has started it" by_grub
result "its list is right" domu_run domu check
result "down" sized 120
result "up" sized 192
result "its list is right then" domu_run domu check
result "every lookup noted" domu_run domu "kinds note"
result "saved and restored" saved_and_restored
result "every lookup of its kind" domu_run domu "kinds same"
result "its list is right after that" domu_run domu check
result "all is published" domu_run domu published
result "the end" domu_end domu
