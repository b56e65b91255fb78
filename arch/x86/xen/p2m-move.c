// SPDX-License-Identifier: GPL-2.0-only
/*
 * RAM that moves in pfn space in early boot: the builder has put it where
 * dom0's memory map has a hole, and its frames get pfns elsewhere.
 */
#include <linux/init.h>
#include <linux/memblock.h>
#include <linux/minmax.h>
#include <linux/pgtable.h>
#include <linux/printk.h>

#include <asm/xen/hypercall.h>
#include <xen/p2m.h>
#include <xen/page.h>

#include "xen-ops.h"
#include "p2m.h"

#define XEN_P2M_MOVE_MAX	128	/* frames of one hypercall */

static struct mmu_update xen_p2m_updates[2 * XEN_P2M_MOVE_MAX] __initdata;

/*
 * Tell Xen of a few frames: their m2p entries, and those of the direct map,
 * which lie in one table.
 */
static int __init xen_p2m_move_some(unsigned long pfn,
				    const unsigned long *mfns, unsigned int nr)
{
	struct mmu_update *update = xen_p2m_updates;
	pte_t *pte = xen_p2m_direct_entry(pfn);
	phys_addr_t entry;
	unsigned int i;

	if (!pte)
		return -EFAULT;

	entry = virt_to_machine(pte).maddr;
	for (i = 0; i < nr; i++, entry += sizeof(pte_t)) {
		*update++ = (struct mmu_update) {
			.ptr = PFN_PHYS(mfns[i]) | MMU_MACHPHYS_UPDATE,
			.val = pfn + i,
		};
		*update++ = (struct mmu_update) {
			.ptr = entry | MMU_NORMAL_PT_UPDATE,
			.val = pte_val_ma(mfn_pte(mfns[i], PAGE_KERNEL)),
		};
	}

	return HYPERVISOR_mmu_update(xen_p2m_updates, 2 * nr, NULL, DOMID_SELF);
}

/* How many of @nr frames from @pfn on go into one hypercall. */
static unsigned int __init xen_p2m_move_nr(unsigned long pfn, unsigned int nr)
{
	return min3(nr, (unsigned int)XEN_P2M_MOVE_MAX,
		    (unsigned int)(PTRS_PER_PTE - pfn % PTRS_PER_PTE));
}

static int __init xen_p2m_try_move(unsigned long pfn, const unsigned long *mfns,
				   unsigned int nr)
{
	unsigned int i, some;
	int err;

	err = xen_p2m_reserve(pfn, nr);
	for (i = 0; i < nr && !err; i++)
		if (!__set_phys_to_machine(pfn + i, mfns[i]))
			err = -EIO;
	for (i = 0; i < nr && !err; i += some) {
		some = xen_p2m_move_nr(pfn + i, nr - i);
		err = xen_p2m_move_some(pfn + i, mfns + i, some);
	}

	return err;
}

/* The new pfns were chosen before mem= and memmap= were known. */
static unsigned int __init xen_p2m_count_memory(unsigned long pfn,
						unsigned int nr)
{
	unsigned int i;

	for (i = 0; i < nr; i++)
		if (!memblock_is_memory(PFN_PHYS(pfn + i)))
			break;

	return i;
}

/**
 * xen_p2m_move_frames - give frames of this domain other pfns
 * @pfn: the first of the new pfns; none holds a frame
 * @mfns: the frames
 * @nr: frames
 *
 * One hypercall for up to 128 frames.  From the first pfn on that is not in
 * Linux's memory map any more, the frames go back to Xen.
 *
 * Context: early boot, after adoption.
 * Return: how many have moved.
 */
unsigned int __init xen_p2m_move_frames(unsigned long pfn,
					unsigned long *mfns, unsigned int nr)
{
	unsigned int moved = xen_p2m_count_memory(pfn, nr);
	int err = xen_p2m_try_move(pfn, mfns, moved);

	if (err)
		xen_p2m_panic("cannot move memory out of a hole to pfn %#lx (%d)%s\n",
			      pfn, err, err == -ENOMEM ?
			      "; give the domain more memory" : "");
	xen_p2m_return_frames(mfns + moved, nr - moved);

	return moved;
}
