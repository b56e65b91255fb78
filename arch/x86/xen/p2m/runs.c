// SPDX-License-Identifier: GPL-2.0-only
/*
 * Runs: neighbouring pfns of one kind, found by slots where that is enough.
 */
#include <linux/align.h>
#include <linux/bits.h>
#include <linux/sched.h>

#include "runs.h"

/* Entries that are looked at together. */
#define P2M_STRIDE	16

/* Are the P2M_STRIDE entries from @pfn on all of @kind? */
static bool p2m_stride_is(const struct p2m_list *list, unsigned long slot,
			  unsigned long pfn, enum p2m_kind kind)
{
	unsigned long any = 0, all = INVALID_P2M_ENTRY, identity = 0;
	unsigned int i, n = pfn % P2M_PER_PAGE;
	const unsigned long *entry;

	/* Before the entries, because a bit is cleared after its entry. */
	if (p2m_slot_is_mixed(slot))
		identity = READ_ONCE(p2m_slot_mixed(slot)->identity[BIT_WORD(n)]) >>
			   (n % BITS_PER_LONG) & (BIT(P2M_STRIDE) - 1);
	entry = p2m_slot_leaf(list, slot) + n;
	for (i = 0; i < P2M_STRIDE; i++) {
		unsigned long mfn = READ_ONCE(entry[i]);

		any |= mfn;
		all &= mfn;
	}
	if (kind == P2M_POPULATED)
		return !(any & (FOREIGN_FRAME_BIT | IDENTITY_FRAME_BIT));
	if (kind == P2M_FOREIGN || all != INVALID_P2M_ENTRY)
		return false;

	return kind == P2M_MISSING ? !identity :
				     identity == BIT(P2M_STRIDE) - 1;
}

/* The first pfn from @pfn on that is not of @kind; @next ends the leaf. */
static unsigned long p2m_leaf_run_end(const struct p2m_list *list,
				      unsigned long slot, unsigned long pfn,
				      unsigned long next, enum p2m_kind kind)
{
	while (pfn < next) {
		if (IS_ALIGNED(pfn, P2M_STRIDE) &&
		    p2m_stride_is(list, slot, pfn, kind))
			pfn += P2M_STRIDE;
		else if (p2m_kind(p2m_slot_lookup(slot, pfn)) == kind)
			pfn++;
		else
			break;
	}

	return pfn;
}

/* The same, in the whole list. */
static unsigned long p2m_run_end(const struct p2m_list *list, unsigned long pfn,
				 enum p2m_kind kind)
{
	unsigned int shift;

	while (pfn < list->reach) {
		unsigned long slot = p2m_slot(list, pfn, &shift);
		unsigned long next = round_down(pfn, BIT(shift)) + BIT(shift);

		cond_resched();
		if (p2m_slot_is_constant(slot)) {
			if (p2m_constant_kind(slot) != kind)
				break;
			pfn = next;
			continue;
		}
		pfn = p2m_leaf_run_end(list, slot, pfn, next, kind);
		if (pfn < next)
			break;
	}

	return pfn;
}

/**
 * p2m_next_run - the run that follows another
 * @list: the list
 * @run: the run before (only @run->end counts; 0 to begin with); becomes the
 *	next one
 *
 * Goes by slots, and by entries only where there is a leaf.
 *
 * Context: process, or early boot.  May miss what changes meanwhile.
 * Return: false at the end of the reach.
 */
bool p2m_next_run(const struct p2m_list *list, struct p2m_run *run)
{
	unsigned long pfn = run->end;

	if (pfn >= list->reach)
		return false;

	run->pfn = pfn;
	run->kind = p2m_kind(p2m_lookup_slow(list, pfn));
	/* At least one pfn, even if it has just become another kind. */
	run->end = p2m_run_end(list, pfn + 1, run->kind);

	return true;
}
