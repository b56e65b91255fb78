// SPDX-License-Identifier: GPL-2.0-only
/*
 * The operations of this domain's list (struct p2m_ops): memory from the
 * kernel's allocators, everything else by hypercall.
 */
#include <linux/align.h>
#include <linux/gfp.h>
#include <linux/kmemleak.h>
#include <linux/memblock.h>
#include <linux/mm.h>
#include <linux/slab.h>

#include <asm/xen/hypercall.h>
#include <asm/xen/hypervisor.h>

#include "p2m.h"

/*
 * The list's lock is held.  No I/O: a backend that serves our own writeback may
 * be waiting for it.  And no waiting until somebody else is killed for lack of
 * memory: the balloon, which brings memory, needs the lock, too.  Callers say
 * what they could not do.
 */
#define XEN_P2M_GFP	(GFP_NOIO | __GFP_RETRY_MAYFAIL | __GFP_NOWARN)

static void *xen_p2m_alloc_pages(unsigned int order)
{
	/* A block of pages is an optimisation: nothing is reclaimed for it. */
	struct page *page = alloc_pages(order ? __GFP_NOWARN : XEN_P2M_GFP, order);

	if (!page)
		return NULL;
	/* Each page can be freed by itself. */
	split_page(page, order);

	return page_address(page);
}

static void * __ref xen_p2m_alloc(struct p2m_list *list, size_t size)
{
	void *object;

	if (!slab_is_available())
		return memblock_alloc(size, size >= PAGE_SIZE ?
				      PAGE_SIZE : SMP_CACHE_BYTES);
	if (size >= PAGE_SIZE)
		return xen_p2m_alloc_pages(get_order(size));

	object = kmalloc(size, XEN_P2M_GFP);
	/* Only the index refers to it, which kmemleak does not scan. */
	kmemleak_not_leak(object);

	return object;
}

static void __ref xen_p2m_free(struct p2m_list *list, void *object, size_t size)
{
	if (!slab_is_available())
		memblock_free(object, size);
	else if (size == PAGE_SIZE)
		free_page((unsigned long)object);
	else
		kfree(object);
}

static unsigned long xen_p2m_mfn(const void *page)
{
	return virt_to_mfn(page);
}

static unsigned long xen_p2m_m2p(unsigned long mfn)
{
	return mfn_to_pfn_no_overrides(mfn);
}

static int xen_p2m_protect(struct p2m_list *list, void *page)
{
	return HYPERVISOR_update_va_mapping((unsigned long)page,
					    pfn_pte(virt_to_pfn(page),
						    PAGE_KERNEL_RO), 0);
}

static int xen_p2m_unprotect(struct p2m_list *list, void *page)
{
	return HYPERVISOR_update_va_mapping((unsigned long)page,
					    pfn_pte(virt_to_pfn(page),
						    PAGE_KERNEL), 0);
}

static unsigned int xen_p2m_apply(struct p2m_list *list,
				  const struct p2m_update *updates,
				  unsigned int nr)
{
	struct mmu_update req[P2M_MAX_UPDATES];
	unsigned int i, done = 0;
	phys_addr_t maddr = 0;
	void *table = NULL;

	for (i = 0; i < nr; i++) {
		u64 *entry = updates[i].entry;

		/* Neighbours usually share a table. */
		if (PTR_ALIGN_DOWN(entry, PAGE_SIZE) != table) {
			table = PTR_ALIGN_DOWN(entry, PAGE_SIZE);
			maddr = virt_to_machine(table).maddr;
		}
		req[i].ptr = (maddr + offset_in_page(entry)) |
			     MMU_NORMAL_PT_UPDATE;
		req[i].val = updates[i].val;
	}
	if (!HYPERVISOR_mmu_update(req, nr, (int *)&done, DOMID_SELF))
		return nr;

	return done;
}

static void xen_p2m_flush(struct p2m_list *list)
{
	struct mmuext_op op = { .cmd = MMUEXT_TLB_FLUSH_ALL };

	WARN_ON_ONCE(HYPERVISOR_mmuext_op(&op, 1, NULL, DOMID_SELF));
}

static struct arch_shared_info *xen_p2m_shared(struct p2m_list *list)
{
	return &HYPERVISOR_shared_info->arch;
}

const struct p2m_ops xen_p2m_ops = {
	.alloc = xen_p2m_alloc,
	.free = xen_p2m_free,
	.mfn = xen_p2m_mfn,
	.m2p = xen_p2m_m2p,
	.protect = xen_p2m_protect,
	.unprotect = xen_p2m_unprotect,
	.apply = xen_p2m_apply,
	.flush = xen_p2m_flush,
	.shared = xen_p2m_shared,
};

/**
 * xen_p2m_direct_entry - the entry by which the direct map maps a page
 * @pfn: below the direct map's end
 *
 * The direct map of a PV guest consists of small pages only, so its PTE tables
 * and the leaves of the list cover the same pfns.
 *
 * Context: any.
 * Return: the entry, or NULL if there is no table for it.
 */
pte_t *xen_p2m_direct_entry(unsigned long pfn)
{
	unsigned int level;
	pte_t *pte = lookup_address((unsigned long)__va(PFN_PHYS(pfn)), &level);

	return pte && level == PG_LEVEL_4K ? pte : NULL;
}
