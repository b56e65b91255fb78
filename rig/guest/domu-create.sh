# SPDX-License-Identifier: GPL-2.0-only
# Job domu-create: domUs of all sorts of sizes, or of rig.sizes=. Each boots, its list is right,
# and costs no more than what it holds.

. /lib/toolstack

# memory and maxmem in MiB, vcpus. A leaf of the list holds 2 MiB: the sizes end
# before, on and after a leaf, and a GiB.
sizes='64-64-1 200-300-1 256-2560-1 97-97-4 98-98-4 99-99-4 1023-1023-4 1024-1024-4 1025-1025-4'
[ -z "$(rig_arg sizes)" ] || sizes=$(rig_arg sizes | tr + ' ')

# boots NAME: a domU of the size that its name tells
boots() {
	local memory maxmem vcpus
	IFS=- read -r memory maxmem vcpus <<-EOF
		$1
	EOF
	domu_create "$1" "memory=$memory" "maxmem=$maxmem" "vcpus=$vcpus"
}

plan $(($(echo "$sizes" | wc -w) * 4 + 1))
result "toolstack" toolstack_start
for size in $sizes; do
	result "$size boots" boots $size
	result "$size: the list is right" domu_run $size check
	result "$size: the list is tight" domu_run $size tight
	result "$size ends" domu_end $size
done
