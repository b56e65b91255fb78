# SPDX-License-Identifier: GPL-2.0-only
# Job stock: reports what booted. For a kernel without our files, and as a first check
# of the rig itself.

echo "KTAP version 1"
echo "1..1"
echo "# Linux $(uname -r), $(nproc) vcpus, $(sed -n 's/^MemTotal: *//p' /proc/meminfo)"
if [ -f /proc/xen/capabilities ]; then
	echo "# Xen domain, capabilities: $(cat /proc/xen/capabilities)"
else
	echo "# no Xen"
fi
echo "ok 1 userspace"
