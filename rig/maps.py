# SPDX-License-Identifier: GPL-2.0-only
"""
The table of memory maps that the job domu-maps gives to domUs, one row a map. The
first rows are maps of machines on which people had trouble, or had none, as public
reports show them; the others are made up.

Of a report's map we keep where ranges begin and end within their 2 MiB, and what they
are. What lies in the last GiBs below 4 GiB is shifted down to where a small domU has
its memory (down=), and RAM beyond that is cut short, so that memory can be added above
it. The first MiB is RAM, as libxl has it; the reports' ranges there are left out.
"""

from lib.memory_map import Map, every

# "A ram B reserved C": RAM from A to B, then a reserved range to C. Numbers are hexadecimal bytes.
# A blank between two parts is a gap that the map does not mention. The entries are handed to Xen in
# this order, neither sorted nor merged.
#
# All domUs have 300 MiB, up to 12c00000, if the row does not say otherwise.
MAPS = (
    # From reports.
    Map("threadripper", "xen-devel 2024, E820 memory allocation issue on Threadripper platforms",
        "0 ram 4000000 nvs 4046000 ram 9aff000 unusable a000000 ram 18000000", quick=True),
    Map("amd-board", "an AMD board: an island of RAM before NVS",
        "0 ram 9c3f000 reserved a000000 ram a200000 nvs a20e000 ram 18000000"),
    Map("openxt-890", "OpenXT xenclient-oe #890",
        "0 ram 800000 unusable b5f000 ram bcbff000 reserved d92a5000 acpi d92d6000 reserved "
        "d9a5e000 nvs da1cf000 reserved db700000", "dbef0000 reserved dc000000",
        "dd000000 reserved df800000", "f8000000 reserved fc000000", "fec00000 reserved fec01000",
        "fed00000 reserved fed04000", "fed1c000 reserved fed30000", "fee00000 reserved fee01000",
        "ff000000 reserved 100000000 ram 10e800000", down=0xb0000000),
    Map("openxt-list", "OpenXT xenclient-oe #890: the builder's list lies across a reserved range",
        "0 ram 9c3f000 reserved a000000 ram a200000 nvs a20e000 ram 12000000",
        "100000000 ram 102000000", memory=200, ramdisk=0x9c1f000),
    Map("openxt-ramdisk", "the same, and so does the ramdisk; the list is too large for the first MiB",
        "0 ram 9c3f000 reserved a000000 ram a200000 nvs a20e000 ram 1a000000",
        "100000000 ram 102000000", memory=400, ramdisk=0x9c80000),
    Map("qubes-9028", "QubesOS #9028",
        "0 ram 800000 nvs 808000 ram 80b000 nvs 80c000 ram 810000 nvs 900000 ram bf8ed000 reserved "
        "bfb6d000 acpi bfb7f000 nvs bfbff000 ram bff50000 reserved bff70000 nvs c0000000",
        "feffc000 reserved ff000000", "100000000 ram 108000000", down=0xb0000000),
    Map("qubes-6439", "QubesOS #6439",
        "0 ram 9cff000 reserved a000000 ram a200000 nvs a20b000 ram 12000000",
        "ef800000 reserved ef900000", "efc00000 reserved efc01000", "efd00000 reserved efd80000",
        "fea00000 reserved feb00000", "fec00000 reserved fec01000", "fec10000 reserved fec11000",
        "fec30000 reserved fec31000", "fed00000 reserved fed01000", "fed40000 reserved fed45000",
        "fed80000 reserved fed90000", "fedc0000 reserved fedc1000", "fedc2000 reserved fedd0000",
        "fedd4000 reserved fedd6000", "fee00000 reserved fef00000", "ff000000 reserved 100000000 "
        "ram 10702e000", "87f300000 reserved 880000000", "fd00000000 reserved 10000000000",
        quick=True),
    Map("qubes-1491", "QubesOS #1491",
        "0 ram b97fc000 nvs b9803000 ram ba06e000 reserved ba2fa000 ram c98e0000 reserved c9af7000",
        down=0xb0000000),
    Map("qubes-3784", "QubesOS #3784, a row of islands of a few pages",
        "0 ram 72136000 reserved 7213a000 ram 7213c000 reserved 72144000 ram 72147000 reserved "
        "7214e000 ram 72151000 reserved 72158000 ram 7215b000 reserved 72161000 ram 72164000 "
        "reserved 7216b000 ram 7216e000 reserved 72170000 ram 721b6000 reserved 721be000 ram "
        "721c0000 reserved 721c3000", "100000000 ram 110000000", down=0x68000000),
    Map("eve-578", "lf-edge/eve #578: nearly all is unusable, and frames have no place to go to",
        "0 ram be158000 unusable bea4b000 nvs bea57000 reserved bea6f000 unusable bea91000 reserved "
        "beb1b000 unusable bfb9b000 reserved bfbf3000 acpi bfbfb000 nvs bfbff000 unusable bfedc000 "
        "reserved bff60000 nvs c0000000", "fec00000 reserved fec01000",
        "fee00000 reserved fef00000", "100000000 unusable 140000000", down=0xb0000000),
    Map("bumblebee-654", "Bumblebee #654",
        "0 ram ad853000 nvs ad85a000 ram ae0d3000 reserved ae374000 ram bd8c6000 reserved bdacf000 "
        "ram bde01000 nvs beb06000 reserved befff000 ram bf000000", down=0xa8000000),
    Map("nvmevirt-60", "nvmevirt #60: the memory ends within the firmware's ranges",
        "0 ram 68793000 reserved 69f7e000 nvs 6a9ae000 acpi 6abc0000 ram 6f800000 reserved 90000000",
        "fe000000 reserved fe011000", "100000000 ram 102000000", down=0x58000000),
    Map("hyperenclave-24", "HyperEnclave #24: RAM beyond 64 GiB",
        "0 ram 10000000", "fedc0000 reserved fedc1000", "fedc2000 reserved fedc6000",
        "fedc7000 reserved fedc8000", "fedc9000 reserved fedcb000", "ff000000 reserved 100000000 "
        "ram 101000000", "3066000000 ram 3066bc0000 reserved 3070000000 ram 3074000000 reserved "
        "3080000000"),
    Map("surface-1378", "linux-surface #1378: a hole of one page",
        "0 ram 8a5b3000 reserved 8a5b4000 ram 8b952000 reserved 8bd52000 ram 8bd6b000 reserved "
        "8be7a000 nvs 8bea3000 acpi 8beff000 ram 8bf00000 reserved 8f800000",
        "e0000000 reserved f0000000", "fe010000 reserved fe011000", "100000000 ram 10f800000",
        down=0x80000000),
    Map("memtest-409", "memtest86plus #409: ACPI and NVS by turns",
        "0 ram 9b81f000 reserved 9d71f000 ram 9d740000 nvs 9d814000 acpi 9f6a4000 reserved 9f6df000 "
        "acpi 9f78a000 nvs 9f7df000 acpi 9f800000 reserved b0000000", "fed1c000 reserved fed20000",
        "ff800000 reserved 100000000 ram 110000000", down=0x90000000),
    Map("u-root-1149", "u-root #1149",
        "0 ram 800000 reserved b58000 ram 7ee00000 reserved 7ef00000", "7f000000 nvs 7f700000 "
        "reserved 7f800000 nvs 90000000", "fbffc000 nvs fbffe000", "feb00000 nvs feb10000",
        "feb80000 nvs fed20000", "100000000 ram 108000000", down=0x70000000),
    Map("acrn-2641", "acrn-hypervisor #2641: the second MiB is a gap",
        "0 ram 100000", "200000 ram 18100000 reserved c0000000", "e0000000 reserved 100000000"),
    Map("fiwix-72", "Fiwix #72, a QEMU machine",
        "0 ram bffe0000 reserved c0000000", "feffc000 reserved ff000000",
        "fffc0000 reserved 100000000 ram 108000000", down=0xb0000000),
    Map("xengt-12", "XenGT-Preview-xen #12: a hole before each power of two",
        "0 ram bfc6f000 nvs bfc76000 ram c0636000 reserved c0b00000 ram c7db3000", "c8000000 ram "
        "c8757000", "c8800000 ram c8f93000", "c9000000 ram ca6f5000", "ca800000 ram cbcea000",
        "100000000 ram 102000000", down=0xb8000000),
    Map("qubes-7918", "QubesOS #7918 with no hole in the memory",
        "0 ram 14000000", "fd00000000 reserved 10000000000"),

    # Made up.
    Map("unaligned", "no hole begins or ends at 2 MiB",
        "0 ram 4321000 reserved 4567000 ram 7fff000 reserved 8001000 ram 12bff000 reserved 12c01000 "
        "ram 18000000"),
    Map("aligned", "every hole begins and ends at 2 MiB",
        "0 ram 4200000 reserved 4400000 ram 8000000 reserved 9000000 ram 18000000"),
    Map("last-page", "the last page of a leaf, and the first one",
        "0 ram 5fff000 reserved 6000000 ram 6200000 reserved 6201000 ram 18000000"),
    Map("adjacent", "neighbours of one type, and of all types",
        "0 ram 5000000 ram 6000000 reserved 6100000 reserved 6200000 acpi 6300000 nvs 6400000 "
        "unusable 6500000 ram 7000000 ram 18000000"),
    Map("overlapping", "ranges within others, as firmware writes them",
        "0 ram 18000000", "5000000 reserved 6000000", "5800000 nvs 5a00000", "7000000 ram 8000000",
        "9000000 acpi 9001000", "5f00000 ram 6100000", quick=True),
    Map("unsorted", "the last entry first",
        "10000000 ram 18000000", "fec00000 reserved fec01000", "8000000 reserved 9000000",
        "9000000 ram f000000", "0 ram 8000000"),
    Map("empty-entries", "entries of no length",
        "0 ram 0 reserved 0 ram 6000000 reserved 6000000 ram 8000000 nvs 8000000 ram 18000000 "
        "reserved 18000000", "7000000 reserved 7000000"),
    Map("holes-40", "more than 32 holes, most after the record of ranges is full",
        *every(40, 0x500000, 0x2000000, "ram", 0x4f0000, "reserved", 0x10000, first="0 ram 2000000",
               last="ram 18000000"), quick=True),
    Map("entries-128", "as many entries as a boot loader can hand over",
        *every(63, 0x400000, 0x2000000, "ram", 0x3ff000, "reserved", 0x1000, first="0 ram 2000000",
               last="ram 18000000"),
        dom0_refuses=r"no memory map from Xen \(-22\); Linux can take 131 entries"),
    Map("islands", "RAM of one page in a reserved range, 30 times",
        *every(30, 0x10000, 0x8000000, "reserved", 0xf000, "ram", 0x1000, first="0 ram 8000000",
               last="reserved 8800000 ram 18000000")),
    Map("islands-beyond", "frames move to islands of one page beyond the memory",
        "0 ram 7000000 reserved 7010000 ram 12c00000",
        *every(30, 0x10000, 0x13000000, "reserved", 0xf000, "ram", 0x1000)),
    Map("parts-of-pages", "RAM that ends, and begins, within a page",
        "0 ram 5000800 reserved 5001400 ram 7000400 acpi 7000c00 ram 12c00400 reserved 12c00800 ram "
        "18000000"),
    Map("less-than-a-page", "RAM of less than a page beyond the memory",
        "0 ram 7000000 reserved 8000000 ram 12c00000 reserved 14000400 ram 14000800 reserved "
        "15000000 ram 18000000"),
    Map("hole-at-1-TiB", "the gap that AMD's machines have there",
        "0 ram 10000000 reserved 11000000 ram 18000000", "fd00000000 reserved 10000000000 ram "
        "10001000000"),
    Map("ends-reserved", "the last entry is reserved",
        "0 ram 10000000 reserved 12000000 ram 18000000 reserved 19000000"),
    Map("ends-early", "the map ends before the memory does",
        "0 ram 8000000", quick=True),
    Map("ends-early-reserved", "the same, with a reserved range at the end",
        "0 ram 8000000 reserved 9000000"),
    Map("ends-exactly", "the map ends with the memory",
        "0 ram 12c00000"),
    Map("too-little", "a hole, and less RAM beyond the memory than it takes away",
        "0 ram 8000000 reserved 10000000 ram 13000000"),
    Map("boundary", "a hole that begins where the memory ends",
        "0 ram 12c00000 reserved 13000000 ram 18000000"),
    Map("beyond-64-GiB", "frames move beyond 64 GiB",
        "0 ram 10000000 reserved 14000000", "1100000000 ram 1108000000"),
    Map("across-4-GiB", "most frames move beyond 4 GiB",
        "0 ram 4000000 reserved 5000000", "100000000 ram 114000000", quick=True),
    Map("across-a-GiB", "frames move to both sides of a GiB",
        "0 ram 10000000", "3ff00000 ram 40100000 reserved 50000000 ram 58000000"),
    Map("unusable", "unusable memory, which is no RAM for a domU",
        "0 ram 7000000 unusable 7800000 ram 18000000"),
    Map("other-types", "types that Linux does not know, or calls persistent or special",
        "0 ram 5000000 6 5100000 ram 6000000 7 6100000 ram 7000000 12 7100000 ram 8000000 20 "
        "8100000 ram 18000000"),
    Map("nvs-in-kernel", "NVS within the kernel's image, which is moved",
        "0 ram 1400000 nvs 1410000 ram 18000000", moved=((0x1400000, 0x1410000),)),
    Map("across-512-GiB", "frames move to both sides of where the frame tree ends",
        "0 ram 8000000", "7ffe000000 ram 8002000000", memory=160, alone=True),
)
