# SPDX-License-Identifier: GPL-2.0-only
# Job domu-dump: every tool that reads a guest's list finds in a domU what the
# domU knows of itself: xl dump-core with crash, xen-mfndump, xenctx.

. /lib/toolstack

map=/crash/tmp/System.map

dumps() {
	domu_tasks >/tmp/before && xl dump-core domu /crash/tmp/dump && domu_tasks >/tmp/after &&
		ls -l /crash/tmp/dump
}

domu_tasks() {
	domu_run domu "ps -o pid,comm" | awk '$1 + 0 { print $1, $2 }' | sort
}

# crash_says COMMAND...: what crash says of the dump
crash_says() {
	printf '%s\n' "$@" quit >/crash/tmp/commands
	chroot /crash /usr/bin/crash -s -i /tmp/commands /tmp/vmlinux /tmp/dump </dev/null
}

# Each task that was there before and after the dump, by the guest's own ps, is in it.
crash_knows_tasks() {
	crash_says ps >/tmp/crash
	sed 's/^>/ /' /tmp/crash | awk '$1 + 0 { gsub("[][]", "", $NF); print $1, $NF }' |
		sort >/tmp/known
	comm -12 /tmp/before /tmp/after >/tmp/stayed
	wc -l </tmp/stayed
	comm -23 /tmp/stayed /tmp/known >/tmp/unknown
	cat /tmp/unknown
	[ -s /tmp/stayed ] && [ ! -s /tmp/unknown ] || { cat /tmp/crash; return 1; }
}

# A page of a process, reached through its page tables and so through the list.
crash_finds_page() {
	local pid address
	read -r pid address <<-EOF
		$(domu_run domu "cat /tmp/page.where")
	EOF
	crash_says "set $pid" "rd -u -r /tmp/page 0x$address 4096"
	[ "$(md5sum </crash/tmp/page)" = "$(domu_run domu "md5sum </tmp/page")" ]
}

# As many frames as the guest has, each of them once.
mfndump_agrees() {
	xen-mfndump dump-p2m "$(domu_id domu)" >/tmp/p2m || return
	sed -n '1,5p' /tmp/p2m
	sed -n 's/.*pfn=.*mfn=\(0x[0-9a-f]*\).*/\1/p' /tmp/p2m | grep -v 0xffffffffffffffff >/tmp/mfns
	wc -l </tmp/mfns
	[ "$(wc -l </tmp/mfns)" = "$(populated)" ] && [ -z "$(sort /tmp/mfns | uniq -d)" ]
}

populated() {
	domu_run domu "sed -n 's/^ *populated *//p' /sys/kernel/debug/xen/p2m_check"
}

# The entries of the first page table of the guest.
ptes() {
	local table
	table=$(sed -n 's/.*mfn=\(0x[0-9a-f]*\).*L1.*/\1/p' /tmp/p2m | head -n 1)
	xen-mfndump dump-ptes "$(domu_id domu)" "$table" >/tmp/ptes || return
	sed -n '1,8p' /tmp/ptes
	grep -c pte /tmp/ptes
}

context() {
	xenctx -C -S -s $map "$(domu_id domu)" | tee /tmp/context | head -n 20
	grep -q "rip: .*xen_hypercall\|rip: .*[a-z_]*+0x" /tmp/context
}

plan 11
result "toolstack" toolstack_start
result "a domU boots" domu_create domu memory=128 maxmem=256 vcpus=2
result "it has a page" domu_run domu "p2m_page $(rig_arg nonce) /tmp/page >/tmp/page.where & sleep 1"
result "its list is right" domu_run domu check
result "dumped" dumps
result "crash knows each task" crash_knows_tasks
result "crash finds the page" crash_finds_page
result "xen-mfndump has the guest's frames" mfndump_agrees
result "xen-mfndump has the entries of a table" ptes
result "xenctx knows where it is" context
result "the end" domu_end domu
