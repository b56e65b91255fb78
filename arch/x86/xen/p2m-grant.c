// SPDX-License-Identifier: GPL-2.0-only
/*
 * Entries for other domains' frames: what grant mappings add to the list and
 * take out of it.  Callers have reserved their pages, so that the leaves exist:
 * netback gets here in softirq, where nothing can be allocated.
 */
#include <linux/preempt.h>
#include <linux/printk.h>

#include <asm/xen/hypercall.h>
#include <xen/grant_table.h>
#include <xen/page.h>

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

static bool xen_p2m_is_granted(const struct gnttab_map_grant_ref *op)
{
	return op->status == GNTST_okay;
}

/* Make @op a failed one; @unmap is the operation that unmaps it. */
static void xen_p2m_fail_grant(struct gnttab_map_grant_ref *op,
			       struct gnttab_unmap_grant_ref *unmap)
{
	*unmap = (struct gnttab_unmap_grant_ref) {
		.host_addr = op->host_addr,
		.dev_bus_addr = op->flags & GNTMAP_device_map ?
				op->dev_bus_addr : 0,
		.handle = op->handle,
	};
	op->status = GNTST_general_error;
	op->handle = INVALID_GRANT_HANDLE;
}

static bool xen_p2m_is_mapped_at(const struct gnttab_map_grant_ref *op,
				 unsigned long addr)
{
	return op && !(op->flags & GNTMAP_contains_pte) &&
	       op->host_addr == addr;
}

/* The page's own mapping was replaced by a grant, and cleared by its unmap. */
static void xen_p2m_restore_ram(unsigned long pfn)
{
	unsigned long addr = (unsigned long)__va(PFN_PHYS(pfn));

	preempt_disable();
	if (p2m_kind(__pfn_to_mfn(pfn)) == P2M_POPULATED)
		WARN_ON_ONCE(HYPERVISOR_update_va_mapping(addr,
							  pfn_pte(pfn, PAGE_KERNEL),
							  UVMF_INVLPG | UVMF_ALL));
	preempt_enable();
}

/* Refuse one grant: its caller sees a grant error, and nothing is mapped. */
static void xen_p2m_refuse_grant(struct gnttab_map_grant_ref *op,
				 struct gnttab_map_grant_ref *kop,
				 unsigned long pfn)
{
	unsigned long addr = (unsigned long)__va(PFN_PHYS(pfn));
	struct gnttab_unmap_grant_ref unmap[2];
	unsigned int i, nr = 0;
	int err;

	xen_p2m_fail_grant(op, &unmap[nr++]);
	if (kop)
		xen_p2m_fail_grant(kop, &unmap[nr++]);

	err = HYPERVISOR_grant_table_op(GNTTABOP_unmap_grant_ref, unmap, nr);
	for (i = 0; i < nr; i++)
		if (err || unmap[i].status != GNTST_okay)
			pr_err_ratelimited("xen/p2m: refused grant stays mapped at %#llx (%d, %d)\n",
					   unmap[i].host_addr, err,
					   unmap[i].status);
	if (xen_p2m_is_mapped_at(op, addr) || xen_p2m_is_mapped_at(kop, addr))
		xen_p2m_restore_ram(pfn);
}

/* An entry takes a foreign frame only where there is none of any kind. */
static bool xen_p2m_set_foreign(struct p2m_cursor *cursor, unsigned long pfn,
				unsigned long mfn)
{
	unsigned long slot = p2m_cursor_slot(&xen_p2m, cursor, pfn);

	if (p2m_slot_lookup(slot, pfn) != INVALID_P2M_ENTRY) {
		pr_warn_ratelimited("xen/p2m: grant refused, pfn %#lx is in use\n",
				    pfn);
		return false;
	}

	if (likely(p2m_set_in_slot(&xen_p2m, slot, pfn, FOREIGN_FRAME(mfn))))
		return true;

	/* The leaf may have come since the cursor looked. */
	cursor->pfn = ~0UL;
	return __set_phys_to_machine(pfn, FOREIGN_FRAME(mfn));
}

/**
 * set_foreign_p2m_mapping - enter freshly mapped grants
 * @map_ops: operations that have been done, @count of them
 * @kmap_ops: the same grants at their kernel addresses, not done yet; or NULL
 * @pages: the pages whose pfns stand for the frames; ballooned or unpopulated
 * @count: grants
 *
 * Each grant is handled by itself: one that failed before is passed over; one
 * whose pfn is in use, or cannot be set, is unmapped again and its operations
 * get the status GNTST_general_error.
 *
 * Context: any.  A grant whose entry has not been reserved is refused.
 * Return: 0, or the errno of the hypercall for @kmap_ops with no entry
 * changed.
 */
int set_foreign_p2m_mapping(struct gnttab_map_grant_ref *map_ops,
			    struct gnttab_map_grant_ref *kmap_ops,
			    struct page **pages, unsigned int count)
{
	struct p2m_cursor cursor = P2M_CURSOR;
	unsigned int i;
	int err;

	if (xen_feature(XENFEAT_auto_translated_physmap))
		return 0;

	if (kmap_ops) {
		err = HYPERVISOR_grant_table_op(GNTTABOP_map_grant_ref,
						kmap_ops, count);
		if (err)
			return err;
	}

	for (i = 0; i < count; i++) {
		struct gnttab_map_grant_ref *kop = kmap_ops ? &kmap_ops[i] :
							      NULL;
		unsigned long pfn = page_to_pfn(pages[i]);

		if (!xen_p2m_is_granted(&map_ops[i]) ||
		    (kop && !xen_p2m_is_granted(kop)))
			continue;
		if (!xen_p2m_set_foreign(&cursor, pfn,
					 xen_p2m_granted_mfn(&map_ops[i])))
			xen_p2m_refuse_grant(&map_ops[i], kop, pfn);
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
 * A grant that was refused has no handle, but gntdev unmaps it with the others:
 * its page may stand for another grant's frame, and is left alone.  An entry
 * that is gone already is no error.
 *
 * Context: any.
 * Return: 0; -EINVAL if a page is RAM of this domain (it is left alone, the
 * others are done); or the errno of the hypercall for @kunmap_ops.
 */
int clear_foreign_p2m_mapping(struct gnttab_unmap_grant_ref *unmap_ops,
			      struct gnttab_unmap_grant_ref *kunmap_ops,
			      struct page **pages, unsigned int count)
{
	struct p2m_cursor cursor = P2M_CURSOR;
	unsigned int i;
	int err, ret = 0;

	if (xen_feature(XENFEAT_auto_translated_physmap))
		return 0;

	for (i = 0; i < count; i++) {
		unsigned long pfn = page_to_pfn(pages[i]);
		unsigned long slot = p2m_cursor_slot(&xen_p2m, &cursor, pfn);
		enum p2m_kind kind = p2m_kind(p2m_slot_lookup(slot, pfn));

		if (unmap_ops[i].handle == INVALID_GRANT_HANDLE ||
		    (kunmap_ops &&
		     kunmap_ops[i].handle == INVALID_GRANT_HANDLE))
			continue;
		if (kind == P2M_FOREIGN)
			p2m_set_in_slot(&xen_p2m, slot, pfn, INVALID_P2M_ENTRY);
		else if (kind != P2M_MISSING)
			ret = -EINVAL;
	}

	if (kunmap_ops) {
		err = HYPERVISOR_grant_table_op(GNTTABOP_unmap_grant_ref,
						kunmap_ops, count);
		ret = err ?: ret;
	}

	return ret;
}
