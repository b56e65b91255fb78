// SPDX-License-Identifier: GPL-2.0-only
/*
 * Gives a domU that has not started yet another memory map, as xl does for
 * e820_host, but with the entries that a file names:
 *
 *   domu_map DOMID FILE	a line "START END TYPE" for each entry
 *
 * The entries are handed to Xen as they are: in this order, also if they
 * overlap or are empty.  The numbers are bytes, END is one past the last.
 */
#include <err.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The interface of today's Xen. */
#define __XEN_TOOLS__	1

#include <xencall.h>
#include <xen/xen.h>
#include <xen/memory.h>

/* What Xen accepts. */
#define MAX_ENTRIES	1024

struct entry {
	uint64_t start;
	uint64_t size;
	uint32_t type;
} __attribute__((packed));

static void *buffer(xencall_handle *xen, size_t size)
{
	void *memory = xencall_alloc_buffer(xen, size);

	if (!memory)
		err(1, "no memory for a hypercall");
	return memory;
}

static unsigned int read_entries(const char *path, struct entry *entry)
{
	FILE *file = fopen(path, "r");
	unsigned int nr = 0, type;
	long long start, end;

	if (!file)
		err(1, "cannot open %s", path);
	while (fscanf(file, "%lli %lli %u\n", &start, &end, &type) == 3) {
		if (nr == MAX_ENTRIES)
			errx(1, "%s: more than %u entries", path, MAX_ENTRIES);
		if (end < start)
			errx(1, "%s: entry %u ends before it starts", path, nr);
		entry[nr++] = (struct entry) { start, end - start, type };
	}
	if (!feof(file))
		errx(1, "%s: entry %u: not START END TYPE", path, nr);
	fclose(file);
	return nr;
}

int main(int argc, char **argv)
{
	struct xen_foreign_memory_map *map;
	xencall_handle *xen;
	struct entry *entry;

	if (argc != 3)
		errx(2, "DOMID FILE");
	xen = xencall_open(NULL, 0);
	if (!xen)
		err(1, "cannot make hypercalls");
	entry = buffer(xen, MAX_ENTRIES * sizeof(*entry));
	map = buffer(xen, sizeof(*map));
	memset(map, 0, sizeof(*map));
	map->domid = strtoul(argv[1], NULL, 0);
	map->map.nr_entries = read_entries(argv[2], entry);
	set_xen_guest_handle(map->map.buffer, entry);
	if (xencall2(xen, __HYPERVISOR_memory_op, XENMEM_set_memory_map,
		     (uintptr_t)map))
		err(1, "Xen refuses %u entries", map->map.nr_entries);
	return 0;
}
