# SPDX-License-Identifier: GPL-2.0-only
# Job report: prints the kernel's description of the list, and its self-check, which is
# the only test here. The files are documented in arch/x86/xen/p2m-debugfs.c.

dir=/sys/kernel/debug/xen

# show NAME LINES: prints the first LINES of a file as comments
show() {
	echo "# $1:"
	head -n "$2" "$dir/$1" | sed 's/^/#   /'
}

echo "KTAP version 1"
echo "1..1"
show p2m_stats 100
show p2m 40
cat $dir/p2m_check >/tmp/check
echo "# p2m_check:"
sed 's/^/#   /' /tmp/check
case $(tail -n 1 /tmp/check) in
"self-check: ok")
	echo "ok 1 self-check" ;;
*)
	echo "not ok 1 self-check" ;;
esac
