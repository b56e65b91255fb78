# SPDX-License-Identifier: GPL-2.0-only
# Job domu-migrate: migrates a domU live from this machine to itself: idle, while it
# balloons and grants pages, and while its list grows, which xl must notice. After
# each migration it must be the same guest with the right frames. Needs a Xen with
# log-dirty mode.

. /lib/toolstack
. /lib/look

rounds=$(rig_arg rounds)
memory=$(rig_arg memory)
grown="p2m generation count changed"

# What xl uses instead of ssh, as the target is this host.
way_here() {
	printf '#!/bin/sh\nshift\nexec "$@"\n' >/bin/localssh
	chmod +x /bin/localssh
}

migrate() {
	xl migrate -s /bin/localssh domu localhost >/tmp/migrate 2>&1
}

# The output of xl without its progress.
migrate_said() {
	tr '\r' '\n' </tmp/migrate | grep -v '%$' | cut -c 1-200
}

# moves: migrates the domU, which must then run as another domain
moves() {
	local id=$(domu_id domu) status=0
	migrate || status=$?
	migrate_said
	[ $status = 0 ] && domu_answers domu && [ "$(domu_id domu)" != "$id" ]
}

# moves_ballooning: migrates it while it balloons
moves_ballooning() {
	local before after
	before=$(domu_run domu "resize count") && moves_at_last &&
		after=$(domu_run domu "resize count") || return
	echo "resized $before times before, $after times after"
	[ "$after" -gt "$before" ]
}

# moves_at_last: xl gives up if the domU releases a frame just when xl maps it. The domU must
# then continue, and the migration is retried.
moves_at_last() {
	local id=$(domu_id domu) try
	for try in 1 2 3 4 5; do
		echo "try $try"
		moves && return
		grep -q "Mapping of pfn .* failed -16" /tmp/migrate && domu_answers domu &&
			[ "$(domu_id domu)" = "$id" ] || return
	done
	return 1
}

# stays: xl must give up because the list has grown, and the domU must continue
stays() {
	local id=$(domu_id domu) status=0
	migrate || status=$?
	migrate_said
	[ $status != 0 ] && grep -q "$grown" /tmp/migrate && domu_answers domu &&
		[ "$(domu_id domu)" = "$id" ]
}

# grants: dom0 maps pages of the domU until ungrants
grants() {
	local id=$(domu_id domu) refs
	rm -f /tmp/mapped
	refs=$(domu_run domu "grants offer 256") || return
	p2m_grants map "$id" "$refs" 64 check 1 touch /tmp/mapped wait /tmp/never &
	echo "$! $id" >/tmp/mapper
	within 60 test -e /tmp/mapped
}

# The old domain exists as long as dom0 maps pages of it.
ungrants() {
	local pid id
	read -r pid id </tmp/mapper
	kill "$pid"
	within 60 no_domain "$id" && domu_run domu "grants end"
}

# settles: gives it the size that xl has recorded, which it is told again after migrating
settles() {
	xl mem-set domu "$memory" && within 120 domu_run domu "settled $((memory * 1024))"
}

generation() {
	domu_run domu published | sed -n 's/^ *p2m_generation *//p'
}

# in_place: nothing in the list has moved since the generation was recorded
in_place() {
	[ -s /tmp/generation ] || return
	generation >/tmp/generation.now
	cat /tmp/generation /tmp/generation.now
	cmp -s /tmp/generation /tmp/generation.now
}

plan $((rounds * 10 + 24))
way_here
result "p2m_look" insmod /files/p2m_look.ko
result "toolstack" toolstack_start
result "a domU boots" domu_create domu "memory=$memory" maxmem=1024 vcpus=2
result "its list is right" domu_run domu check
result "every lookup noted" domu_run domu "kinds note"
result "it moves" moves
result "every lookup of its kind" domu_run domu "kinds same"
result "the list is right" domu_run domu check
result "all is published" domu_run domu published
for round in $(seq "$rounds"); do
	generation >/tmp/generation
	result "round $round: it grants pages" grants
	result "round $round: it balloons" \
		domu_run domu "resize waver $(((memory - 8) * 1024)) $((memory * 1024))"
	result "round $round: it moves" moves_ballooning
	result "round $round: it has ballooned" domu_run domu "resize stop"
	result "round $round: it has its frames" within 60 domu_run domu frames
	result "round $round: its list has not moved" in_place
	result "round $round: the grants end" ungrants
	result "round $round: the list is right" domu_run domu check
	result "round $round: all is published" domu_run domu published
	result "round $round: dom0's list is right" list_is_right
done
result "it shrinks" domu_run domu "resize by -128 120"
result "it moves while it shrinks" moves_ballooning
result "it has shrunk" domu_run domu "resize stop"
result "frames that came with it went back" domu_run domu "dmesg | grep 'arrived with frames'"
result "it has as many frames as it says" within 60 domu_run domu frames
# Not by ballooning, or it would arrive with more frames than xl allows it to have.
result "its list grows" domu_run domu "grow start first=$((1 << 18)) leaves=2000 pause_ms=20"
result "it stays" stays
result "its list grows no more" domu_run domu "grow stop"
result "its size is settled" settles
result "its list is right after that" domu_run domu check
result "every lookup noted again" domu_run domu "kinds note"
result "it moves again" moves
result "every lookup of its kind again" domu_run domu "kinds same"
result "it has as many frames as it says at the end" within 60 domu_run domu frames
result "the end" domu_end domu
