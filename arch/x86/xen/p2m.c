// SPDX-License-Identifier: GPL-2.0-only
/*
 * The list of this domain, the one instance that the kernel lives by, and the
 * functions of <asm/xen/page.h>, <asm/xen/p2m.h> and <xen/p2m.h> that go to it.
 */
#include <linux/build_bug.h>
#include <linux/export.h>
#include <linux/kernel.h>

#include <asm/xen/hypervisor.h>
#include <xen/p2m.h>
#include <xen/page.h>
#include <xen/xen.h>

#include "xen-ops.h"
#include "p2m.h"
#include "p2m/grow.h"
#include "p2m/mark.h"
#include "p2m/publish.h"
#include "p2m/set.h"

unsigned long *xen_p2m_addr __read_mostly;
EXPORT_SYMBOL_GPL(xen_p2m_addr);
unsigned long xen_p2m_size __read_mostly;
EXPORT_SYMBOL_GPL(xen_p2m_size);
unsigned long xen_max_p2m_pfn __read_mostly;

/* An entry stands for a page of the kernel, and for a frame of Xen. */
static_assert(PAGE_SIZE == XEN_PAGE_SIZE);

/* Empty, with a reach of 0, until the boot has adopted the builder's list. */
struct p2m_list xen_p2m __read_mostly;

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
 * Return: true if the next lookup gives @mfn; otherwise nothing has changed.
 */
bool __set_phys_to_machine(unsigned long pfn, unsigned long mfn)
{
	if (likely(xen_p2m.reach))
		return p2m_set(&xen_p2m, pfn, mfn);

	return xen_p2m_early_set(pfn, mfn);
}

/**
 * set_phys_to_machine - change an entry, growing the list if necessary
 * @pfn: any number
 * @mfn: as for __set_phys_to_machine()
 *
 * Context: process, or early boot; may sleep.  The caller owns @pfn.
 * Return: true if the next lookup gives @mfn.  False, with nothing changed,
 * for a pfn beyond the reach, a value that no entry may have, or if there is no
 * memory.
 */
bool set_phys_to_machine(unsigned long pfn, unsigned long mfn)
{
	might_sleep();

	if (likely(__set_phys_to_machine(pfn, mfn)))
		return true;

	return !p2m_set_growing(&xen_p2m, pfn, mfn);
}

/**
 * xen_p2m_reserve - ensure that entries of a range can be set anywhere
 * @pfn: the first
 * @nr: pfns
 *
 * Context: process.
 * Return: 0, -ERANGE beyond the reach, -ENOMEM, or -EIO if Xen refused.  Always
 * 0 in guests without a list.
 */
int xen_p2m_reserve(unsigned long pfn, unsigned long nr)
{
	if (!xen_pv_domain())
		return 0;

	return p2m_grow(&xen_p2m, pfn, nr);
}

/**
 * xen_p2m_make_missing - make room for memory that is added later
 * @pfn: the first
 * @nr: pfns, none of which may hold a frame
 * @undo: set to the ranges that were identity, for xen_p2m_undo_missing() if
 *	the rest of the caller's work fails
 *
 * Identity entries become missing, so that page tables made for the range do
 * not map whatever lies there in machine memory.  Takes no memory per pfn.
 *
 * Context: process.
 * Return: 0; -ERANGE beyond the reach; -EEXIST if an entry holds a frame;
 * -E2BIG if @undo cannot hold all identity ranges; -ENOMEM.  Unless 0, nothing
 * has changed.  Always 0, with nothing to undo, in guests without a list.
 */
int xen_p2m_make_missing(unsigned long pfn, unsigned long nr,
			 struct p2m_ranges *undo)
{
	if (!xen_pv_domain()) {
		undo->nr = 0;
		return 0;
	}

	return p2m_make_missing(&xen_p2m, pfn, nr, undo);
}

/**
 * xen_p2m_undo_missing - make identity again what was identity
 * @undo: from xen_p2m_make_missing()
 *
 * Context: process.
 */
void xen_p2m_undo_missing(const struct p2m_ranges *undo)
{
	p2m_undo_missing(&xen_p2m, undo);
}

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
 * xen_p2m_resume - publish the list again after a suspend; see p2m_republish()
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
 * xen_p2m_is_shared - is a table one of the sentinels, whose entries are alike?
 * @table: kernel address of a PMD or PTE table
 *
 * For walks of the kernel's page tables: the sentinels map 64 TiB of pfns,
 * and a walk that looks at each of their entries takes 33 million steps.
 *
 * Context: any.
 * Return: true if every path through @table ends in the same entry.
 */
bool xen_p2m_is_shared(const void *table)
{
	const struct p2m_sentinels *sentinel = &xen_p2m.sentinel;

	return xen_p2m.reach &&
	       (table == sentinel->pmd || table == sentinel->pte);
}
