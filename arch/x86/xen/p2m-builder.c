// SPDX-License-Identifier: GPL-2.0-only
/*
 * The domain builder's list: which frames it lies in, and how those that were
 * not adopted, and the page tables that mapped it, are given back.
 *
 * It is mapped in one of three ways.  In the kernel's own mapping, by builders
 * that do not know XEN_ELFNOTE_INIT_P2M.  At one PGD entry's address, in page
 * tables that lie among the list's frames: Xen maps dom0's with large pages,
 * which are not aligned in pfn space, and libxenguest maps a domU's with small
 * ones.  At the next PGD entry's, in tables that are pinned, each, where
 * xen_relocate_p2m() had to move it.
 */
#include <linux/align.h>
#include <linux/init.h>
#include <linux/memblock.h>
#include <linux/pgtable.h>

#include <asm/xen/hypercall.h>
#include <asm/xen/hypervisor.h>

#include "xen-ops.h"
#include "p2m.h"

#define XEN_MOVED_P2M	(2 * PGDIR_SIZE)	/* by xen_relocate_p2m() */

static bool __init xen_is_kernel_mapping(const void *entries)
{
	return (unsigned long)entries >= __START_KERNEL_map;
}

/*
 * Tables are read-only in the direct map, and so is the list, but for one that
 * was moved.
 */
static void *__init xen_frame_virt(unsigned long mfn)
{
	return __va(PFN_PHYS(mfn_to_pfn(mfn)));
}

/**
 * struct xen_builder_mapping - one table, or one large page, of the mapping
 * @begin: the first address that it maps
 * @size: bytes; 0: nothing has been looked up yet
 * @entry: the table's first entry, or the large page's
 * @large: which of them
 */
struct xen_builder_mapping {
	unsigned long begin;
	unsigned long size;
	const pte_t *entry;
	bool large;
};

static struct xen_builder_mapping __init xen_builder_lookup(unsigned long addr)
{
	struct xen_builder_mapping map;
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
 * The builder's frames are neither in order nor without gaps: go by the
 * mapping.  One that is asked for in order takes no walk of its own.
 */
unsigned long *__init xen_p2m_builder_leaf(unsigned long *entries)
{
	static struct xen_builder_mapping map __initdata;
	unsigned long addr = (unsigned long)entries;
	unsigned long n;

	if (xen_is_kernel_mapping(entries))
		return __va(__pa(addr));

	if (addr - map.begin >= map.size)
		map = xen_builder_lookup(addr);
	n = (addr - map.begin) >> PAGE_SHIFT;

	return xen_frame_virt(map.large ? pte_mfn(*map.entry) + n :
					  pte_mfn(map.entry[n]));
}

/**
 * struct xen_builder_walk - the builder's list on its way back to memblock
 * @list: our list
 * @builder: the builder's
 * @pinned: its page tables are pinned, each
 */
struct xen_builder_walk {
	const struct p2m_list *list;
	const struct p2m_builder *builder;
	bool pinned;
};

/* Is the page of the builder's at an address a leaf of our list? */
static bool __init xen_builder_is_adopted(const struct xen_builder_walk *walk,
					  unsigned long addr)
{
	unsigned long pfn = (unsigned long *)addr - walk->builder->entries;
	unsigned int shift;

	return pfn < walk->builder->nr &&
	       p2m_leaf_is_owned(walk->list, p2m_slot(walk->list, pfn, &shift));
}

static void __init xen_unpin(unsigned long mfn)
{
	struct mmuext_op op = {
		.cmd = MMUEXT_UNPIN_TABLE, .arg1.mfn = mfn,
	};

	WARN_ON(HYPERVISOR_mmuext_op(&op, 1, NULL, DOMID_SELF));
}

/* Nothing refers to the page as a table, or maps it, any more. */
static void __init xen_free_read_only(void *page)
{
	make_lowmem_page_readwrite(page);
	memblock_free(page, PAGE_SIZE);
}

static void __init xen_free_frames(const struct xen_builder_walk *walk,
				   unsigned long mfn, unsigned long addr,
				   unsigned long nr)
{
	for (; nr--; mfn++, addr += PAGE_SIZE)
		if (!xen_builder_is_adopted(walk, addr))
			xen_free_read_only(xen_frame_virt(mfn));
}

/* A table that nothing leads to any more, but for its pin, and all below. */
static void __init xen_free_table(const struct xen_builder_walk *walk,
				  unsigned long table_mfn, unsigned long addr,
				  unsigned int shift)
{
	u64 *table = xen_frame_virt(table_mfn);
	unsigned int i;

	if (walk->pinned)
		xen_unpin(table_mfn);
	for (i = 0; i < PTRS_PER_PTE; i++, addr += BIT(shift)) {
		unsigned long mfn = pte_mfn(__pte_ma(table[i]));

		if (!(table[i] & _PAGE_PRESENT))
			continue;
		if (shift == PAGE_SHIFT || table[i] & _PAGE_PSE)
			xen_free_frames(walk, mfn, addr,
					BIT(shift - PAGE_SHIFT));
		else
			xen_free_table(walk, mfn, addr, shift - P2M_LEAF_SHIFT);
	}
	xen_free_read_only(table);
}

static void __init xen_free_kernel_mapping(const struct xen_builder_walk *walk)
{
	unsigned long addr = (unsigned long)walk->builder->entries;
	unsigned long size = walk->builder->nr * sizeof(unsigned long);
	unsigned long end = addr + size;

	xen_cleanhighmap(addr, addr + roundup(size, PMD_SIZE));
	for (; addr < end; addr += PAGE_SIZE)
		if (!xen_builder_is_adopted(walk, addr))
			memblock_free(__va(__pa(addr)), PAGE_SIZE);
}

/**
 * xen_p2m_builder_release - give back what of the builder's list is not ours
 * @list: the list that has adopted it, and is in use
 * @builder: the builder's list, which is not mapped any more afterwards
 *
 * First all of its mapping goes, so that no page is given back that something
 * still maps writable: Xen would refuse it as a page table.  The kernel's own
 * mapping may keep a PMD of it, but has its tables in common with the direct
 * map.
 *
 * Context: early boot.
 */
void __init xen_p2m_builder_release(struct p2m_list *list,
				    const struct p2m_builder *builder)
{
	unsigned long addr = (unsigned long)builder->entries;
	struct xen_builder_walk walk = {
		.list = list,
		.builder = builder,
		.pinned = addr == XEN_MOVED_P2M,
	};
	pgd_t *pgd = pgd_offset_k(addr);
	unsigned long mfn;

	if (xen_is_kernel_mapping(builder->entries)) {
		xen_free_kernel_mapping(&walk);
		return;
	}

	mfn = pte_mfn(__pte_ma(pgd->pgd));
	set_p4d(p4d_offset(pgd, addr), __p4d(0));
	list->ops->flush(list);
	xen_free_table(&walk, mfn, addr & PGDIR_MASK, PUD_SHIFT);
}
