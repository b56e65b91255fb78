# SPDX-License-Identifier: GPL-2.0-only
# Job bench: loads the module that counts (rig/module/) and hands over what it
# found, a comment a figure. The host compares and judges.

address=$(sed -n 's/ [tT] set_phys_to_machine$//p' /proc/kallsyms)
insmod /files/p2m_bench.ko set=0x$address
echo "KTAP version 1"
echo "1..1"
dmesg | sed -n 's/^\(\[.*\] \)*p2m_bench: /# p2m_bench /p' >/tmp/figures
cat /tmp/figures
if [ "$(tail -n 1 /tmp/figures)" = "# p2m_bench done" ]; then
	echo "ok 1 counted"
else
	echo "not ok 1 counted"
fi
