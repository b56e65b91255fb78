// SPDX-License-Identifier: GPL-2.0-only
/*
 * Frames that Linux does not use.  The domain builder gives as many as the
 * domain was created with, but mem=, memmap=, xen_512gb_limit or a memory map
 * that is too short leave pfns out of Linux's map.  Nobody would ever use the
 * frames of these pfns, so they go back to Xen in early boot.
 */
#include <linux/init.h>
#include <linux/minmax.h>
#include <linux/pgtable.h>
#include <linux/printk.h>

#include <asm/e820/api.h>
#include <asm/xen/hypercall.h>
#include <xen/mem-reservation.h>
#include <xen/page.h>

#include "xen-ops.h"
#include "p2m.h"

/**
 * xen_p2m_return_frames - give frames of this domain back to Xen
 * @mfns: the frames, which no pfn stands for any more
 * @nr: frames
 *
 * What Xen refuses stays with the domain, unused, which the log says.  The
 * others count as released, so that the balloon takes the domain for as large
 * as it is.
 *
 * Context: early boot.
 * Return: how many Xen has taken.
 */
unsigned long __init xen_p2m_return_frames(xen_pfn_t *mfns, unsigned int nr)
{
	unsigned long returned = 0;
	unsigned int i;
	int ret;

	/* Xen stops at the first that it refuses: go on past that one. */
	for (i = 0; i < nr; i += ret + 1) {
		ret = max(xenmem_reservation_decrease(nr - i, mfns + i), 0);
		returned += ret;
	}
	if (returned < nr)
		pr_err("xen/p2m: Xen does not take %lu of %u frames back, they are lost\n",
		       nr - returned, nr);
	xen_released_pages += returned;

	return returned;
}

/**
 * xen_p2m_unmap - take pfns out of the mapping that the domain builder has made
 * @pfn: the first
 * @end: one past the last
 *
 * A table goes with the last of its pages: phys_pmd_init() expects none where
 * there is no RAM, and warns.
 *
 * The builder maps all up to a multiple of 4 MiB (interface/xen.h, start-of-day
 * memory layout).  Beyond that only memory of Linux's own map is ever mapped.
 *
 * Context: early boot.
 */
void __init xen_p2m_unmap(unsigned long pfn, unsigned long end)
{
	unsigned long table = round_up(pfn, PTRS_PER_PTE);
	pte_t *pte;

	end = min(end, round_up(max_pfn_mapped + 1, PFN_DOWN(SZ_4M)));
	for (; pfn < end; pfn++) {
		pte = xen_p2m_direct_entry(pfn);
		if (pte && pte_present(*pte) &&
		    HYPERVISOR_update_va_mapping((unsigned long)__va(PFN_PHYS(pfn)),
						 __pte(0), 0))
			pr_err("xen/p2m: cannot unmap pfn %#lx\n", pfn);
	}

	for (; table + PTRS_PER_PTE <= end; table += PTRS_PER_PTE)
		if (xen_p2m_direct_entry(table))
			pmd_clear(pmd_off_k((unsigned long)__va(PFN_PHYS(table))));
}

/**
 * xen_p2m_drop_frames - give the frames of a range back to Xen
 * @pfn: the first
 * @end: one past the last
 *
 * The pfns become missing.
 *
 * Context: early boot, before adoption.
 * Return: how many frames Xen has taken.
 */
unsigned long __init xen_p2m_drop_frames(unsigned long pfn, unsigned long end)
{
	static xen_pfn_t mfns[P2M_PER_PAGE] __initdata;
	unsigned long returned = 0;
	unsigned int nr = 0;

	end = min(end, xen_p2m_size);
	xen_p2m_unmap(pfn, end);
	for (; pfn < end; pfn++) {
		unsigned long mfn = xen_p2m_addr[pfn];

		if (p2m_kind(mfn) != P2M_POPULATED || mfn_to_pfn(mfn) != pfn)
			continue;
		__set_phys_to_machine(pfn, INVALID_P2M_ENTRY);
		mfns[nr++] = mfn;
		if (nr == ARRAY_SIZE(mfns)) {
			returned += xen_p2m_return_frames(mfns, nr);
			nr = 0;
		}
	}

	return returned + xen_p2m_return_frames(mfns, nr);
}

/**
 * xen_p2m_limit - give all frames beyond a limit back to Xen
 * @nr_pages: how many of the first pfns Linux uses, xen_512gb_limit
 *
 * Context: early boot, before any memory moves beyond the limit.
 */
void __init xen_p2m_limit(unsigned long nr_pages)
{
	unsigned long returned = xen_p2m_drop_frames(nr_pages, xen_p2m_size);

	if (returned)
		pr_info("xen/p2m: %lu of %lu pages given back to Xen: xen_512gb_limit\n",
			returned, xen_start_info->nr_pages);
}

static void __init xen_p2m_expect_ram(phys_addr_t start, phys_addr_t end,
				      phys_addr_t needed)
{
	if (!e820__mapped_all(start, end, E820_TYPE_RAM))
		xen_p2m_panic("mem= or memmap= takes [mem %pa-%pa]; RAM must go on to %llu MiB\n",
			      &start, &end, DIV_ROUND_UP(needed, SZ_1M));
}

/**
 * xen_p2m_check_map - panic if a boot parameter cuts off what the boot needs
 *
 * That is what the domain builder has placed and nobody moves: page tables,
 * pages that are shared with Xen, and the list.  The kernel would die for want
 * of them soon, at the first page table that it cannot map, without a word.
 * (The kernel's own range is in the map in any case, and a ramdisk is moved.)
 *
 * Context: early boot, when boot parameters have changed the memory map.
 */
void __init xen_p2m_check_map(void)
{
	const struct start_info *info = xen_start_info;
	phys_addr_t start = __pa(info);
	phys_addr_t end = __pa(info->pt_base) + PFN_PHYS(info->nr_pt_frames);
	phys_addr_t list = PFN_PHYS(info->first_p2m_pfn);
	phys_addr_t list_end = list + PFN_PHYS(info->nr_p2m_frames);
	phys_addr_t needed = max(end, list_end);

	/* An older builder puts the list before the rest, and names no pfn. */
	if (info->mfn_list >= __START_KERNEL_map)
		start = __pa(info->mfn_list);
	else
		xen_p2m_expect_ram(list, list_end, needed);
	xen_p2m_expect_ram(start, end, needed);
}

/* Give back the frames of a range that no entry of Linux's memory map has. */
static void __init xen_p2m_drop_gap(unsigned long pfn, unsigned long end)
{
	unsigned long returned;

	end = min(end, xen_p2m_size);
	if (pfn >= end || xen_p2m_early_is_identity(pfn, end))
		return;

	returned = xen_p2m_drop_frames(pfn, end);
	set_phys_range_identity(pfn, end);
	if (returned)
		pr_info("xen/p2m: %lu pages of [mem %#llx-%#llx] given back to Xen: %s\n",
			returned, PFN_PHYS(pfn), PFN_PHYS(end) - 1,
			xen_is_e820_reserved(PFN_PHYS(pfn),
					     PFN_PHYS(end - pfn)) ?
			"not RAM in the map from Xen" :
			"cut off by a boot parameter");
}

/**
 * xen_p2m_drop_unused - give frames back to Xen that Linux's map leaves out
 *
 * A pfn that no entry of the map has becomes identity, as in any other gap.
 * What is in the map, of whatever type, keeps its frame: somebody has asked for
 * it (memmap=nn!ss, nn$ss).  So does the first MiB, where drivers look for
 * firmware.
 *
 * Context: early boot, before adoption; the memory map is final.
 */
void __init xen_p2m_drop_unused(void)
{
	unsigned long pfn = PFN_DOWN(SZ_1M);
	unsigned int i;

	/* The kernel's own range may have been added at the end. */
	e820__update_table(e820_table);
	for (i = 0; i < e820_table->nr_entries; i++) {
		const struct e820_entry *entry = &e820_table->entries[i];

		xen_p2m_drop_gap(pfn, PFN_DOWN(entry->addr));
		pfn = max(pfn, PFN_UP(entry->addr + entry->size));
	}
	xen_p2m_drop_gap(pfn, xen_p2m_size);
}
