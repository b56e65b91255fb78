# SPDX-License-Identifier: GPL-2.0-only
# Job domu-reader: xen-p2m reads domUs of many kinds, and dom0, and must report the
# truth, even while the list that it reads is growing.

. /lib/toolstack
. /lib/look

PATH=$PATH:/files
snapshots=$(rig_arg snapshots)

# The value of a line "  NAME   VALUE" in the last output of show.
shown() {
	sed -n "s/^ *$1 *//p" /tmp/show
}

# shows ARGUMENT...: to read a list, each of its frames must be mapped exactly once
shows() {
	local began=$(milliseconds) frames
	xen-p2m show "$@" >/tmp/show || return
	echo "$(($(milliseconds) - began)) ms"
	head -n 40 /tmp/show
	frames=$(($(shown leaves | head -n 1) + $(shown "leaves that are shared") + $(shown "page tables") +
		$(shown "frame tree" | head -n 1)))
	[ "$(shown "frames mapped to read it")" = $frames ]
}

# leaves DOMU: as many as the guest itself reports
leaves() {
	[ "$(shown leaves | head -n 1)" = "$(domu_run "$1" leaves)" ]
}

# sound ARGUMENT...: check finds nothing wrong
sound() {
	local status=0
	xen-p2m check "$@" >/tmp/checked || status=$?
	cat /tmp/checked
	return $status
}

# clean ARGUMENT...: check finds nothing wrong and nothing to note
clean() {
	sound "$@" && ! grep -q "^note" /tmp/checked
}

# says DOMU: the kinds of entries are those that the domU itself sees
says() {
	domu_run "$1" "cat $look" >/tmp/says && clean --guest /tmp/says "$1"
}

# All entries are those that xen-mfndump prints, except missing ones.
mfndump_agrees() {
	xen-mfndump dump-p2m "$(domu_id "$1")" |
		sed -n 's/.*pfn=\(0x[0-9a-f]*\).*mfn=\(0x[0-9a-f]*\).*/\1 \2/p' |
		grep -v 0xffffffffffffffff >/tmp/dumped
	xen-p2m show --entries "$1" |
		sed -n 's/^pfn=\(0*x*[0-9a-f]*\) entry=\(0x[0-9a-f]*\)$/\1 \2/p' >/tmp/entries
	wc -l /tmp/dumped /tmp/entries
	sed -i 's/^0x0 /0 /' /tmp/dumped
	[ -s /tmp/dumped ] && cmp /tmp/dumped /tmp/entries
}

# ends STATUS WORDS COMMAND...: exits with this status and prints these words
ends() {
	local wanted=$1 words=$2 status=0
	shift 2
	"$@" >/tmp/ended 2>&1 || status=$?
	echo "exit status $status"
	cat /tmp/ended
	[ $status = "$wanted" ] && grep -q "$words" /tmp/ended
}

# Output for people to look at, and for programs.
drawn() {
	xen-p2m show --json --map /tmp/map.svg "$1" >/tmp/json && ls -l /tmp/map.svg /tmp/json || return
	cut -c 1-300 /tmp/json
	tail -n 1 /tmp/map.svg | grep -qx "</svg>" && grep -q '"violations":0}$' /tmp/json
}

# lies_there DOMU: it has shut down, but is kept
lies_there() {
	xl list "$1" | grep -q -- " -*p*s-* "
}

# tally WORDS: the number before these words in the summary of the last check
tally() {
	sed -n "s/.*[^0-9]\([0-9]*\) $1.*/\1/p" /tmp/checked | tail -n 1
}

# Many snapshots while the list grows and the balloon is busy: none may be wrong, and enough must
# differ in generation from the previous one.
under_fire() {
	local before=$(domu_run small "grow count")
	sound --interval 0 --count "$snapshots" small || return
	echo "the list has grown by $(($(domu_run small "grow count") - before)) leaves meanwhile"
	sed -i 's/^/ /' /tmp/checked
	[ "$(tally "snapshots taken")" = "$snapshots" ] &&
		[ "$(tally "at another generation")" -ge "$(rig_arg moved)" ]
}

# The same, but readers cannot see that the list changes, so violations must be found. One leaf per
# GiB gives the longest time between reading a leaf through the list and through the tree. Some 2 of
# 200 snapshots come upon a change, so 200 may miss all: it looks again as long as the list grows.
control() {
	for _ in 1 2 3 4 5; do
		ends 1 "violation" xen-p2m check --interval 0 --count 200 unseen && return
	done
	return 1
}

plan 52
result "no names without xenstored" ends 3 "cannot ask xenstored" xen-p2m show domu
result "toolstack" toolstack_start
result "no such command" ends 2 "usage" xen-p2m read 0
result "no such domain" ends 3 "no such domain" xen-p2m check domu
result "not a number" ends 2 "usage" xen-p2m check 0 --count some
result "dom0 is not paused" ends 2 "cannot pause" xen-p2m check --pause 0
result "dom0 shown" shows 0
result "dom0 clean" clean 0

result "a domU of 1 GiB boots" domu_create large memory=1024 vcpus=2
result "it is shown" shows large
result "with the leaves that it says" leaves large
result "it is clean" clean large
result "clean while paused" clean --pause large
result "as it says itself" says large
result "drawn" drawn large
result "a page 64 TiB away" domu_run large "grow start first=$(((1 << 34) - 512)) stay=1"
result "it is there" within 60 domu_run large "grow count | grep -qx 1"
result "shown with it" shows large
result "clean with it" clean large
result "the end of it" domu_end large

result "a domU boots" domu_create domu memory=256 maxmem=400 vcpus=2
result "as xen-mfndump says" mfndump_agrees domu
result "clean, too" clean domu
result "by name and number" clean "$(domu_id domu)"
result "paused by somebody" xl pause domu
result "clean while paused by him" clean domu
result "goes on" xl unpause domu
result "the end of that" domu_end domu

# Each leaf takes a page of it, and a slow host has time for thousands.
result "a small domU boots" domu_create small memory=128 maxmem=400 vcpus=2 "on_poweroff='preserve'"
result "it balloons all the time" domu_run small "resize waver $((112 * 1024)) $((128 * 1024))"
result "it grows all the time" domu_run small "grow start first=$((1 << 18)) leaves=9999 pause_ms=$(rig_arg pause)"
result "$snapshots snapshots, none is wrong" under_fire
result "it has ballooned" domu_run small "resize stop"
result "it grows no more" domu_run small "grow stop"
result "nothing is wrong after that" sound small
result "it shuts down" domu_run small "(sleep 1; /sbin/poweroff) >/dev/null 2>&1 &"
result "it is kept" within 120 lies_there small
result "nothing is wrong as it lies there" sound small
result "the end of a small domU" domu_end small

result "another one boots" domu_create unseen memory=64 maxmem=400 vcpus=2
result "it grows unseen" domu_run unseen "grow unseen first=$((1 << 18)) stride=$((1 << 18)) leaves=500 pause_ms=10"
result "that is found out" control
result "it is seen again" domu_run unseen "grow stop"
result "nothing is wrong then" sound unseen
result "the end of that one" domu_end unseen

result "a domU with the frame tree only boots" domu_create tree memory=64 maxmem=400 \
	"extra='console=hvc0 xen_p2m_publish=tree'"
result "shown by it" shows tree
result "by its tree" grep -q "list by frame_list_list" /tmp/show
result "clean by it" clean tree
result "its end" domu_end tree
result "gone" ends 3 "no such domain" xen-p2m check tree
result "nothing is wrong with dom0 still" sound 0
