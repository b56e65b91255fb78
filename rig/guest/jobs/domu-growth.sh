# SPDX-License-Identifier: GPL-2.0-only
# Job domu-growth: what a domU's growth looks like from outside. It grows by ballooning far
# above its boot size, when it has no memory at all, and by memory hotplug in steps of
# rig.step= MiB up to rig.to=, after which it is saved and restored.

. /lib/toolstack

step=$(rig_arg step)
to=$(rig_arg to)

# sized NAME MIB: tells the domU a size and waits until it has it
sized() {
	xl mem-set "$1" "$2" && within 400 domu_run "$1" "settled $(($2 * 1024))"
}

generation() {
	domu_run "$1" published | sed -n 's/^ *p2m_generation *//p'
}

# moves NAME MOST COMMAND...: the generation of the domU moves by MOST at most while the command runs
moves() {
	local name=$1 most=$2 before after
	shift 2
	before=$(generation "$name") && "$@" && after=$(generation "$name") || return
	echo "generation $before, then $after"
	[ $((after - before)) -le "$most" ]
}

# ends NAME MIB: the list of a domU that was hotplugged by this much ends where its memory does,
# which begins where Linux has put it, and it has no leaf that it does not need
ends() {
	local max_pfn range
	domu_run "$1" tight && max_pfn=$(domu_run "$1" published | sed -n 's/^ *max_pfn *//p') &&
		range=$(domu_run "$1" "grep 'System RAM' /proc/iomem | tail -n 1") || return
	echo "max_pfn $max_pfn, hotplugged $range"
	[ $((max_pfn)) -le $((0x${range%%-*} / 4096 + $2 * 256)) ]
}

# stepped NAME MIB: hotplugged to this size, beyond what it was created with
stepped() {
	xl mem-max "$1" "$2" && sized "$1" "$2" && domu_run "$1" check
}

restored() {
	xl save steps /tmp/saved && xl_brings restore /tmp/saved && domu_answers steps
}

# in_use: an entry is in use at 4 GiB, where memory is added first
in_use() {
	domu_create used memory=128 maxmem=128 && domu_run used "grow start first=0x100000 stay=1"
}

passes_by() {
	stepped used 200 && domu_run used "dmesg | grep 'Cannot make room'" &&
		domu_run used "grep System.RAM /proc/iomem"
}

steps=$(seq $((128 + step)) "$step" "$to")
plan $(($(echo "$steps" | wc -l) + 33))
result "toolstack" toolstack_start

result "a domU boots" domu_create domu memory=192 maxmem=3000 vcpus=2
result "it has nothing for memory that nobody asked for" domu_run domu tight
result "2 MiB more take one leaf more" moves domu 2 sized domu 194
result "its list ends with its memory" ends domu 2
result "a target is one change for each GiB" moves domu 8 sized domu 1400
result "its list ends with its memory then" ends domu 1208
result "its list is right" domu_run domu check
result "down and up moves nothing" moves domu 0 eval "sized domu 1250 && sized domu 1400"
result "its list is right again" domu_run domu check
result "the end" domu_end domu

result "another domU boots" domu_create poor memory=96 maxmem=900
# More page structs would take memory that it has not got; and a leaf is full.
result "it has a memory block more, almost empty" sized poor 98
result "it may have more" xl mem-max poor 200
result "without memory it gets some" domu_run poor "starve 4096"
result "its list is right without memory" domu_run poor check
result "the end of that one" domu_end poor

result "another one boots" domu_create bare memory=128 maxmem=128
result "that one may have more" xl mem-max bare 400
result "without memory for page tables it waits" domu_run bare "starve 40000 later"
result "with memory it grows" within 120 domu_run bare "settled $(((128 * 256 + 40000) * 4))"
result "its list is right with that" domu_run bare check
result "the end of that" domu_end bare

result "one where memory would go in use boots" in_use
result "memory goes elsewhere" passes_by
result "its list is right there" domu_run used check
result "that one's end" domu_end used

result "a domU without extra memory boots" domu_create steps memory=128 maxmem=128
for size in $steps; do
	result "hotplugged to $size MiB" stepped steps "$size"
done
result "saved and restored" restored
result "its list is right after that" domu_run steps check
result "it shrinks and grows there" eval "sized steps 100 && sized steps $size"
result "its list is right at the end" domu_run steps check
result "its end" domu_end steps
