# SPDX-License-Identifier: GPL-2.0-only
# Job domu-crash: crash must find in a dump of a domU what the domU knows about itself.

. /lib/toolstack

# The guest is paused, as crash would see half-changed lists of a running guest.
dumps() {
	domu_tasks >/tmp/before && xl pause domu && xl dump-core domu /crash/tmp/dump &&
		xl unpause domu && domu_tasks >/tmp/after && ls -l /crash/tmp/dump
}

domu_tasks() {
	domu_run domu "ps -o pid,comm" | awk '$1 + 0 { print $1, $2 }' | plain_workers
}

# The guest's ps also shows the queue that a worker serves, crash does not.
plain_workers() {
	sed 's,\( kworker/u*[0-9:H]*\).*,\1,'
}

# crash_opens: runs all commands at once, because crash takes half a minute to start
crash_opens() {
	address=$(domu_run domu "cat /sys/kernel/debug/p2m_page") || return
	printf '%s\n' sys ps "rd -64 $address 512" quit >/crash/tmp/commands
	timeout 300 chroot /crash /usr/bin/crash -s -i /tmp/commands /tmp/vmlinux /tmp/dump \
		</dev/null >/tmp/crash
}

# crash_knows_name: the guest's host name
crash_knows_name() {
	grep NODENAME /tmp/crash | grep "$(rig_arg nonce)"
}

# All tasks that the guest's ps shows both before and after the dump must be in it.
crash_knows_tasks() {
	sed 's/^>/ /' /tmp/crash | awk '$1 + 0 { gsub("[][]", "", $NF); print $1, $NF }' |
		plain_workers >/tmp/known
	grep -Fx -f /tmp/before /tmp/after >/tmp/stayed
	grep -Fxv -f /tmp/known /tmp/stayed >/tmp/unknown
	wc -l /tmp/stayed /tmp/unknown
	[ -s /tmp/known ] && [ -s /tmp/stayed ] && [ ! -s /tmp/unknown ] || { cat /tmp/crash; return 1; }
}

# The page that p2m_look has filled, by its address in the guest.
crash_knows_page() {
	awk '$1 ~ /^ffff.*:$/ { print $2; print $3 }' /tmp/crash >/tmp/page
	seq 0 511 | awk '{ printf "5ea1%012x\n", $1 }' >/tmp/expected
	head -n 3 /tmp/page
	cmp /tmp/page /tmp/expected
}

plan 9
result "toolstack" toolstack_start
mkdir -p /crash/dev
mknod -m 666 /crash/dev/null c 1 3
result "a domU boots" domu_create domu memory=128 maxmem=256 vcpus=2
result "it has a name" domu_run domu "hostname $(rig_arg nonce)"
result "dumped" dumps
result "crash opens it" crash_opens
result "crash knows its name" crash_knows_name
result "crash knows each task" crash_knows_tasks
result "crash reads a page" crash_knows_page
result "the end" domu_end domu
