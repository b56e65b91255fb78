# SPDX-License-Identifier: GPL-2.0-only
# Job domu-grant: shares 2048 pages, or rig.pages=, between dom0 and a domU, by programs
# (gntdev, gntalloc) and by a module that does what they cannot. After each test the
# list of dom0 must be as before, below 8 GiB or rig.look= pfns, without new leaves.

. /lib/toolstack
. /lib/look

limit=/sys/module/xen_gntalloc/parameters/limit
pages=$(rig_arg pages)
pages=${pages:-2048}
batches="1 32 $pages"
look_limit=$(rig_arg look)
cases='once once-pairs twice twice-pairs twice-in-batch same-address same-address-pairs
	others-address same-address-in-batch same-address-in-batch-pairs left-over
	left-over-in-pool dma-buffers some-bad some-bad-pairs some-ram some-ram-pairs some-in-use
	unmap-twice unmap-refused unmap-refused-pairs'
lines=12	# of kernel log that a test may produce: what the rate limits let through

foreign() {
	look_count foreign
}

# A copy for as_before, because reading takes long in a kernel with sanitizers.
look_now() {
	cat $look >/tmp/look
	foreign_now=$(look_count foreign /tmp/look)
}

# Empty in the stock kernel.
leaves() {
	sed -n 's/^leaves *//p' $own/p2m_stats 2>/dev/null
}

note() {
	look_now
	look_kinds /tmp/look >/tmp/kinds
	noted_foreign=$foreign_now
	noted_leaves=$(leaves)
	echo "$noted_foreign foreign, $noted_leaves leaves"
}

# The two pages of a domU that xenstored and xenconsoled map are grants, too.
note_foreign() {
	noted_foreign=$(foreign)
	echo "$noted_foreign foreign"
}

# gntdev may unmap with a delay.
as_before() {
	if ! within 30 no_foreign_more; then
		echo "foreign $foreign_now, before $noted_foreign"
		return 1
	fi
	echo "leaves $(leaves), before $noted_leaves"
	[ "$(leaves)" = "$noted_leaves" ] || return
	look_kinds /tmp/look >/tmp/kinds.now
	diff /tmp/kinds /tmp/kinds.now && list_is_right /tmp/look
}

no_foreign_more() {
	look_now
	[ "$foreign_now" = "$noted_foreign" ]
}

# quietly COMMAND...: the command must not flood the kernel log
quietly() {
	local more mark="rig: before $*"
	echo "$mark" | cut -c 1-200 >/dev/kmsg
	"$@" || return
	# A flood may have pushed the mark out of the log.
	more=$(dmesg | awk '/rig: before/ { marked = 1; n = 0; next }
		/xen\/p2m|xen:|gnt|grant/ { n++ }
		END { print marked ? n + 0 : 1000000 }')
	echo "$more lines about grants in the kernel log"
	[ "$more" -le $lines ]
}

# granted: has the domU grant pages; refs gets their references
granted() {
	refs=$(domu_run domu "grants offer $pages")
	set -- $?
	echo "references $refs"
	return $1
}

# maps BATCH STEP...
maps() {
	p2m_grants map "$(domu_id domu)" "$refs" "$@"
}

# rounds BATCH: maps and unmaps; the domU checks what the last round wrote
rounds() {
	local round
	for round in 1 2; do
		maps $1 check 1 || return
	done
	maps $1 check 1 fill 2 && domu_run domu "grants take-back"
}

all_mapped() {
	set -- $1 /tmp/mapped.*
	[ $# = $(($1 + 1)) ] && [ -e "$2" ]
}

# at_once PROCESSES: each maps all pages at the same time
at_once() {
	local process pids= status=0 mapped
	rm -f /tmp/mapped.* /tmp/all
	for process in $(seq $1); do
		maps 0 check 1 touch /tmp/mapped.$process wait /tmp/all check 1 &
		pids="$pids $!"
	done
	within 120 all_mapped $1 || status=1
	mapped=$(foreign)
	echo "$mapped foreign"
	[ "$mapped" -ge $((pages * $1)) ] || status=1
	touch /tmp/all
	for process in $pids; do wait $process || status=1; done
	return $status
}

# race PROCESSES: each maps and unmaps all pages repeatedly
race() {
	local process pids= status=0
	for process in $(seq $1); do
		(for round in 1 2; do maps $((process * 50)) check 1 || exit; done) &
		pids="$pids $!"
	done
	for process in $pids; do wait $process || status=1; done
	return $status
}

killed() {
	local pid
	rm -f /tmp/mapped.*
	p2m_grants map "$(domu_id domu)" "$refs" 512 check 1 touch /tmp/mapped.1 wait /tmp/never &
	pid=$!
	within 60 all_mapped 1 || return
	kill -9 $pid
	! wait $pid
}

# refused REFS BATCH: gntdev must refuse a batch with a bad reference
refused() {
	p2m_grants map "$(domu_id domu)" "$1" $2 >/tmp/refused 2>&1 && return 1
	cat /tmp/refused
	grep -q "Invalid argument" /tmp/refused
}

# domu_maps: the domU maps pages of dom0
domu_maps() {
	local id=$(domu_id domu) pid
	echo $pages >$limit
	p2m_grants grant $id $pages fill 1 refs /tmp/refs touch /tmp/granted wait /tmp/go check 2 &
	pid=$!
	within 60 test -e /tmp/granted || return
	refs=$(cat /tmp/refs)
	echo "references $refs"
	domu_run domu "p2m_grants map 0 $refs 512 check 1" || return
	domu_run domu "p2m_grants map 0 $refs 0 check 1 fill 2" || return
	touch /tmp/go
	wait $pid
}

# domu_sound: the domU's list is right, and no foreign frame is left in it
domu_sound() {
	domu_run domu check && ! domu_run domu "grep foreign $look"
}

is_zombie() {
	xl list | grep -q "^(null)  *$1 "
}

# dies: destroys the domU while its pages are mapped
dies() {
	local id=$(domu_id domu) pid
	rm -f /tmp/mapped.* /tmp/died
	maps 512 check 1 touch /tmp/mapped.1 wait /tmp/died check 1 fill 3 check 3 &
	pid=$!
	within 60 all_mapped 1 || return
	xl destroy domu
	within 60 is_zombie $id || return
	xl list
	touch /tmp/died
	wait $pid || return
	within 60 no_domain $id
}

# module CASE
module() {
	cat "/sys/kernel/debug/p2m_grant/$1" >/tmp/case
	cat /tmp/case
	tail -n 1 /tmp/case | grep -q ' wrong 0$'
}

# lost PAGES: the module's last case has taken so many pages out of use, each with a line in the log
lost() {
	local lines=$(dmesg | awk '/rig: before/ { n = 0 } /still in use, its page is lost/ { n++ }
		END { print n + 0 }')
	echo "$lines pages lost"
	[ -z "$(leaves)" ] || [ "$lines" = "$1" ]
}

# tested NAME COMMAND...: two results, of the command and of as_before
tested() {
	result "$@"
	result "$1: the list is as before" as_before
}

plan $((2 * $(echo $cases | wc -w) + 3 * $(echo $batches | wc -w) + 30))
result "p2m_look" insmod /files/p2m_look.ko ${look_limit:+limit=$look_limit}
result "toolstack" toolstack_start
result "a domU boots" domu_create domu memory=128 vcpus=4
result "pages granted" granted
result "mapped by four at once" at_once 4
result "the list noted" note
for batch in $batches; do
	tested "rounds of $batch" rounds $batch
	result "pages granted after rounds of $batch" granted
done
tested "mapped by four at once again" at_once 4
tested "mapped and unmapped by two at once" race 2
tested "killed while mapped" killed
tested "a bad reference among good ones" quietly refused "$refs,134217727" 1024
tested "bad references only" quietly refused 600000-$((599999 + pages)) 0
tested "the domU maps" domu_maps
result "the domU's list" domu_sound
result "pages granted to map for good" granted
noted_foreign=0
tested "the domU dies while its pages are mapped" dies

result "another domU boots" domu_create domu memory=128 vcpus=4
result "its own grants noted" note_foreign
result "pages granted to the module" granted
result "module" insmod /files/p2m_grant.ko domid="$(domu_id domu)" refs="$refs"
for case in $cases; do
	tested "module $case" quietly module $case
	case $case in
	left-over*) result "module $case: said of each page" lost 4 ;;
	esac
done
result "another domU ends" domu_end domu
noted_foreign=0
result "the end: the list is as before" as_before
