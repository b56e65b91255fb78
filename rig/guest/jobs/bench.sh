# SPDX-License-Identifier: GPL-2.0-only
# Job bench: loads the module that measures (rig/guest/modules/p2m_bench.c), runs a load that uses
# the list, and reports the order of the measurements. The host counts and judges.

info=/sys/devices/system/xen_memory/xen_memory0
row=/sys/module/p2m_bench/parameters/row

address() {
	sed -n "s/^\([0-9a-f]*\) [bBdDtT] $1\$/0x\1/p" /proc/kallsyms
}

# row NAME COMMAND...: measures a command
row() {
	echo "$1" >$row
	shift
	"$@"
	echo end >$row
}

# to KB: balloons to this size
to() {
	echo "$1" >$info/target_kb
	until [ "$(cat $info/info/current_kb)" = "$1" ]; do usleep 100000; done
}

storm() {
	local i
	for i in $(seq 100); do
		cat /proc/self/maps >/dev/null
		dd if=/dev/zero of=/tmp/storm bs=256k count=4 2>/dev/null
		rm /tmp/storm
	done
}

# The map of the whole reach, as this kernel shows it.
map() {
	cat "$1" >/tmp/map
}

size=$(cat $info/info/current_kb)
map=/sys/kernel/debug/xen/p2m
[ -e $map ] || map=/sys/kernel/debug/xen/mmu/p2m
reserve=$(address xen_p2m_reserve)
resume="resume=$(address xen_p2m_resume)"
[ "$resume" != resume= ] || resume="resume=$(address xen_build_mfn_list_list) resume_last=$(address xen_setup_mfn_list_list)"
claim=$(address xen_p2m_claim_pages)

echo "KTAP version 1"
echo "1..1"
insmod /files/p2m_bench.ko "set=$(address set_phys_to_machine)" \
	${claim:+claim_grants=$claim} \
	"map_grants=$(address set_foreign_p2m_mapping)" \
	"unmap_grants=$(address clear_foreign_p2m_mapping)" ${reserve:+reserve=$reserve} $resume \
	"chain=$(address xen_resume_notifier)" && {
	row map map $map
	row balloon_down to $((size - 256 * 1024))
	row balloon_up to $size
	row storm storm
	leaves=$(sed -n 's/^ *leaves *\([0-9]*\)$/\1/p' /sys/kernel/debug/xen/p2m_stats | head -n 1)
	# What it balloons is hotplugged, and need not be there.
	echo 1 >/proc/sys/xen/balloon/hotplug_unpopulated
	echo online >/sys/devices/system/memory/auto_online_blocks
	echo 1 >/sys/module/p2m_bench/parameters/resume_ballooned
}
dmesg | sed -n 's/^\(\[.*\] \)*p2m_bench: /# p2m_bench /p'
echo "# p2m_bench map_runs $(wc -l </tmp/map)"
echo "# p2m_bench memory_kb $size"
echo "# p2m_bench leaves $leaves"
if dmesg | grep -q "p2m_bench: done" && dmesg | grep -q "row resume_8G"; then
	echo "ok 1 measured"
else
	echo "not ok 1 measured"
fi
