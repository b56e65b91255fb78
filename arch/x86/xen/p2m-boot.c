// SPDX-License-Identifier: GPL-2.0-only
/*
 * The list in early boot.
 *
 * The domain builder hands over a flat list of nr_pages entries.  Until
 * adoption it is private scratch: nothing is published, so its entries may say
 * identity.  setup.c marks identity ranges long before there is any allocator;
 * they are recorded, so that adoption need not look at every entry.
 */
#include <linux/align.h>
#include <linux/init.h>
#include <linux/memblock.h>
#include <linux/minmax.h>
#include <linux/pgalloc.h>
#include <linux/printk.h>
#include <linux/string.h>
#include <linux/vmalloc.h>

#include <asm/xen/hypervisor.h>
#include <xen/hvc-console.h>
#include <xen/page.h>
#include <xen/xen.h>

#include "xen-ops.h"
#include "p2m.h"
#include "p2m/adopt.h"
#include "p2m/ranges.h"

/* What is identity in the builder's list, for adoption. */
static struct p2m_ranges xen_p2m_identity __initdata;

/**
 * xen_p2m_panic - panic so early that no console is there
 * @fmt: what is wrong and what to do, as for printf; one line
 *
 * Writes to Xen's console, too.  For a domU that is where a Xen with debugging
 * shows it; others throw it away.
 *
 * Context: early boot.
 */
void __init xen_p2m_panic(const char *fmt, ...)
{
	static char text[256] __initdata;
	va_list args;

	va_start(args, fmt);
	vscnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	xen_raw_console_write("xen/p2m: ");
	xen_raw_console_write(text);
	panic("xen/p2m: %s", text);
}

/* Before adoption */

static int __init xen_p2m_parse_publish(char *arg)
{
	if (arg && !strcmp(arg, "tree"))
		xen_p2m.tree_only = true;
	else if (!arg || strcmp(arg, "both"))
		pr_warn("xen/p2m: xen_p2m_publish=%s ignored; use \"both\" or \"tree\"\n",
			arg ?: "");

	return 0;
}
early_param("xen_p2m_publish", xen_p2m_parse_publish);

/**
 * xen_p2m_early_lookup - answer for a pfn that the list does not reach
 * @pfn: any number; before adoption also one whose entry reads all ones
 *
 * Context: any.
 * Return: before adoption all ones for what is missing in the builder's list
 * or in extra memory, and the frame of a firmware area that has moved;
 * identity for everything else.
 */
unsigned long __ref xen_p2m_early_lookup(unsigned long pfn)
{
	if (likely(xen_p2m.reach))
		return IDENTITY_FRAME(pfn);
	if (pfn < min(xen_p2m_size, xen_max_p2m_pfn))
		return INVALID_P2M_ENTRY;
	if (pfn < xen_max_p2m_pfn &&
	    xen_chk_extra_mem(pfn) == INVALID_P2M_ENTRY)
		return INVALID_P2M_ENTRY;

	return xen_p2m_firmware_entry(pfn);
}

/**
 * xen_p2m_early_set - set an entry of the builder's list
 * @pfn: any number
 * @mfn: the value.  What has become identity stays so, because adoption goes
 *	by the record of it.
 *
 * Context: early boot.
 * Return: false for a pfn that the list does not have.
 */
bool __ref xen_p2m_early_set(unsigned long pfn, unsigned long mfn)
{
	if (pfn >= xen_p2m_size)
		return false;

	if (p2m_kind(mfn) == P2M_IDENTITY)
		p2m_ranges_add(&xen_p2m_identity, pfn, pfn + 1);
	WRITE_ONCE(xen_p2m_addr[pfn], mfn);
	return true;
}

/**
 * xen_build_dynamic_phys_to_machine - start with the builder's list
 *
 * Context: early boot, before anything asks for a frame.
 */
void __init xen_build_dynamic_phys_to_machine(void)
{
	unsigned long nr_pages = xen_start_info->nr_pages;

	xen_p2m_addr = (unsigned long *)xen_start_info->mfn_list;
	xen_p2m_size = ALIGN(nr_pages, P2M_PER_PAGE);
	xen_max_p2m_pfn = xen_p2m_size;

	/* The builder allocates whole pages, but writes nr_pages entries. */
	memset64((u64 *)xen_p2m_addr + nr_pages, INVALID_P2M_ENTRY,
		 xen_p2m_size - nr_pages);
}

/**
 * set_phys_range_identity - make pfns identity, before adoption
 * @pfn_s: the first
 * @pfn_e: one past the last.  What lies past the builder's list is ignored,
 *	because it is identity unless it is extra memory.
 *
 * Context: early boot.
 * Return: how many pfns were made identity.
 */
unsigned long __init set_phys_range_identity(unsigned long pfn_s,
					     unsigned long pfn_e)
{
	unsigned long pfn, end = min(pfn_e, xen_p2m_size);

	if (pfn_s >= end)
		return 0;

	for (pfn = pfn_s; pfn < end; pfn++)
		xen_p2m_addr[pfn] = IDENTITY_FRAME(pfn);
	p2m_ranges_add(&xen_p2m_identity, pfn_s, end);

	return end - pfn_s;
}

/**
 * xen_p2m_early_is_identity - has all of a range been made identity?
 * @pfn: the first
 * @end: one past the last
 *
 * Context: early boot.
 */
bool __init xen_p2m_early_is_identity(unsigned long pfn, unsigned long end)
{
	return p2m_ranges_cover(&xen_p2m_identity, pfn, end);
}

/* Adoption */

/* The area may lie in PGD entries that nothing else has used yet. */
static int __init xen_p2m_alloc_pud_tables(unsigned long addr,
					   unsigned long size)
{
	unsigned long end = addr + size;

	for (addr &= PGDIR_MASK; addr < end; addr += PGDIR_SIZE) {
		p4d_t *p4d = p4d_offset(pgd_offset_k(addr), addr);
		pud_t *pud;

		if (!p4d_none(*p4d))
			continue;
		pud = memblock_alloc(PAGE_SIZE, PAGE_SIZE);
		if (!pud)
			return -ENOMEM;
		p4d_populate(&init_mm, p4d, pud);
	}

	return 0;
}

/**
 * xen_vmalloc_p2m_tree - adopt the builder's list
 *
 * Frames that Linux does not use go back to Xen first, so that the list is no
 * larger than it needs to be.  Its own frames are the leaves from now on.  Its
 * pages without frames go back to memblock, and so do the builder's page tables.
 *
 * Context: early boot, memblock allocates, page tables can be changed.
 */
void __init xen_vmalloc_p2m_tree(void)
{
	const struct p2m_builder builder = {
		.entries = xen_p2m_addr,
		.nr = xen_p2m_size,
		.identity = &xen_p2m_identity,
		.leaf = xen_p2m_builder_leaf,
	};
	static struct vm_struct vm;
	int err;

	xen_p2m_drop_unused();
	xen_trim_extra_mem();

	vm.flags = VM_ALLOC;
	vm.size = P2M_MAX_REACH * sizeof(unsigned long);
	vm_area_register_early(&vm, PUD_SIZE);

	err = xen_p2m_alloc_pud_tables((unsigned long)vm.addr, vm.size);
	if (!err)
		err = p2m_init(&xen_p2m, vm.addr, P2M_MAX_REACH, &xen_p2m_ops);
	if (!err)
		err = p2m_adopt(&xen_p2m, &builder);
	if (err)
		xen_p2m_panic("cannot build the p2m list (%d)%s\n", err,
			      err == -ENOMEM ?
			      "; give the domain more memory" : "");

	xen_p2m.keep_tree = xen_initial_domain();
	xen_p2m_addr = xen_p2m.base;
	xen_p2m_size = xen_p2m.reach;
	xen_max_p2m_pfn = xen_p2m.reach;
	xen_p2m_builder_release(&xen_p2m, &builder);

	xen_inv_extra_mem();
	pr_info("xen/p2m: reach %#lx pfns, %#lx in use, %lu leaves adopted from %#lx\n",
		xen_p2m.reach, xen_p2m.max_pfn, xen_p2m.count.leaves,
		(unsigned long)builder.entries);
}
