# SPDX-License-Identifier: GPL-2.0-only
# Job domu-reader-stock: xen-p2m finds in the stock kernel what is known of it: a
# max_pfn beyond what is populated, and identity that a save and restore loses.

. /lib/toolstack

PATH=$PATH:/files

# notes CAUSE: whatever else there is, this is to be noted
notes() {
	xen-p2m check domu >/tmp/checked
	cat /tmp/checked
	grep -q "^note *$1:" /tmp/checked
}

# map WHICH: the runs of the list, to be compared
map() {
	xen-p2m show domu >/tmp/show || return
	sed -n '/^map$/,$p' /tmp/show | tee "/tmp/map.$1"
}

identity() {
	grep -c identity "/tmp/map.$1"
}

# Between RAM and RAM there was identity, in a leaf that holds RAM, too.
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
