// SPDX-License-Identifier: GPL-2.0-only
/*
 * The self-check: a look at every entry of a list by every way there is to it,
 * which are the linear address, the frame tree, the index, and the machine's
 * own table.
 */
#include <linux/bits.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/preempt.h>
#include <linux/sched.h>

#include "check.h"
#include "lookup.h"

/* The frame that is mapped at a linear address of the list. */
static unsigned long p2m_mapped_mfn(const struct p2m_list *list,
				    unsigned long pfn)
{
	unsigned int level;
	pte_t *pte = lookup_address((unsigned long)(list->base + pfn), &level);

	return pte && level == PG_LEVEL_4K ? pte_mfn(*pte) : INVALID_P2M_ENTRY;
}

/* The frame that the tree names for a pfn.  No frame in it is followed. */
static unsigned long p2m_tree_mfn(const struct p2m_list *list,
				  unsigned long pfn)
{
	unsigned long top = pfn >> P2M_BOTTOM_SHIFT;
	unsigned long *mid = list->tree.mid[top] ?: list->tree.mid_missing;

	if (list->tree.top[top] != list->ops->mfn(mid))
		return INVALID_P2M_ENTRY;

	return mid[p2m_slot_index(pfn, P2M_LEAF_SHIFT)];
}

/* Do list, leaf and lookup agree on a pfn? */
static bool p2m_entry_agrees(const struct p2m_list *list, unsigned long pfn,
			     const unsigned long *entry)
{
	unsigned long mfn = p2m_lookup(list, pfn);

	if (p2m_kind(mfn) == P2M_IDENTITY)
		mfn = INVALID_P2M_ENTRY;

	return READ_ONCE(*entry) == mfn && READ_ONCE(list->base[pfn]) == mfn;
}

static void p2m_check_entry(struct p2m_list *list, struct p2m_check *check,
			    unsigned long pfn, const unsigned long *entry)
{
	unsigned long mfn = p2m_lookup(list, pfn);
	enum p2m_kind kind = p2m_kind(mfn);

	check->kind[kind]++;
	/* Entries change while we look; one that does gets a second look. */
	check->bad_entry += !p2m_entry_agrees(list, pfn, entry) &&
			    !p2m_entry_agrees(list, pfn, entry);
	if (kind == P2M_POPULATED)
		check->bad_m2p += list->ops->m2p(mfn) != pfn &&
				  p2m_lookup(list, pfn) == mfn;
	if (kind == P2M_POPULATED || kind == P2M_FOREIGN)
		check->bad_tail += pfn >= list->max_pfn;
}

/* Preemption is off, so that no suspend changes frames half way. */
static void p2m_check_leaf(struct p2m_list *list, struct p2m_check *check,
			   unsigned long pfn, unsigned long slot)
{
	const unsigned long *leaf = p2m_slot_leaf(list, slot);
	unsigned long mfn;
	unsigned int i;

	preempt_disable();
	mfn = list->ops->mfn(leaf);
	check->bad_leaf += p2m_mapped_mfn(list, pfn) != mfn;
	/* The same leaf, so the same entries. */
	if (pfn < P2M_TREE_REACH)
		check->bad_tree += p2m_tree_mfn(list, pfn) != mfn;
	for (i = 0; i < P2M_PER_PAGE; i++)
		p2m_check_entry(list, check, pfn + i, &leaf[i]);
	preempt_enable();
}

/* A stretch that is one slot: 512 samples of it. */
static void p2m_check_stretch(struct p2m_list *list, struct p2m_check *check,
			      unsigned long pfn, unsigned long end,
			      unsigned long slot)
{
	unsigned long mfn, step = max(1UL, (end - pfn) / P2M_PER_PAGE);

	check->kind[p2m_constant_kind(slot)] += end - pfn;
	preempt_disable();
	mfn = list->ops->mfn(list->sentinel.leaf);
	for (; pfn < end; pfn += step) {
		check->bad_leaf += p2m_mapped_mfn(list, pfn) != mfn;
		if (pfn < P2M_TREE_REACH)
			check->bad_tree += p2m_tree_mfn(list, pfn) != mfn;
	}
	preempt_enable();
}

/* A GiB with leaves, or split ones, of its own. */
static void p2m_check_gib(struct p2m_list *list, struct p2m_check *check,
			  unsigned long pfn, unsigned long end)
{
	unsigned int shift;

	/* Growth does not flush, and the linear address is used as well. */
	list->ops->flush(list);
	for (; pfn < end; pfn += P2M_PER_PAGE) {
		unsigned long slot = p2m_slot(list, pfn, &shift);

		if (p2m_slot_is_constant(slot))
			p2m_check_stretch(list, check, pfn, pfn + P2M_PER_PAGE,
					  slot);
		else
			p2m_check_leaf(list, check, pfn, slot);
		cond_resched();
	}
}

/* From @pfn on what one lock may cover; returns where that ends. */
static unsigned long p2m_check_part(struct p2m_list *list,
				    struct p2m_check *check, unsigned long pfn)
{
	unsigned long slot, end;
	unsigned int shift;

	mutex_lock(&list->lock);
	slot = p2m_slot(list, pfn, &shift);
	if (shift == P2M_LEAF_SHIFT) {
		end = pfn + BIT(P2M_BOTTOM_SHIFT);
		p2m_check_gib(list, check, pfn, end);
	} else {
		end = pfn + BIT(shift);
		p2m_check_stretch(list, check, pfn, end, slot);
	}
	mutex_unlock(&list->lock);

	return end;
}

/**
 * p2m_check - look at every entry of a list
 * @list: the list
 * @check: what was found
 *
 * Each pfn counts once, as what it was when its GiB was looked at.  Within a
 * GiB no mapping changes.  The list may grow, or be marked, between two: then
 * the counts are of no single moment, but nothing counts as bad that is not,
 * because no GiB is compared with another.
 *
 * Context: process.  Takes @list->lock for a GiB at a time, so that growers
 * wait for no longer than that.  Entries may change, and are looked at twice
 * before they count as bad.
 */
void p2m_check(struct p2m_list *list, struct p2m_check *check)
{
	unsigned long pfn = 0;

	*check = (struct p2m_check) { };
	/* Slots only ever become finer, so a part never begins within one. */
	while (pfn < list->reach)
		pfn = p2m_check_part(list, check, pfn);
}
