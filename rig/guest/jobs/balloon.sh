# SPDX-License-Identifier: GPL-2.0-only
# Job balloon: balloons this domain to a series of sizes, given in percent of the size
# it booted with (rig.sizes=60+100). Each size must be reached, and at each size the
# list must pass its self-check.

base=/sys/devices/system/xen_memory/xen_memory0
boot=$(cat $base/info/current_kb)
sizes=$(rig_arg sizes | tr + ' ')
number=0

# result TEST NAME: prints a result; TEST is a command that succeeds on a pass
result() {
	number=$((number + 1))
	if eval "$1"; then
		echo "ok $number $2"
	else
		echo "not ok $number $2"
	fi
}

# reach KB: waits until the domain has this size
reach() {
	for _ in $(seq 60); do
		[ "$(cat $base/info/current_kb)" = "$1" ] && return
		sleep 1
	done
	echo "# current_kb: $(cat $base/info/current_kb) after a minute"
	return 1
}

# There are more memory blocks after a hotplug, but not if only the boot's extra memory was used.
blocks() {
	ls -d /sys/devices/system/memory/memory[0-9]* | wc -l
}

echo "KTAP version 1"
echo "1..$(($(echo $sizes | wc -w) * 2))"
echo "# booted with $boot kB, $(blocks) memory blocks"
round=0
for size in $sizes; do
	round=$((round + 1))
	target=$((boot * size / 100 / 4 * 4))
	echo $target >$base/target_kb
	result "reach $target" "round $round reaches $target kB"
	check=$(tail -n 1 /sys/kernel/debug/xen/p2m_check)
	result '[ "$check" = "self-check: ok" ]' "round $round $check"
done
echo "# $(blocks) memory blocks at the end"
