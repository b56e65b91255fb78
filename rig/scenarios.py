# SPDX-License-Identifier: GPL-2.0-only
"""
The table of scenarios that "make test", "make test-long" and "make test-stock"
run, in the order in which results are shown.

To add one, add a row: a name, which is also its directory below build/run/, what
it shows, and the fields of Scenario (rig/lib/scenario.py), mainly the guest's job
(rig/guest/jobs/). "make test ONLY=NAME" runs it alone.
"""

from lib.common import CRASH, RIG
from lib.scenario import (INIT_P2M, Scenario, configured, dom0_map, domu, rig_test, sanitize,
                          tool_test)
from maps import MAPS

# Rows run in parallel and are assumed to keep one processor busy. A row with processors= keeps more
# of them busy, or depends on how fast two domains run relative to each other, as all with domUs do.
#
# A leaf of the list covers 512 pfns, 2 MiB of memory: 304M ends on a leaf boundary, 311300K one pfn
# past it. Linux takes at most 10 times the boot size as extra memory; anything more is hotplugged.
SCENARIOS = (
    rig_test("patches", "the patch engine"),
    rig_test("ktap", "the KTAP reader"),
    rig_test("kcsan", "which KCSAN reports count"),
    rig_test("splats", "what counts as a splat"),
    rig_test("debian", "fetching packages"),
    rig_test("scheduler", "running tasks in parallel"),
    rig_test("maps", "what is expected of a guest with a memory map"),
    rig_test("rules", "the rules that make checks adds to the kernel's own"),
    rig_test("needs", "jobs that cannot work stop before anything is built"),
    rig_test("ccache", "what comes from the compiler cache is what the compiler would make"),
    tool_test("abi", "the shared info page has the layout of Xen's headers", "abi"),
    tool_test("reader", "xen-p2m reads synthetic guests, good and bad", "test"),
    tool_test("reader-fuzz", "xen-p2m reads guests that publish garbage", "fuzz", "INPUTS=200000"),
    tool_test("reader-report", "the JSON and SVG output of xen-p2m", "report"),
    Scenario("rig-panic", "a panic is exit code 6", native=True, job="panic", expect=CRASH,
             because="sysrq triggered crash"),
    Scenario("rig-hang", "a hang is exit code 4", native=True, job="hang", timeout=15, expect=RIG,
             because="timeout after 15 s"),
    Scenario("native-1", "the suites without Xen, 1 vcpu", native=True, smp=1, job="kunit"),
    Scenario("native-4", "the suites without Xen, 4 vcpus", native=True, smp=4, processors=4,
             job="kunit"),
    Scenario("dom0", "the suites and the self-check in dom0", job="kunit+report"),
    Scenario("dom0-leaf", "the list ends on a leaf", dom0_mem="304M", job="report"),
    Scenario("dom0-leaf-plus-1", "one pfn past it", dom0_mem="311300K", job="report"),
    Scenario("dom0-300M", "300 MB", dom0_mem="300M", job="report"),
    Scenario("dom0-bad-option", "an invalid boot parameter", job="report",
             append="xen_p2m_publish=nonsense", says="xen_p2m_publish=nonsense ignored"),
    Scenario("dom0-hole", "a memory hole at 512 MB", mem="6G", dom0_mem="1G",
             machine="pc,max-ram-below-4g=512M", job="report"),
    *(dom0_map(row) for row in MAPS if row.holes()),
    # The list follows the initramfs, which is padded so that the list (10 MiB) crosses the start of
    # the hole.
    Scenario("dom0-moved", "the builder's list is in a hole and is moved", mem="8G", dom0_mem="5G",
             machine="pc,max-ram-below-4g=512M", pad="475M", needs="2G", job="report",
             says=r"leaves adopted from 0x10000000000\b"),
    # With the hole, some pages of the list are not adopted.
    Scenario("dom0-old-builder", "the builder maps its list next to the kernel", mem="6G",
             dom0_mem="1G", machine="pc,max-ram-below-4g=512M", job="report",
             without_note=INIT_P2M, says="leaves adopted from 0xffffffff8"),
    Scenario("dom0-mem", "memory that mem= cuts off goes back to Xen", mem="2G", dom0_mem="1G",
             job="kunit+report", append="mem=512M",
             says=r"131072 pages of .mem 0x20000000-0x3fffffff. given back to Xen: cut off by a boot"),
    # As users give it: the size of dom0, which has a hole, so that the end of it goes.
    Scenario("dom0-mem-hole", "so does what mem= leaves no place outside a hole for", mem="6G",
             dom0_mem="1G", machine="pc,max-ram-below-4g=512M", job="report", append="mem=1G",
             says=r"xen/p2m: 131\d{3} pages of holes given back to Xen"),
    # Nothing that Linux prints before hvc0 is seen without earlyprintk=xen.
    Scenario("dom0-mem-too-small", "what mem= must leave is said where it can be read",
             job="report", append="mem=24M", late_console=True, expect=CRASH,
             because="the guest or Xen crashed",
             says=r"xen/p2m: mem= or memmap= takes \[mem 0x[^\n]* go on to \d\d MiB"),
    Scenario("dom0-ovmf", "EFI firmware, with areas beside the kernel", efi=True, job="report"),
    # OVMF's map has ACPI NVS at 0x800000, 0x80b000 and 0x810000, inside this kernel.
    Scenario("dom0-firmware", "firmware areas in the kernel's place move, and ACPI finds them",
             efi=True, config="low", long=True, job="kunit+report",
             append="xen_p2m_map_early=0x800000",
             says=r"(?s)remapped 3 firmware area.*xen_p2m_firmware: pass:8 fail:0 skip:0 "),
    Scenario("balloon", "ballooning down, up, and above the boot size", job="balloon",
             needs="640M", append="rig.sizes=60+100+80+50+100+125"),
    Scenario("balloon-hotplug", "ballooning up until memory is hotplugged", mem="2G",
             dom0_mem="128M", needs="1536M", job="balloon", append="rig.sizes=100+1200 swiotlb=2048"),
    domu("domu-create", "domUs of many sizes", "create", mem="4G"),
    domu("domu-mem", "dom0 and domUs that do not use all of their memory", "mem", mem="5G",
         dom0_mem="2G", append="mem=1G rig.mem=1024", needs="4G"),
    domu("domu-save", "saved and restored ten times, ballooned in between", "save",
         append="rig.rounds=10 rig.memory=64"),
    domu("domu-save-spoilt", "derived data is corrupted during each suspend", "save",
         append="rig.rounds=2 rig.memory=96 rig.spoil=1"),
    domu("domu-save-hole", "identity beside RAM survives", "save", mem="6G", dom0_mem="3G",
         machine="pc,max-ram-below-4g=512M",
         append="rig.rounds=1 rig.memory=800 rig.e820_host=1"),
    domu("domu-save-tree", "saved through the frame tree only", "save",
         append="rig.rounds=2 rig.memory=96 rig.domu=xen_p2m_publish=tree"),
    domu("domu-dump", "read by dump-core, xen-mfndump, xenctx", "dump"),
    domu("domu-dump-tree", "read through the frame tree only", "dump",
         append="rig.domu=xen_p2m_publish=tree"),
    domu("domu-crash", "a dump read by crash", "crash", mem="4G", dom0_mem="2G", crash=True),
    domu("domu-migrate", "live migration while ballooning, granting, growing", "migrate",
         xen="4.17-logdirty", append="rig.rounds=3 rig.memory=64"),
    domu("domu-balloon", "ballooning, hotplug and out of memory, while tasks allocate", "balloon",
         append="rig.rounds=4 rig.sizes=400"),
    domu("domu-growth", "growth as seen from outside, without memory, by hotplug in steps", "growth",
         stock=False, append="rig.step=96 rig.to=416"),
    domu("domu-grant", "thousands of pages shared with dom0", "grant"),
    domu("domu-grub", "GRUB is the builder of a domU", "grub", grub=True),
    domu("domu-pvh", "the shared drivers in a PVH domU, which has no list", "pvh", pvh=True),
    domu("domu-shim", "a domU in the PV shim", "shim", pvh=True, long=True),
    domu("domu-reader", "xen-p2m reads all kinds of lists, also while they grow", "reader",
         mem="4G", stock=False, append="rig.snapshots=150 rig.moved=20 rig.pause=20"),
    # A restore takes 12 bytes of dom0 for each pfn below the domU's highest, which can be at 200 GiB.
    domu("domu-maps", "memory maps of other machines, and worse ones", "maps", mem="6G",
         dom0_mem="3G", append="rig.maps=quick"),
    domu("domu-512", "a list that extends beyond 512 GiB", "512", stock=False),
    domu("xen-4.20-save", "save and restore by Xen 4.20", "save", xen="4.20",
         append="rig.rounds=2 rig.memory=96"),
    domu("xen-4.20-dump", "dumps by Xen 4.20", "dump", xen="4.20"),
    domu("xen-4.20-balloon", "ballooning by Xen 4.20", "balloon", xen="4.20",
         append="rig.rounds=1 rig.sizes=400"),
    sanitize("create", "domUs of some sizes", append="rig.sizes=96-96-4+200-300-4+256-2560-4"),
    sanitize("save", "saved and restored", append="rig.rounds=2 rig.memory=160"),
    sanitize("balloon", "ballooning", mem="1800M", append="rig.rounds=1 rig.sizes=400"),
    sanitize("grant", "pages shared with dom0", mem="1500M",
             append="rig.pages=64 rig.look=524288"),
    *configured("ballooned", "save", append="rig.rounds=2 rig.memory=96"),
    # Extra memory is for unpopulated pages, and none can be added: that is all the balloon has.
    *configured("unpopulated", "save", up=100, append="rig.rounds=2 rig.memory=96"),
    *configured("preempt", "balloon", append="rig.rounds=2 rig.sizes=400"),
    domu("preempt-grant", "configuration preempt: pages shared with dom0", "grant", config="preempt",
         long=True, timeout=3600, append="rig.pages=64 rig.look=524288"),
    Scenario("preempt-native", "configuration preempt: the suites without Xen", native=True, smp=4,
             processors=4, job="kunit", config="preempt", long=True),
    Scenario("plain-dom0", "configuration plain: dom0 without the suites", job="report+balloon",
             config="plain", needs="640M", long=True, append="rig.sizes=60+100+125"),
    # Freed pages are cleared in dom0, and poisoned in the domU, which excludes the other.
    *configured("debug", "balloon", append="rig.rounds=1 rig.sizes=400 rig.domu=page_poison=1"),
    domu("reader-stock", "what xen-p2m finds in the stock kernel", "reader-stock", mem="6G",
         dom0_mem="3G", machine="pc,max-ram-below-4g=512M", long=True, kernel="STOCK"),
    domu("domu-reader-2000", "2000 snapshots of a growing list", "reader", mem="4G",
         stock=False, long=True,
         append="rig.snapshots=2000 rig.moved=500 rig.pause=20"),
    domu("domu-512-save", "frames on both sides of 512 GiB, saved, restored and dumped", "512-save",
         mem="6G", dom0_mem="3G", stock=False, long=True, timeout=7200),
    domu("domu-maps-all", "all memory maps of the table", "maps", mem="6G", dom0_mem="3G",
         long=True, timeout=7200, append="rig.maps=all"),
    domu("domu-balloon-4G", "ballooning past 1 and 4 GiB", "balloon", mem="8G", long=True,
         timeout=3600, needs="6G", append="rig.rounds=10 rig.sizes=700+1100+4500+300"),
    # The save is in dom0's memory.
    domu("domu-growth-1500M", "hotplugged in steps to 1500 MiB, saved and restored", "growth",
         mem="8G", dom0_mem="5G", stock=False, long=True, timeout=3600,
         append="rig.step=49 rig.to=1500"),
    domu("domu-save-hole-10", "identity beside RAM survives ten times", "save", mem="6G",
         dom0_mem="3G", machine="pc,max-ram-below-4g=512M", long=True, timeout=3600,
         append="rig.rounds=10 rig.memory=800 rig.e820_host=1"),
)
