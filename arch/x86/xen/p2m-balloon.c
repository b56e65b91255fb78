// SPDX-License-Identifier: GPL-2.0-only
/*
 * Pages that get and lose their frames while the kernel runs: their entries,
 * and their mapping in the direct map.  For the drivers in drivers/xen/, which
 * exchange the frames with Xen.
 */
#include <linux/align.h>
#include <linux/bug.h>
#include <linux/export.h>
#include <linux/gfp.h>
#include <linux/list.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/pfn.h>
#include <linux/pgtable.h>
#include <linux/preempt.h>
#include <linux/printk.h>
#include <linux/sched.h>

#include <xen/mem-reservation.h>
#include <xen/p2m.h>
#include <xen/page.h>
#include <xen/xen.h>

#include "p2m.h"
#include "p2m/set.h"
#include "p2m/table.h"

/* PMD and PUD tables, and what else adding memory allocates in passing. */
#define XEN_P2M_SPARE_TABLES	64

/**
 * struct xen_p2m_pages - where a batch of pages is in list and direct map
 * @cursor: in the list
 * @first: the first pfn that @table maps.  List and direct map are handled one
 *	after the other, so it is not always the cursor's.
 * @table: a PTE table of the direct map; NULL if there is none
 * @queue: entries of the direct map that are to be written
 */
struct xen_p2m_pages {
	struct p2m_cursor cursor;
	unsigned long first;
	pte_t *table;
	struct p2m_queue queue;
};

#define XEN_P2M_PAGES							\
	{ .cursor = P2M_CURSOR, .first = ~0UL, .queue.list = &xen_p2m }

static u64 *xen_p2m_page_entry(struct xen_p2m_pages *p, unsigned long pfn)
{
	unsigned long first = round_down(pfn, PTRS_PER_PTE);

	if (unlikely(first != p->first)) {
		p->first = first;
		p->table = PTR_ALIGN_DOWN(xen_p2m_direct_entry(pfn), PAGE_SIZE);
	}

	return p->table ? (u64 *)(p->table + pfn % PTRS_PER_PTE) : NULL;
}

static __always_inline bool xen_p2m_set_page(struct xen_p2m_pages *p,
					     unsigned long pfn,
					     unsigned long mfn)
{
	unsigned long slot = p2m_cursor_slot(&xen_p2m, &p->cursor, pfn);

	return p2m_set_in_slot(&xen_p2m, slot, pfn, mfn);
}

/* Enter and map up to P2M_MAX_UPDATES pages; returns how many were. */
static unsigned int xen_p2m_populate(struct xen_p2m_pages *p,
				     struct page **pages,
				     const xen_pfn_t *frames, unsigned int nr)
{
	unsigned int i, entered;

	p->queue.done = 0;
	for (entered = 0; entered < nr; entered++) {
		unsigned long pfn = page_to_pfn(pages[entered]);
		u64 *entry = xen_p2m_page_entry(p, pfn);

		if (!entry || !xen_p2m_set_page(p, pfn, frames[entered]))
			break;
		p2m_queue_add(&p->queue, entry,
			      pte_val_ma(mfn_pte(frames[entered],
						 PAGE_KERNEL)));
	}
	p2m_queue_flush(&p->queue);
	for (i = p->queue.done; i < entered; i++)
		xen_p2m_set_page(p, page_to_pfn(pages[i]), INVALID_P2M_ENTRY);

	return p->queue.done;
}

/* Unmap up to P2M_MAX_UPDATES pages; those that were have no frame then. */
static unsigned int xen_p2m_depopulate(struct xen_p2m_pages *p,
				       struct page **pages, unsigned int nr)
{
	unsigned int i;

	p->queue.done = 0;
	for (i = 0; i < nr; i++) {
		u64 *entry = xen_p2m_page_entry(p, page_to_pfn(pages[i]));

		if (!entry)
			break;
		p2m_queue_add(&p->queue, entry, 0);
	}
	p2m_queue_flush(&p->queue);
	for (i = 0; i < p->queue.done; i++)
		xen_p2m_set_page(p, page_to_pfn(pages[i]), INVALID_P2M_ENTRY);

	return p->queue.done;
}

/**
 * __xenmem_reservation_va_mapping_update - enter and map frames from Xen
 * @count: pages
 * @pages: pages without frames, whose entries have been reserved
 * @frames: their frames
 *
 * One hypercall for up to 32 pages.
 *
 * Context: a process that the freezer stops before a suspend, or preemption off
 * since Xen was asked for @frames, because they belong to this host.
 * Return: how many of the first pages have their frames now.  If not all, Xen
 * or the list has refused the next one, which the log says, and nothing has
 * changed for the others.
 */
unsigned long __xenmem_reservation_va_mapping_update(unsigned long count,
						     struct page **pages,
						     xen_pfn_t *frames)
{
	struct xen_p2m_pages p = XEN_P2M_PAGES;
	unsigned long done = 0;
	unsigned int nr, got;

	WARN_ON_ONCE(preemptible() && current->flags & PF_NOFREEZE);

	do {
		nr = min(count - done, P2M_MAX_UPDATES);
		/* The queue holds machine frames: no suspend now. */
		preempt_disable();
		got = xen_p2m_populate(&p, pages + done, frames + done, nr);
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
 * TLBs are not flushed.  A page that Xen does not unmap keeps its frame, with a
 * warning; Xen frees no frame that is still mapped.
 *
 * Context: process.
 */
void __xenmem_reservation_va_mapping_reset(unsigned long count,
					   struct page **pages)
{
	struct xen_p2m_pages p = XEN_P2M_PAGES;
	unsigned int nr, got;
	unsigned long i;

	for (i = 0; i < count; i += got) {
		nr = min(count - i, P2M_MAX_UPDATES);
		preempt_disable();
		got = xen_p2m_depopulate(&p, pages + i, nr);
		preempt_enable();
		/* Past the one that was refused. */
		if (WARN_ON_ONCE(got < nr))
			got++;
	}
}
EXPORT_SYMBOL_GPL(__xenmem_reservation_va_mapping_reset);

/**
 * xen_p2m_page_has_frame - does a page have a frame of this domain's?
 * @page: any page
 *
 * Context: any.
 * Return: always false in guests without a list.
 */
bool xen_p2m_page_has_frame(struct page *page)
{
	return xen_pv_domain() &&
	       p2m_kind(__pfn_to_mfn(page_to_pfn(page))) == P2M_POPULATED;
}

/* Give the frame of a page back to Xen, if it has one of its own. */
static bool xen_p2m_give_back_page(struct xen_p2m_pages *p, struct page *page)
{
	unsigned long pfn = page_to_pfn(page), mfn = __pfn_to_mfn(pfn);
	xen_pfn_t frame = mfn;

	if (likely(p2m_kind(mfn) != P2M_POPULATED))
		return false;
	if (xen_p2m_depopulate(p, &page, 1)) {
		if (xenmem_reservation_decrease(1, &frame) == 1)
			return true;
		xen_p2m_set_page(p, pfn, mfn);
	}
	pr_warn_ratelimited("xen/p2m: Xen does not take frame %#lx of pfn %#lx back\n",
			    mfn, pfn);

	return false;
}

/**
 * xen_p2m_give_back - give Xen frames that pages should not have
 * @pages: pages that nobody uses now; may contain NULL
 * @nr: pages
 *
 * A page that loses its frame while the domain is migrated live arrives with
 * one if the toolstack had sent it before.  Nothing maps that frame.
 *
 * Context: process.
 * Return: how many had a frame.  One that Xen does not take stays with its page,
 * which the log says.  Always 0 in guests without a list.
 */
unsigned long xen_p2m_give_back(struct page **pages, unsigned long nr)
{
	struct xen_p2m_pages p = XEN_P2M_PAGES;
	unsigned long i, found = 0;

	if (!xen_pv_domain())
		return 0;

	for (i = 0; i < nr; i++) {
		if (!pages[i])
			continue;
		/* It is the frame of this host: no suspend now. */
		preempt_disable();
		found += xen_p2m_give_back_page(&p, pages[i]);
		preempt_enable();
	}

	return found;
}

/**
 * xen_p2m_take_back - can a page that was lent out be lent again?
 * @page: a page without a frame, whose user is done with it
 *
 * A frame that a live migration has brought with it goes back to Xen.
 *
 * Not if Xen has not unmapped its last grant, or if it has a frame for another
 * reason: each request that got it would fail, and if it became RAM, what is
 * mapped there would be gone.  The log says so; nobody must get it again.
 *
 * Context: process.
 * Return: always true in guests without a list.
 */
bool xen_p2m_take_back(struct page *page)
{
	if (!xen_pv_domain())
		return true;

	if (likely(xen_p2m_page_is_free(page)))
		return true;
	if (xen_p2m_give_back(&page, 1) && xen_p2m_page_is_free(page))
		return true;

	pr_err("xen/p2m: pfn %#lx is still in use, its page is lost\n",
	       page_to_pfn(page));
	return false;
}

/* Make reclaim free as many pages; those who need them cannot wait. */
static bool xen_p2m_make_free(unsigned long nr)
{
	struct page *page, *next;
	LIST_HEAD(pages);

	while (nr) {
		page = alloc_page(GFP_KERNEL | __GFP_RETRY_MAYFAIL |
				  __GFP_NOWARN);
		if (!page)
			break;
		list_add(&page->lru, &pages);
		nr--;
	}
	list_for_each_entry_safe(page, next, &pages, lru)
		__free_page(page);

	return !nr;
}

/**
 * xen_p2m_can_add_memory - is there memory for what more memory needs first?
 * @nr: pages that are to be added
 *
 * That is page structs, and page tables, which are of 4 KiB pages.  The tables
 * are taken in atomic context, and nobody looks whether there was one
 * (alloc_low_pages() in arch/x86/mm/init.c): so they are made free here.  No
 * more than half of what is available is taken.
 *
 * Context: process; may reclaim memory.
 * Return: always true in guests without a list.
 */
bool xen_p2m_can_add_memory(unsigned long nr)
{
	unsigned long structs = PFN_UP(nr * sizeof(struct page));
	unsigned long tables = nr / PTRS_PER_PTE + XEN_P2M_SPARE_TABLES;

	if (!xen_pv_domain())
		return true;

	return si_mem_available() / 2 > (long)(structs + tables) &&
	       xen_p2m_make_free(tables);
}

/* Reserve the first page, and those that follow it as neighbours. */
static int xen_p2m_reserve_neighbours(struct page **pages, unsigned int nr)
{
	unsigned long first = page_to_pfn(pages[0]);
	unsigned int i;

	if (p2m_has_leaf(&xen_p2m, first))
		return 0;
	for (i = 1; i < nr; i++)
		if (page_to_pfn(pages[i]) != first + i)
			break;

	return xen_p2m_reserve(first, i);
}

/**
 * xen_p2m_reserve_pages - ensure that entries of pages can be set anywhere
 * @pages: the pages
 * @nr: how many
 *
 * Neighbours are reserved together.
 *
 * Context: process.
 * Return: how many of the first pages have been reserved: all, unless there is
 * no memory or Xen refuses.  Always all in guests without a list.
 */
unsigned int xen_p2m_reserve_pages(struct page **pages, unsigned int nr)
{
	unsigned long first, reserved = ~0UL;
	unsigned int i;

	if (!xen_pv_domain())
		return nr;

	for (i = 0; i < nr; i++) {
		first = round_down(page_to_pfn(pages[i]), P2M_PER_PAGE);
		if (likely(first == reserved))
			continue;
		if (xen_p2m_reserve_neighbours(pages + i, nr - i))
			break;
		reserved = first;
	}

	return i;
}
