// SPDX-License-Identifier: GPL-2.0-only
/*
 * Frames that come and go while the kernel runs: the entries of pages that
 * are ballooned, and their mapping in the direct map.  For the drivers in
 * drivers/xen/, which exchange the frames with Xen.
 */
#include <linux/align.h>
#include <linux/bug.h>
#include <linux/export.h>
#include <linux/minmax.h>
#include <linux/pgtable.h>
#include <linux/preempt.h>
#include <linux/printk.h>

#include <xen/mem-reservation.h>
#include <xen/page.h>

#include "p2m.h"

/**
 * struct p2m_pages - pages of a batch, their entries in list and direct map
 * @cursor: where they are in the list
 * @table_leaf: number of the leaf whose pages @table maps; list and direct map
 *	are gone through one after the other, so it is not always the cursor's
 * @table: a PTE table of the direct map; NULL if there is none
 * @batch: entries of the direct map that are to be written
 */
struct p2m_pages {
	struct p2m_cursor cursor;
	unsigned long table_leaf;
	pte_t *table;
	struct p2m_batch batch;
};

#define P2M_PAGES							\
	{ .cursor = P2M_CURSOR, .table_leaf = ~0UL, .batch.list = &xen_p2m }

static u64 *p2m_direct_entry(struct p2m_pages *p, unsigned long pfn)
{
	if (unlikely(pfn >> P2M_LEAF_SHIFT != p->table_leaf)) {
		p->table_leaf = pfn >> P2M_LEAF_SHIFT;
		p->table = PTR_ALIGN_DOWN(xen_p2m_direct_entry(pfn), PAGE_SIZE);
	}

	return p->table ? (u64 *)(p->table + pfn % PTRS_PER_PTE) : NULL;
}

static __always_inline bool p2m_set_page(struct p2m_pages *p,
					 unsigned long pfn, unsigned long mfn)
{
	unsigned long slot = p2m_cursor_slot(&xen_p2m, &p->cursor, pfn);

	return p2m_set_in_slot(&xen_p2m, slot, pfn, mfn);
}

/* Enter and map up to P2M_BATCH pages; how many it was done for. */
static unsigned int p2m_populate(struct p2m_pages *p, struct page **pages,
				 const xen_pfn_t *frames, unsigned int nr)
{
	unsigned int i, entered;

	p->batch.done = 0;
	for (entered = 0; entered < nr; entered++) {
		unsigned long pfn = page_to_pfn(pages[entered]);
		u64 *entry = p2m_direct_entry(p, pfn);

		if (!entry || !p2m_set_page(p, pfn, frames[entered]))
			break;
		p2m_batch_add(&p->batch, entry,
			      pte_val_ma(mfn_pte(frames[entered],
						 PAGE_KERNEL)));
	}
	p2m_batch_flush(&p->batch);
	for (i = p->batch.done; i < entered; i++)
		p2m_set_page(p, page_to_pfn(pages[i]), INVALID_P2M_ENTRY);

	return p->batch.done;
}

/* Unmap up to P2M_BATCH pages, and what is unmapped has no frame. */
static unsigned int p2m_depopulate(struct p2m_pages *p, struct page **pages,
				   unsigned int nr)
{
	unsigned int i;

	p->batch.done = 0;
	for (i = 0; i < nr; i++) {
		u64 *entry = p2m_direct_entry(p, page_to_pfn(pages[i]));

		if (!entry)
			break;
		p2m_batch_add(&p->batch, entry, 0);
	}
	p2m_batch_flush(&p->batch);
	for (i = 0; i < p->batch.done; i++)
		p2m_set_page(p, page_to_pfn(pages[i]), INVALID_P2M_ENTRY);

	return p->batch.done;
}

/**
 * __xenmem_reservation_va_mapping_update - enter and map frames of Xen's
 * @count: pages
 * @pages: pages without frames, whose entries have been reserved
 * @frames: their frames
 *
 * One hypercall for up to 32 pages.
 *
 * Context: process that a suspend freezes, for it would leave @frames behind.
 * Return: how many of the first pages have their frames now.  If these are not
 * all, Xen or the list has refused the next one, which the log says, and
 * nothing has changed for the others.
 */
unsigned long __xenmem_reservation_va_mapping_update(unsigned long count,
						     struct page **pages,
						     xen_pfn_t *frames)
{
	struct p2m_pages p = P2M_PAGES;
	unsigned long done = 0;
	unsigned int nr, got;

	do {
		nr = min(count - done, P2M_BATCH);
		/* The update has machine frames of tables: no suspend. */
		preempt_disable();
		got = p2m_populate(&p, pages + done, frames + done, nr);
		preempt_enable();
		done += got;
	} while (got == nr && done < count);
	if (done < count)
		pr_err_ratelimited("xen/p2m: cannot map frame %#llx at pfn %#lx\n",
				   (u64)frames[done], page_to_pfn(pages[done]));

	return done;
}
EXPORT_SYMBOL_GPL(__xenmem_reservation_va_mapping_update);

/**
 * __xenmem_reservation_va_mapping_reset - unmap pages that lose their frames
 * @count: pages
 * @pages: the pages
 *
 * TLBs are not flushed.  A page that Xen does not unmap keeps its frame and
 * there is a warning; a frame that is mapped stays the domain's also if it is
 * given back.
 *
 * Context: process.
 */
void __xenmem_reservation_va_mapping_reset(unsigned long count,
					   struct page **pages)
{
	struct p2m_pages p = P2M_PAGES;
	unsigned int nr, got;
	unsigned long i;

	for (i = 0; i < count; i += got) {
		nr = min(count - i, P2M_BATCH);
		preempt_disable();
		got = p2m_depopulate(&p, pages + i, nr);
		preempt_enable();
		/* Past the one that was refused. */
		if (WARN_ON_ONCE(got < nr))
			got++;
	}
}
EXPORT_SYMBOL_GPL(__xenmem_reservation_va_mapping_reset);

/* Reserve the first page, and with it those that follow as neighbours. */
static int p2m_reserve_neighbours(struct page **pages, unsigned int nr)
{
	unsigned long first = page_to_pfn(pages[0]), end = first + 1;
	unsigned int i, shift;

	if (first < xen_p2m.reach &&
	    p2m_leaf_is_owned(&xen_p2m, p2m_slot(&xen_p2m, first, &shift)))
		return 0;
	/* Unpopulated pages come in descending order. */
	for (i = 1; i < nr; i++) {
		unsigned long pfn = page_to_pfn(pages[i]);

		if (pfn == end)
			end++;
		else if (pfn + 1 == first)
			first--;
		else
			break;
	}

	return xen_p2m_reserve(first, end - first);
}

/**
 * xen_p2m_reserve_pages - see to it that entries of pages can be set anywhere
 * @pages: the pages
 * @nr: how many
 *
 * Neighbours grow the list at once.
 *
 * Context: process.
 * Return: how many of the first pages have been seen to: all, but for want of
 * memory, or if Xen refuses.
 */
unsigned int xen_p2m_reserve_pages(struct page **pages, unsigned int nr)
{
	unsigned long leaf, reserved = ~0UL;
	unsigned int i;

	for (i = 0; i < nr; i++) {
		leaf = page_to_pfn(pages[i]) >> P2M_LEAF_SHIFT;
		if (likely(leaf == reserved))
			continue;
		if (p2m_reserve_neighbours(pages + i, nr - i))
			break;
		reserved = leaf;
	}

	return i;
}
EXPORT_SYMBOL_GPL(xen_p2m_reserve_pages);
