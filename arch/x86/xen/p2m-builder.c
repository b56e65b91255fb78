// SPDX-License-Identifier: GPL-2.0-only
/*
 * The domain builder's list: which frames it lies in, and how those that were
 * not adopted, and the page tables that mapped it, are freed.
 *
 * It is mapped in one of three ways.  In the kernel's own mapping, by builders
 * that do not know XEN_ELFNOTE_INIT_P2M.  At the address of one PGD entry, in
 * page tables that lie among the list's frames: Xen maps dom0's with large
 * pages, which are not aligned in pfn space, and libxenguest maps a domU's with
 * small ones.  At the address of the next PGD entry, in tables each of which is
 * pinned, if xen_relocate_p2m() had to move it.
 */
#include <linux/align.h>
#include <linux/init.h>
#include <linux/memblock.h>
#include <linux/pgtable.h>

#include <asm/xen/hypercall.h>
#include <asm/xen/hypervisor.h>

#include "xen-ops.h"
#include "p2m.h"
#include "p2m/adopt.h"

/* Where xen_relocate_p2m() moves a list. */
#define XEN_P2M_MOVED	(2 * PGDIR_SIZE)

static bool __init xen_p2m_in_kernel_mapping(const void *entries)
{
	return (unsigned long)entries >= __START_KERNEL_map;
}

/*
 * Tables are read-only in the direct map, and so is the list unless it was
 * moved.
 */
static void *__init xen_p2m_frame_virt(unsigned long mfn)
{
	return __va(PFN_PHYS(mfn_to_pfn(mfn)));
}

/**
 * struct xen_p2m_mapping - one table, or one large page, of the mapping
 * @begin: the first address that it maps
 * @size: bytes; 0 until something has been looked up
 * @entry: the table's first entry, or the one of the large page
 * @large: which of the two
 */
struct xen_p2m_mapping {
	unsigned long begin;
	unsigned long size;
	const pte_t *entry;
	bool large;
};

static struct xen_p2m_mapping __init xen_p2m_mapping_of(unsigned long addr)
{
	struct xen_p2m_mapping map;
	unsigned int level;

	map.entry = lookup_address(addr, &level);
	map.large = level != PG_LEVEL_4K;
	if (!map.large)
		map.entry -= pte_index(addr);
	map.size = map.large ? page_level_size(level) : PMD_SIZE;
	map.begin = ALIGN_DOWN(addr, map.size);

	return map;
}

/**
 * xen_p2m_builder_leaf - see struct p2m_builder
 * @entries: in the builder's list, page-aligned
 *
 * The builder's frames are neither in order nor without gaps, so this goes by
 * the mapping.  Asking in order takes one walk for each table.
 *
 * Context: early boot.
 * Return: address of the page in the direct map.
 */
unsigned long *__init xen_p2m_builder_leaf(unsigned long *entries)
{
	static struct xen_p2m_mapping map __initdata;
	unsigned long addr = (unsigned long)entries;
	unsigned long n;

	if (xen_p2m_in_kernel_mapping(entries))
		return __va(__pa(addr));

	if (addr - map.begin >= map.size)
		map = xen_p2m_mapping_of(addr);
	n = (addr - map.begin) >> PAGE_SHIFT;

	return xen_p2m_frame_virt(map.large ? pte_mfn(*map.entry) + n :
					  pte_mfn(map.entry[n]));
}

/**
 * struct xen_p2m_release - the builder's list on its way back to memblock
 * @list: our list
 * @builder: the builder's
 * @pinned: each of its page tables is pinned
 */
struct xen_p2m_release {
	const struct p2m_list *list;
	const struct p2m_builder *builder;
	bool pinned;
};

/* Is the page of the builder's list at an address a leaf of ours? */
static bool __init xen_p2m_is_adopted(const struct xen_p2m_release *release,
				      unsigned long addr)
{
	unsigned long pfn = (unsigned long *)addr - release->builder->entries;

	return pfn < release->builder->nr && p2m_has_leaf(release->list, pfn);
}

static void __init xen_p2m_unpin(unsigned long mfn)
{
	struct mmuext_op op = {
		.cmd = MMUEXT_UNPIN_TABLE, .arg1.mfn = mfn,
	};

	WARN_ON(HYPERVISOR_mmuext_op(&op, 1, NULL, DOMID_SELF));
}

/* Nothing refers to the page as a table, or maps it, any more. */
static void __init xen_p2m_free_read_only(void *page)
{
	make_lowmem_page_readwrite(page);
	memblock_free(page, PAGE_SIZE);
}

static void __init xen_p2m_free_frames(const struct xen_p2m_release *release,
				       unsigned long mfn, unsigned long addr,
				       unsigned long nr)
{
	for (; nr--; mfn++, addr += PAGE_SIZE)
		if (!xen_p2m_is_adopted(release, addr))
			xen_p2m_free_read_only(xen_p2m_frame_virt(mfn));
}

/* Free a table to which nothing leads any more, and all below it. */
static void __init xen_p2m_free_table(const struct xen_p2m_release *release,
				      unsigned long table_mfn,
				      unsigned long addr, unsigned int shift)
{
	u64 *table = xen_p2m_frame_virt(table_mfn);
	unsigned int i;

	if (release->pinned)
		xen_p2m_unpin(table_mfn);
	for (i = 0; i < PTRS_PER_PTE; i++, addr += BIT(shift)) {
		unsigned long mfn = pte_mfn(__pte_ma(table[i]));

		if (!(table[i] & _PAGE_PRESENT))
			continue;
		if (shift == PAGE_SHIFT || table[i] & _PAGE_PSE)
			xen_p2m_free_frames(release, mfn, addr,
					    BIT(shift - PAGE_SHIFT));
		else
			xen_p2m_free_table(release, mfn, addr,
					   shift - P2M_LEVEL_BITS);
	}
	xen_p2m_free_read_only(table);
}

static void __init
xen_p2m_free_kernel_mapping(const struct xen_p2m_release *release)
{
	unsigned long addr = (unsigned long)release->builder->entries;
	unsigned long size = release->builder->nr * sizeof(unsigned long);
	unsigned long end = addr + size;

	xen_cleanhighmap(addr, addr + roundup(size, PMD_SIZE));
	for (; addr < end; addr += PAGE_SIZE)
		if (!xen_p2m_is_adopted(release, addr))
			memblock_free(__va(__pa(addr)), PAGE_SIZE);
}

/**
 * xen_p2m_builder_release - free what was not adopted of the builder's list
 * @list: the list that has adopted it, and is in use
 * @builder: the builder's list, which is not mapped any more afterwards
 *
 * All of its mapping goes first, so that no page is freed that something still
 * maps writable: Xen would refuse it as a page table.  The kernel's own mapping
 * may keep a PMD entry of it, but shares its PTE tables with the direct map.
 *
 * Context: early boot.
 */
void __init xen_p2m_builder_release(struct p2m_list *list,
				    const struct p2m_builder *builder)
{
	unsigned long addr = (unsigned long)builder->entries;
	struct xen_p2m_release release = {
		.list = list,
		.builder = builder,
		.pinned = addr == XEN_P2M_MOVED,
	};
	pgd_t *pgd = pgd_offset_k(addr);
	unsigned long mfn;

	if (xen_p2m_in_kernel_mapping(builder->entries)) {
		xen_p2m_free_kernel_mapping(&release);
		return;
	}

	mfn = pte_mfn(__pte_ma(pgd->pgd));
	set_p4d(p4d_offset(pgd, addr), __p4d(0));
	list->ops->flush(list);
	xen_p2m_free_table(&release, mfn, addr & PGDIR_MASK, PUD_SHIFT);
}
