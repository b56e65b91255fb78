# SPDX-License-Identifier: GPL-2.0-only
"""
The table of kernel configurations beside the rig's own, rig/config/base.config. Each
row has a fragment rig/config/NAME.config, whose lines take precedence over that.

CONFIGS are booted: CONFIG=NAME builds one in a tree of its own, and each has rows in
rig/scenarios.py. A kernel takes minutes to build, so a row joins what does not hide
each other.

OBJECTS are other architectures, and x86 without PV: "make checks" compiles the files
that a patch touches, and nothing else, from one tree.
"""

from lib.kernel import Config, Objects

CONFIGS = (
    Config("ballooned", "no unpopulated pages, no hotplug by the balloon"),
    Config("unpopulated", "unpopulated pages, but no hotplug by the balloon"),
    Config("preempt", "preemption, five levels, DMA and dma-buf grants; hotplug only"),
    Config("low", "loaded at 2 MiB, where EFI firmware has areas of its own"),
    Config("plain", "as users build it, without the suites"),
    Config("debug", "what checks pages, page tables, addresses and arithmetic"),
)

OBJECTS = (
    # Has Xen, but no PV.
    Objects("arm64", compiler="aarch64-linux-gnu-", without=("arch/x86/",)),
    # Has neither Xen nor ACPI, but dumps of page tables, and no pud_pgtable().
    Objects("s390", compiler="s390x-linux-gnu-",
            without=("arch/x86/", "drivers/acpi/", "drivers/xen/")),
    Objects("hvm", arch="x86",
            without=tuple(f"arch/x86/xen/{name}.c" for name in ("enlighten_pv", "mmu_pv", "p2m",
                                                                "setup", "suspend_pv"))),
)
