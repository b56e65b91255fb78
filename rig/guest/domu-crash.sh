# SPDX-License-Identifier: GPL-2.0-only
# Job domu-crash: crash finds in a dump of a domU what the domU knows of itself.

. /lib/toolstack

dumps() {
	domu_tasks >/tmp/before && xl dump-core domu /crash/tmp/dump && domu_tasks >/tmp/after &&
		ls -l /crash/tmp/dump
}

domu_tasks() {
	domu_run domu "ps -o pid,comm" | awk '$1 + 0 { print $1, $2 }' | plain_workers
}

# A worker shows the queue that it works on to the guest's own ps only.
plain_workers() {
	sed 's,\( kworker/u*[0-9:H]*\).*,\1,'
}

# crash_says COMMAND...: what crash says of the dump
crash_says() {
	printf '%s\n' "$@" quit >/crash/tmp/commands
	timeout 120 chroot /crash /usr/bin/crash -s -i /tmp/commands /tmp/vmlinux /tmp/dump </dev/null
}

# Each task that was there before and after the dump, by the guest's own ps, is in it.
crash_knows_tasks() {
	crash_says ps >/tmp/crash
	sed 's/^>/ /' /tmp/crash | awk '$1 + 0 { gsub("[][]", "", $NF); print $1, $NF }' |
		plain_workers >/tmp/known
	grep -Fx -f /tmp/before /tmp/after >/tmp/stayed
	grep -Fxv -f /tmp/known /tmp/stayed >/tmp/unknown
	wc -l /tmp/stayed /tmp/unknown
	[ -s /tmp/known ] && [ -s /tmp/stayed ] && [ ! -s /tmp/unknown ] || { cat /tmp/crash; return 1; }
}

# A page of the kernel's data that the guest has changed, by the name that it gave itself.
crash_finds_page() {
	crash_says sys | grep NODENAME | grep "$(rig_arg nonce)"
}

plan 7
result "toolstack" toolstack_start
mkdir -p /crash/dev
mknod -m 666 /crash/dev/null c 1 3
result "a domU boots" domu_create domu memory=128 maxmem=256 vcpus=2
result "it has a name" domu_run domu "hostname $(rig_arg nonce)"
result "dumped" dumps
result "crash knows each task" crash_knows_tasks
result "crash finds the page" crash_finds_page
result "the end" domu_end domu
