# SPDX-License-Identifier: GPL-2.0-only
# Job domu-reader-stock: xen-p2m must find known defects of the stock kernel: a max_pfn
# that is too high, and identity entries that are lost on save and restore.

. /lib/toolstack

PATH=$PATH:/files

# notes CAUSE: the output must contain this note
notes() {
	xen-p2m check domu >/tmp/checked
	cat /tmp/checked
	grep -q "^note *$1:" /tmp/checked
}

# map WHICH: saves the runs of the list for a comparison
map() {
	xen-p2m show domu >/tmp/show || return
	sed -n '/^map$/,$p' /tmp/show | tee "/tmp/map.$1"
}

identity() {
	grep -c identity "/tmp/map.$1"
}

# There was identity between RAM ranges, in a leaf that also has RAM.
identity_is_lost() {
	diff /tmp/map.before /tmp/map.after
	[ "$(identity before)" -gt 0 ] && [ "$(identity after)" -lt "$(identity before)" ]
}

plan 10
result "toolstack" toolstack_start
result "a domU boots" domu_create domu memory=800 maxmem=2560 e820_host=1 vcpus=2
result "its max_pfn is too high" notes max-pfn-too-high
result "its identity is in its list" notes identity-in-list
result "its list is shown" map before
result "saved" xl save domu /tmp/saved
result "restored" xl_brings restore /tmp/saved
result "it is there" domu_answers domu
result "its list is shown again" map after
result "identity is lost" identity_is_lost
