# SPDX-License-Identifier: GPL-2.0-only
# Job domu-mem: domUs that boot parameters keep from using all of their memory, in a dom0
# that is kept from it, too (the row's append=). What is not used goes back to Xen, the
# balloon does not fetch it by itself, neither at boot nor when restored, but does so if
# it is told to.

. /lib/toolstack
. /lib/look
. /lib/maps

built=512	# MiB that each domU is created with
suite=xen_p2m_guest

# limits NAME: the kernel arguments that limit a domU
limits() {
	case $1 in
	mem) echo "mem=256M" ;;
	exactmap) echo "memmap=exactmap memmap=640K@0 memmap=199M@1M" ;;
	gap) echo 'memmap=64M%256M-1' ;;
	esac
}

# keeps NAME: the MiB that it keeps
keeps() {
	case $1 in
	mem) echo 256 ;;
	exactmap) echo 200 ;;
	gap) echo $((built - 64)) ;;
	esac
}

boots() {
	local arguments=$(limits "$1")
	domu_create "$1" "memory=$built" "maxmem=$((built + 64))" vcpus=2
}

# size NAME: MiB by Xen's count
size() {
	xl list "$1" | awk 'END { print $3 }'
}

# says NAME: the log has how much went back, and why
says() {
	local pages=$(((built - $(keeps "$1")) * 256))
	domu_run "$1" "dmesg | grep 'xen/p2m: $pages pages .* given back to Xen: cut off by a boot parameter'"
}

# cut_off NAME: the first pfn that is left out, and one past the last
cut_off() {
	case $1 in
	mem) echo 0x10000 0x20000 ;;
	exactmap) echo 0xc800 0x20000 ;;
	gap) echo 0x10000 0x14000 ;;
	esac
}

# is_gap NAME: what is left out is identity, as in any gap of a map
is_gap() {
	cut_off "$1" | sed 's/\(.*\) \(.*\)/[0, \1) any\n[\1, \2) identity/' >/tmp/rules
	domu_run "$1" "cat $own/p2m" >/tmp/runs && obeys /tmp/runs /tmp/rules
}

# small NAME: Xen has what the domU does not use
small() {
	echo "Xen: $(size "$1") MiB, built with $built, keeps $(keeps "$1")"
	[ "$(size "$1")" -le "$(keeps "$1")" ]
}

# dom0_small: dom0 has what it was left with, and no more
dom0_small() {
	local keeps=$(rig_arg mem)
	echo "dom0: $(size Domain-0) MiB, keeps $keeps"
	[ "$(size Domain-0)" -le "$keeps" ]
}

# stays_small NAME: also when the balloon has had time
stays_small() {
	sleep 5
	small "$1"
}

# runs_suite: a domU without part of its memory runs the suite of the live list at boot. Its max_pfn
# is too high for a save then.
runs_suite() {
	local arguments="$(limits mem) kunit.enable=1 kunit.filter_glob=$suite"
	domu_create suite "memory=$built" vcpus=2 || return
	domu_run suite "cat /sys/kernel/debug/kunit/$suite/results" >/tmp/suite
	grep -v '^ *ok ' /tmp/suite
	grep -q '^ok ' /tmp/suite && ! grep -q 'not ok' /tmp/suite
}

restored() {
	xl save "$1" /tmp/saved && xl_brings restore /tmp/saved && rm /tmp/saved && domu_answers "$1"
}

# grown NAME: the domU gets some of it back on request
grown() {
	local mib=$(($(keeps "$1") + 80))
	xl mem-set "$1" $mib && within 120 domu_run "$1" "settled $((mib * 1024))"
}

domus="mem exactmap gap"
plan $(($(echo $domus | wc -w) * 13 + 7))
result "p2m_look" insmod /files/p2m_look.ko
result "dom0's list is right" list_is_right
result "toolstack" toolstack_start
for domu in $domus; do
	result "$domu: it boots" boots $domu
	result "$domu: it says why" says $domu
	result "$domu: Xen has the rest" stays_small $domu
	result "$domu: what is left out is a gap" is_gap $domu
	result "$domu: its list is right" domu_run $domu check
	result "$domu: it maps grants" domu_with_grants $domu domu_run $domu check
	result "$domu: every lookup noted" domu_run $domu "kinds note"
	result "$domu: saved and restored" restored $domu
	result "$domu: every lookup of its kind" domu_run $domu "kinds same"
	result "$domu: Xen still has the rest" stays_small $domu
	result "$domu: grows on request" grown $domu
	result "$domu: its list is right then" domu_run $domu check
	result "$domu: the end" domu_end $domu
done
result "a domU's suite" runs_suite
result "its end" domu_end suite
result "dom0 has fetched nothing back" dom0_small
result "dom0's list is right at the end" list_is_right
