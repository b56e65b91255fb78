# SPDX-License-Identifier: GPL-2.0-only
# Job domu-shim: a PV domU in the PV shim, a Xen of its own within a PVH domain. Memory that it
# has given back does not return: the shim's Xen asks for more than the domain may have (4.17,
# with the stock kernel as well).

. /lib/toolstack

sized() {
	xl mem-set domu "$1" && within 300 domu_run domu "settled $(($1 * 1024))"
}

boots() {
	domu_create domu memory=200 maxmem=200 vcpus=1 pvshim=1 \
		"pvshim_cmdline='console=xen,pv loglvl=error'" && return
	domu_log domu | tail -n 40
	return 1
}

plan 5
result "toolstack" toolstack_start
domu_type=pvh
result "a domU boots in the shim" boots
result "its list is right" domu_run domu check
result "down" sized 150
result "its end" domu_end domu
