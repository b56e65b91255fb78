// SPDX-License-Identifier: GPL-2.0-only
/*
 * Entries for other domains' frames: what grant mappings add to the list and
 * take out of it.  Xen replaces what is at the address of a mapping, so pages
 * are looked at before it is asked.  Callers have reserved them, so that the
 * leaves exist: netback gets here in softirq, where nothing can be allocated.
 */
#include <linux/bug.h>
#include <linux/mm.h>

#include <asm/xen/hypercall.h>
#include <xen/grant_table.h>
#include <xen/p2m.h>
#include <xen/page.h>
#include <xen/xen.h>

#include "p2m.h"
#include "p2m/set.h"

/* The frame that a map operation has mapped. */
static unsigned long xen_p2m_granted_mfn(const struct gnttab_map_grant_ref *op)
{
	const pte_t *pte;

	if (!(op->flags & GNTMAP_contains_pte))
		return PFN_DOWN(op->dev_bus_addr);

	pte = mfn_to_virt(PFN_DOWN(op->host_addr)) +
	      offset_in_page(op->host_addr);
	return pte_mfn(*pte);
}

/* Has Xen unmapped it?  A grant that was refused has no handle. */
static bool xen_p2m_is_unmapped(const struct gnttab_unmap_grant_ref *op)
{
	return op->handle != INVALID_GRANT_HANDLE && op->status == GNTST_okay;
}

/* Free: nothing is mapped at the page, and no grant is about to be. */
static __always_inline bool xen_p2m_is_free(unsigned long slot,
					    struct page *page)
{
	return p2m_slot_lookup(slot, page_to_pfn(page)) == INVALID_P2M_ENTRY &&
	       !PageForeign(page);
}

/**
 * xen_p2m_page_is_free - can a page be used to map a grant?
 * @page: a page from a pool of pages without frames
 *
 * Context: any, in a guest with a list.
 * Return: false if the page has a frame of any domain, or is marked as one that
 * has.
 */
bool xen_p2m_page_is_free(struct page *page)
{
	struct p2m_cursor cursor = P2M_CURSOR;

	return xen_p2m_is_free(p2m_cursor_slot(&xen_p2m, &cursor,
					       page_to_pfn(page)), page);
}

/* An address that is not the page's: another page's, or of a table entry? */
static bool xen_p2m_other_address_is_free(const struct gnttab_map_grant_ref *op)
{
	void *addr = (void *)op->host_addr;

	return (op->flags & GNTMAP_contains_pte) || !virt_addr_valid(addr) ||
	       xen_p2m_page_is_free(virt_to_page(addr));
}

/* Xen replaces what @op finds at its address: nothing may be there. */
static __always_inline bool
xen_p2m_address_is_free(const struct gnttab_map_grant_ref *op,
			struct page *page)
{
	return likely((void *)op->host_addr == page_address(page)) ||
	       xen_p2m_other_address_is_free(op);
}

/**
 * xen_p2m_claim_pages - pages that grants are about to be mapped into
 * @map_ops: operations that have not been done, @count of them
 * @kmap_ops: the same grants at their kernel addresses; or NULL
 * @pages: the pages whose pfns will stand for the frames
 * @count: grants
 *
 * A page that can take a grant is marked as foreign, so that it cannot take
 * another one; the caller clears the mark of a grant that fails.
 *
 * Context: any.
 * Return: how many of the first pages can take theirs.  If not all, the next
 * one, or the address at which its grant would be mapped, is in use, or its
 * entry has not been reserved.
 */
unsigned int xen_p2m_claim_pages(const struct gnttab_map_grant_ref *map_ops,
				 const struct gnttab_map_grant_ref *kmap_ops,
				 struct page **pages, unsigned int count)
{
	struct p2m_cursor cursor = P2M_CURSOR;
	unsigned int i;

	if (!xen_pv_domain())
		return count;

	for (i = 0; i < count; i++) {
		unsigned long pfn = page_to_pfn(pages[i]);
		unsigned long slot = p2m_cursor_slot(&xen_p2m, &cursor, pfn);

		if (!p2m_slot_has_leaf(&xen_p2m, slot) ||
		    !xen_p2m_is_free(slot, pages[i]) ||
		    !xen_p2m_address_is_free(&map_ops[i], pages[i]) ||
		    (kmap_ops &&
		     !xen_p2m_address_is_free(&kmap_ops[i], pages[i])))
			break;
		SetPageForeign(pages[i]);
	}

	return i;
}

/**
 * set_foreign_p2m_mapping - enter freshly mapped grants
 * @map_ops: operations that have been done, @count of them
 * @kmap_ops: the same grants at their kernel addresses, not done yet; or NULL
 * @pages: the pages whose pfns stand for the frames, from xen_p2m_claim_pages()
 * @count: grants
 *
 * Each grant is handled by itself: one that failed is passed over.
 *
 * Context: any.
 * Return: 0, or the errno of the hypercall for @kmap_ops with no entry
 * changed.
 */
int set_foreign_p2m_mapping(struct gnttab_map_grant_ref *map_ops,
			    struct gnttab_map_grant_ref *kmap_ops,
			    struct page **pages, unsigned int count)
{
	unsigned int i;
	int err;

	if (!xen_pv_domain())
		return 0;

	if (kmap_ops) {
		err = HYPERVISOR_grant_table_op(GNTTABOP_map_grant_ref,
						kmap_ops, count);
		if (err)
			return err;
	}

	for (i = 0; i < count; i++) {
		unsigned long mfn;

		if (map_ops[i].status != GNTST_okay ||
		    (kmap_ops && kmap_ops[i].status != GNTST_okay))
			continue;
		mfn = xen_p2m_granted_mfn(&map_ops[i]);
		p2m_set_missing(&xen_p2m, page_to_pfn(pages[i]),
				FOREIGN_FRAME(mfn));
	}

	return 0;
}

/**
 * clear_foreign_p2m_mapping - take unmapped grants out of the list
 * @unmap_ops: operations that have been done, @count of them
 * @kunmap_ops: the same grants at their kernel addresses, not done yet; or NULL
 * @pages: the pages that stood for the frames
 * @count: grants
 *
 * gntdev unmaps a grant that was refused with the others: its page may stand for
 * another grant's frame, and is left alone.  So is one that Xen does not unmap:
 * the frame is still there, and the page must not be used for another.  An
 * entry that is gone already is no error.
 *
 * Context: any.
 * Return: 0; -EINVAL if a page is RAM of this domain (it is left alone, the
 * others are done); or the errno of the hypercall for @kunmap_ops with no entry
 * changed.
 */
int clear_foreign_p2m_mapping(struct gnttab_unmap_grant_ref *unmap_ops,
			      struct gnttab_unmap_grant_ref *kunmap_ops,
			      struct page **pages, unsigned int count)
{
	unsigned int i;
	int err, ret = 0;

	if (!xen_pv_domain())
		return 0;

	if (kunmap_ops) {
		err = HYPERVISOR_grant_table_op(GNTTABOP_unmap_grant_ref,
						kunmap_ops, count);
		if (err)
			return err;
	}

	for (i = 0; i < count; i++) {
		unsigned long pfn = page_to_pfn(pages[i]);

		if (!xen_p2m_is_unmapped(&unmap_ops[i]) ||
		    (kunmap_ops && !xen_p2m_is_unmapped(&kunmap_ops[i])))
			continue;
		switch (p2m_kind(__pfn_to_mfn(pfn))) {
		case P2M_FOREIGN:
			p2m_set(&xen_p2m, pfn, INVALID_P2M_ENTRY);
			break;
		case P2M_MISSING:
			break;
		default:
			ret = -EINVAL;
		}
	}

	return ret;
}
