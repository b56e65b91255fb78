# SPDX-License-Identifier: GPL-2.0-only
# Job domu-dump: tools that read a guest's list (xl dump-core, xen-mfndump, xenctx) must
# find in a domU what the domU knows about itself.

. /lib/toolstack

# The dump must contain each page of the guest.
dumps() {
	xl dump-core domu /tmp/dump && ls -l /tmp/dump || return
	[ "$(stat -c %s /tmp/dump)" -gt $((128 << 20)) ]
}

# It must find as many frames as the guest has, each of them once.
mfndump_agrees() {
	xen-mfndump dump-p2m "$(domu_id domu)" >/tmp/p2m || return
	sed -n '1,5p' /tmp/p2m
	sed -n 's/.*pfn=.*mfn=\(0x[0-9a-f]*\).*/\1/p' /tmp/p2m | grep -v 0xffffffffffffffff >/tmp/mfns
	echo "$(wc -l </tmp/mfns) frames, the guest has $(populated)"
	[ "$(wc -l </tmp/mfns)" = "$(populated)" ] && [ -z "$(sort /tmp/mfns | uniq -d)" ]
}

populated() {
	domu_run domu "frames count"
}

# Dumps the entries of the guest's first page table.
ptes() {
	local table
	table=$(sed -n 's/.*mfn=\(0x[0-9a-f]*\).*L1.*/\1/p' /tmp/p2m | head -n 1)
	xen-mfndump dump-ptes "$(domu_id domu)" "$table" >/tmp/ptes || return
	sed -n '1,8p' /tmp/ptes
	grep -c pte /tmp/ptes
}

context() {
	xenctx -C -S "$(domu_id domu)" | tee /tmp/context | head -n 20
	grep -q "rip: ffffffff" /tmp/context
}

plan 8
result "toolstack" toolstack_start
result "a domU boots" domu_create domu memory=128 maxmem=256 vcpus=2
result "its list is right" domu_run domu check
result "dumped" dumps
result "xen-mfndump has the guest's frames" mfndump_agrees
result "xen-mfndump has the entries of a table" ptes
result "xenctx knows where it is" context
result "the end" domu_end domu
