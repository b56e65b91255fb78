// SPDX-License-Identifier: GPL-2.0-only
/*
 * The list of this domain: the one instance that the kernel lives by, its
 * operations, which are hypercalls, and the functions of <asm/xen/page.h>.
 */
#include <linux/align.h>
#include <linux/export.h>
#include <linux/gfp.h>
#include <linux/interrupt.h>
#include <linux/kmemleak.h>
#include <linux/memblock.h>
#include <linux/mm.h>
#include <linux/preempt.h>
#include <linux/slab.h>

#include <asm/xen/hypercall.h>
#include <asm/xen/hypervisor.h>

#include "xen-ops.h"
#include "p2m.h"

unsigned long *xen_p2m_addr __read_mostly;
EXPORT_SYMBOL_GPL(xen_p2m_addr);
unsigned long xen_p2m_size __read_mostly;
EXPORT_SYMBOL_GPL(xen_p2m_size);
unsigned long xen_max_p2m_pfn __read_mostly;
EXPORT_SYMBOL_GPL(xen_max_p2m_pfn);

/* Empty, with a reach of 0, until the boot has adopted the builder's list. */
struct p2m_list xen_p2m __read_mostly;

/* Operations */

/*
 * The lock is held, and a backend that serves our own writeback may wait for
 * it: no I/O.
 */
static void *xen_p2m_alloc_pages(unsigned int order)
{
	/* A block is nice to have, but nothing is reclaimed for it. */
	struct page *page = alloc_pages(order ? __GFP_NOWARN : GFP_NOIO, order);

	if (!page)
		return NULL;
	/* Each page can be given back on its own. */
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

	object = kmalloc(size, GFP_NOIO);
	/* The index names it, in pages that kmemleak does not look at. */
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
	struct mmu_update req[P2M_BATCH];
	unsigned int i, done = 0;
	phys_addr_t maddr = 0;
	void *table = NULL;

	for (i = 0; i < nr; i++) {
		u64 *entry = updates[i].entry;

		/* Neighbours mostly share a table. */
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
	.protect = xen_p2m_protect,
	.unprotect = xen_p2m_unprotect,
	.apply = xen_p2m_apply,
	.flush = xen_p2m_flush,
	.shared = xen_p2m_shared,
};

/**
 * xen_p2m_direct_entry - the entry by which the direct map has a page
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

/* Lookup */

/**
 * get_phys_to_machine - __pfn_to_mfn() where the list itself has no answer
 * @pfn: any number
 *
 * Context: any, NMI included; takes no lock.
 * Return: as __pfn_to_mfn().
 */
unsigned long get_phys_to_machine(unsigned long pfn)
{
	if (likely(pfn < xen_p2m.reach))
		return p2m_lookup_slow(&xen_p2m, pfn);

	return xen_p2m_early_lookup(pfn);
}
EXPORT_SYMBOL_GPL(get_phys_to_machine);

/* Setting entries */

/**
 * __set_phys_to_machine - change an entry if that needs no growth
 * @pfn: any number
 * @mfn: an mfn, FOREIGN_FRAME(mfn), IDENTITY_FRAME(pfn) or INVALID_P2M_ENTRY
 *
 * Context: any.  The caller owns @pfn.
 * Return: true if the next lookup gives @mfn; else nothing has changed.
 */
bool __set_phys_to_machine(unsigned long pfn, unsigned long mfn)
{
	if (likely(xen_p2m.reach))
		return p2m_set(&xen_p2m, pfn, mfn);

	return xen_p2m_early_set(pfn, mfn);
}

/*
 * Growth sleeps.  Early boot runs with interrupts off, but on one cpu and
 * with allocators that do not sleep.
 */
static bool xen_p2m_may_grow(void)
{
	if (system_state == SYSTEM_BOOTING)
		return true;

	return !WARN_ON_ONCE(irqs_disabled() || in_interrupt() ||
			     (IS_ENABLED(CONFIG_PREEMPT_COUNT) &&
			      preempt_count()));
}

/**
 * set_phys_to_machine - change an entry, growing the list if need be
 * @pfn: any number
 * @mfn: as for __set_phys_to_machine()
 *
 * Where sleeping is not allowed this works for what xen_p2m_reserve() or
 * xen_alloc_p2m_entry() has seen to, and warns and fails for anything else.
 *
 * Context: any.  The caller owns @pfn.
 * Return: true if the next lookup gives @mfn.  False, with nothing changed,
 * for a pfn beyond the reach, a value that no entry may have, or for want of
 * memory.
 */
bool set_phys_to_machine(unsigned long pfn, unsigned long mfn)
{
	if (likely(__set_phys_to_machine(pfn, mfn)))
		return true;
	if (pfn >= xen_p2m.reach || !xen_p2m_may_grow())
		return false;

	return !p2m_set_growing(&xen_p2m, pfn, mfn);
}

/**
 * xen_p2m_reserve - see to it that entries of a range can be set anywhere
 * @pfn: the first
 * @nr: pfns
 *
 * Context: process.
 * Return: 0, -ERANGE beyond the reach, -ENOMEM, or -EIO if Xen refused.
 */
int xen_p2m_reserve(unsigned long pfn, unsigned long nr)
{
	return p2m_grow(&xen_p2m, pfn, nr);
}
EXPORT_SYMBOL_GPL(xen_p2m_reserve);

/**
 * xen_alloc_p2m_entry - see to it that an entry can be set anywhere
 * @pfn: any number
 *
 * Context: process; any if the entry has been seen to before.
 * Return: as xen_p2m_reserve().
 */
int xen_alloc_p2m_entry(unsigned long pfn)
{
	unsigned int shift;

	if (likely(pfn < xen_p2m.reach) &&
	    p2m_leaf_is_owned(&xen_p2m, p2m_slot(&xen_p2m, pfn, &shift)))
		return 0;

	return p2m_grow(&xen_p2m, pfn, 1);
}
EXPORT_SYMBOL(xen_alloc_p2m_entry);

/**
 * xen_p2m_make_missing - make room for memory that is to be added later
 * @pfn: the first
 * @nr: pfns, none of which may hold a frame
 * @undo: for xen_p2m_undo_missing(), should the rest of the work fail
 *
 * Identity entries become missing, so that page tables made for the range do
 * not map whatever lies there in machine memory.  Takes no memory per pfn.
 *
 * Context: process.
 * Return: 0; -ERANGE beyond the reach; -EEXIST if an entry holds a frame;
 * -E2BIG if @undo is too small; -ENOMEM.  Unless 0, nothing has changed.
 */
int xen_p2m_make_missing(unsigned long pfn, unsigned long nr,
			 struct xen_p2m_undo *undo)
{
	return p2m_make_missing(&xen_p2m, pfn, nr, undo);
}
EXPORT_SYMBOL_GPL(xen_p2m_make_missing);

/**
 * xen_p2m_undo_missing - make identity again what was identity
 * @undo: from xen_p2m_make_missing()
 *
 * Context: process.
 */
void xen_p2m_undo_missing(const struct xen_p2m_undo *undo)
{
	p2m_undo_missing(&xen_p2m, undo);
}
EXPORT_SYMBOL_GPL(xen_p2m_undo_missing);

/* Publication */

/**
 * xen_p2m_publish - tell programs outside the guest where the list is
 *
 * Context: early boot, once the shared info page is mapped.
 */
void __init xen_p2m_publish(void)
{
	WARN_ON(HYPERVISOR_shared_info == &xen_dummy_shared_info);
	p2m_publish(&xen_p2m);
}

/**
 * xen_p2m_resume - see p2m_republish()
 *
 * Context: in stop_machine() with interrupts off, once the shared info page
 * is mapped again.  Neither sleeps nor allocates.
 */
void xen_p2m_resume(void)
{
	WARN_ON(HYPERVISOR_shared_info == &xen_dummy_shared_info);
	p2m_republish(&xen_p2m);
}

/**
 * xen_p2m_shared_pte - the one entry that a shared table comes down to
 * @table: kernel address of a PMD or PTE table
 *
 * For walks of the kernel's page tables: the sentinels map 64 TiB of pfns,
 * and a walk that looks at each of their entries takes 33 million steps.
 *
 * Context: any.
 * Return: the page-table entry that every path through @table ends in, or
 * NULL if @table is not one of the sentinels.
 */
const pte_t *xen_p2m_shared_pte(const void *table)
{
	if (!xen_p2m.reach || (table != xen_p2m.pmd && table != xen_p2m.pte))
		return NULL;

	return (const pte_t *)xen_p2m.pte;
}
