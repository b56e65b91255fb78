# SPDX-License-Identifier: GPL-2.0-only
"""
Memory maps for domUs, and what a guest must make of one: which pfns are populated
after boot, which may be later, and which never. This is written from what the map
says and from how memory is laid out (docs/design.md), not from the kernel's code.
"""

import itertools

PAGE = 4096
MIB = 256                       # pages
REACH = 1 << 34                 # pfns that the list can hold
EXTRA_RATIO = 10                # extra memory that Linux accepts, in sizes of the domain
SECTION = 160                   # MiB; more than a section of memory that is hotplugged
TYPES = {"ram": 1, "reserved": 2, "acpi": 3, "nvs": 4, "unusable": 5}
RAM = TYPES["ram"]
MACHINE = 2 << 30               # bytes of a machine that has the holes of a map
HIGH = range(1 << 30, 1 << 32)  # what down= shifts


class Map:
    """
    A row of rig/maps.py. memory: MiB. moved: ranges of NVS that are in the kernel's way.
    ramdisk: it is filled up to end there, so that the builder's list, which follows it,
    has to be moved. quick: in make test, too. alone: it has a scenario of its own.
    dom0_refuses: what dom0 says of a machine that has the map's holes.
    """

    def __init__(self, name, what, *chains, down=0, memory=300, moved=(), ramdisk=0, quick=False,
                 alone=False, dom0_refuses=""):
        self.name, self.what = name, what
        self.chains, self.down = chains, down
        self.memory, self.moved, self.ramdisk = memory, moved, ramdisk
        self.quick, self.alone = quick, alone
        self.dom0_refuses = dom0_refuses

    def entries(self):
        """The entries as they are handed over: (start, end, type)."""
        return [entry for chain in self.chains for entry in parse(chain, self.down)]

    def holes(self):
        """
        What there is beside RAM in a machine with MACHINE bytes, of which the first MiB and the
        last are the firmware's: (start, end, type).
        """
        return [(start, end, kind) for start, end, kind in resolve(self.entries())
                if kind != RAM and 1 << 20 <= start < end <= MACHINE - (1 << 20)]


def every(times, step, start, *parts, first="", last=""):
    """A chain in which a pattern of types and lengths is repeated, a step apart."""
    words = [first] if first else [f"{start:x}"]
    for begin in range(start, start + times * step, step):
        for kind, length in zip(parts[::2], parts[1::2]):
            begin += length
            words += [kind, f"{begin:x}"]
    return (" ".join([*words, last]).strip(),)


def parse(chain, down):
    words = chain.split()
    ends = [int(word, 16) for word in words[::2]]
    ends = [end - down if end in HIGH else end for end in ends]
    kinds = [TYPES.get(word) or int(word) for word in words[1::2]]
    return list(zip(ends, ends[1:], kinds))


def resolve(entries):
    """The map without overlaps, in order: of several types the highest one counts."""
    edges = sorted({edge for entry in entries for edge in entry[:2]})
    flat = []
    for start, end in itertools.pairwise(edges):
        kinds = [kind for from_, to, kind in entries if from_ <= start and end <= to]
        if kinds:
            flat.append((start, end, max(kinds)))
    return flat


def merged(ranges):
    """Ranges of pages (start, end), sorted and merged; empty ones are dropped."""
    result = []
    for start, end in sorted(ranges):
        if start >= end:
            continue
        if result and start <= result[-1][1]:
            result[-1] = (result[-1][0], max(end, result[-1][1]))
        else:
            result.append((start, end))
    return result


def within(ranges, low, high):
    return merged((max(start, low), min(end, high)) for start, end in ranges)


def first(ranges, pages):
    """The first so many pages of ranges."""
    taken = []
    for start, end in ranges:
        taken.append((start, min(end, start + pages)))
        pages -= taken[-1][1] - start
    return merged(taken)


def count(ranges):
    return sum(end - start for start, end in ranges)


def split(flat):
    """The whole pages of RAM, and every page with something else in it."""
    bytes_of_ram = merged((start, end) for start, end, kind in flat if kind == RAM)
    ram = merged((-(-start // PAGE), end // PAGE) for start, end in bytes_of_ram)
    other = merged((start // PAGE, -(-end // PAGE)) for start, end, kind in flat if kind != RAM)
    return ram, other


def move_firmware(flat, areas, pages):
    """
    Areas in the kernel's way become RAM; they move to the end of the first range of RAM
    that has room for them beyond the memory. Returns the new map and where they are.
    """
    places = []
    for start, end in areas:
        low, high = start // PAGE * PAGE, -(-end // PAGE) * PAGE
        flat = resolve([entry for entry in flat if entry[:2] != (start, end)] + [(low, high, RAM)])
        ram = merged(entry[:2] for entry in flat if entry[2] == RAM)
        top = next(to for from_, to in ram if to - max(from_, pages * PAGE) >= high - low)
        places.append(((top - high + low) // PAGE, top // PAGE))
        flat = resolve(flat + [(top - high + low, top, TYPES["nvs"])])
    return flat, places


class Expected:
    """What is right for a map. All are ranges of pfns."""

    def __init__(self, row):
        self.memory = row.memory
        pages = row.memory * MIB
        flat, self.foreign = move_firmware(resolve(row.entries()), row.moved, pages)
        ram, self.reserved = split(flat)
        stays = within(ram, 0, pages)
        beyond = first(within(ram, pages, REACH), EXTRA_RATIO * pages)
        moved = first(beyond, pages - count(stays))
        self.populated = merged(stays + moved)
        self.ram = merged(stays + beyond)
        self.released = pages - count(self.populated)
        _, self.holes = split([hole for hole in row.holes()
                               if hole[2] != TYPES["unusable"] and hole[:2] not in row.moved])

    def sizes(self):
        """(MiB in which the domU is saved, MiB that need memory hotplug)."""
        known = max(self.memory, count(self.ram) // MIB)
        return (count(self.populated) // MIB // 2, known + SECTION)

    def after_boot(self):
        """The kind of every pfn after boot."""
        return paint((self.ram, "missing"), (self.populated, "populated"),
                     (self.foreign, "foreign"), base="identity")

    def always(self):
        """What may become of a pfn later: nothing, a frame and none by turns, or all of this."""
        return paint((self.reserved, "identity"), (self.ram, "memory"), (self.foreign, "foreign"),
                     base="any")

    def restored(self):
        """The same after a restore: a firmware area that has moved stays behind on its host."""
        return paint((self.reserved, "identity"), (self.ram, "memory"), (self.foreign, "missing"),
                     base="any")

    def in_dom0(self):
        """The same for dom0 of a machine with the holes. Unusable memory it uses as RAM."""
        return paint((self.holes, "identity"), base="any")


def paint(*layers, base):
    """Runs (start, end, name) of all pfns; later layers hide earlier ones."""
    edges = sorted({0, REACH} | {edge for ranges, _ in layers for pair in ranges for edge in pair
                                 if edge < REACH})
    runs = []
    for start, end in itertools.pairwise(edges):
        name = base
        for ranges, other in layers:
            if any(low <= start and end <= high for low, high in ranges):
                name = other
        if runs and runs[-1][2] == name:
            runs[-1] = (runs[-1][0], end, name)
        else:
            runs.append((start, end, name))
    return runs


def lines(runs):
    """Runs in the format of debugfs xen/p2m."""
    return "".join(f"[{start:#x}, {end:#x}) {name}\n" for start, end, name in runs)


def files(rows):
    """The files of all maps for the guests: {name: text}."""
    texts = {"quick": "".join(f"{row.name}\n" for row in rows if row.quick),
             "all": "".join(f"{row.name}\n" for row in rows if not row.alone)}
    for row in rows:
        expected = Expected(row)
        texts[f"{row.name}/entries"] = "".join(f"{start:#x} {end:#x} {kind}\n"
                                               for start, end, kind in row.entries())
        texts[f"{row.name}/sizes"] = "{} {} {} {}\n".format(row.memory, *expected.sizes(),
                                                          row.ramdisk)
        texts[f"{row.name}/after-boot"] = lines(expected.after_boot())
        texts[f"{row.name}/always"] = lines(expected.always())
        texts[f"{row.name}/restored"] = lines(expected.restored())
        texts[f"{row.name}/in-dom0"] = lines(expected.in_dom0())
    return texts
