// SPDX-License-Identifier: GPL-2.0-only
/*
 * Growth: leaves for a range that lacks them.  They are allocated and filled
 * here, a GiB at a time, and committed as a window (window.h).
 */
#include <linux/align.h>
#include <linux/minmax.h>
#include <linux/sched.h>
#include <linux/string.h>

#include "grow.h"
#include "window.h"

/**
 * struct p2m_supply - memory for the leaves of a window
 * @leaves: pages for leaves
 * @mixed: objects for those whose entries are identity
 */
struct p2m_supply {
	struct p2m_prealloc leaves;
	struct p2m_prealloc mixed;
};

/*
 * The slot of the index for leaf @n, and how many leaves of the window, from
 * that one on, it stands for: a slot above the bottom stands for the GiB.
 */
static unsigned int p2m_grow_span(const struct p2m_window *w, unsigned int n,
				  unsigned long *slot)
{
	unsigned int shift;

	*slot = p2m_slot(w->list, p2m_window_pfn(w, n), &shift);

	return shift == P2M_LEAF_SHIFT ? 1 : w->end - n;
}

/* Allocate for the leaves that are lacking; returns how many those are. */
static int p2m_grow_alloc(const struct p2m_window *w, struct p2m_supply *supply)
{
	unsigned int n, span, nr_leaves = 0, nr_mixed = 0;
	struct p2m_list *list = w->list;
	unsigned long slot;

	for (n = w->first; n < w->end; n += span) {
		span = p2m_grow_span(w, n, &slot);
		if (!p2m_slot_has_leaf(list, slot))
			nr_leaves += span;
		if (slot == P2M_SLOT_IDENTITY)
			nr_mixed += span;
	}
	if (p2m_prealloc_fill(list, &supply->leaves, PAGE_SIZE, nr_leaves))
		return -ENOMEM;
	if (p2m_prealloc_fill(list, &supply->mixed, sizeof(struct p2m_mixed),
			      nr_mixed)) {
		p2m_prealloc_drain(list, &supply->leaves);
		return -ENOMEM;
	}

	return nr_leaves;
}

/* A slot for a new leaf whose entries mean what those of the old slot meant. */
static unsigned long p2m_grown_slot(struct p2m_supply *supply,
				    unsigned long old)
{
	unsigned long *leaf = p2m_prealloc_take(&supply->leaves);

	memset64((u64 *)leaf, INVALID_P2M_ENTRY, P2M_PER_PAGE);
	if (old != P2M_SLOT_IDENTITY)
		return (unsigned long)leaf;

	return p2m_mixed_slot(p2m_mixed_take(&supply->mixed, leaf,
					     P2M_SLOT_IDENTITY));
}

/* Put the leaves that are lacking into the window. */
static void p2m_grow_fill(struct p2m_window *w, struct p2m_supply *supply)
{
	unsigned long slot;
	unsigned int n, end;

	for (n = w->first; n < w->end; ) {
		end = n + p2m_grow_span(w, n, &slot);
		if (p2m_slot_has_leaf(w->list, slot)) {
			w->slot[n++] = 0;
			continue;
		}
		while (n < end)
			w->slot[n++] = p2m_grown_slot(supply, slot);
	}
}

/* Free what has not been installed. */
static void p2m_grow_discard(const struct p2m_window *w)
{
	struct p2m_list *list = w->list;
	unsigned int n;

	for (n = p2m_window_first(w); n < w->end; n = p2m_window_next(w, n)) {
		unsigned long slot = w->slot[n];

		list->ops->free(list, p2m_slot_leaf(list, slot), PAGE_SIZE);
		if (p2m_slot_is_mixed(slot))
			list->ops->free(list, p2m_slot_mixed(slot),
					sizeof(struct p2m_mixed));
	}
}

static int p2m_grow_window(struct p2m_list *list, unsigned long pfn,
			   unsigned long end)
{
	struct p2m_supply supply = { };
	struct p2m_window w;
	int ret;

	p2m_window_open(&w, list, pfn, end);
	ret = p2m_grow_alloc(&w, &supply);
	if (ret <= 0)
		return ret;

	p2m_grow_fill(&w, &supply);
	ret = p2m_window_commit(&w);
	if (ret)
		p2m_grow_discard(&w);

	return ret;
}

/**
 * p2m_grow - ensure that a range has leaves
 * @list: the list
 * @pfn: the first
 * @nr: pfns
 *
 * No lookup changes; from here on setting an entry of the range cannot fail.
 * One commit for each GiB of pfns, none where nothing is lacking.  If a range
 * fails half way, the GiBs before keep their leaves: these mean what they
 * meant, and the next attempt finds them.
 *
 * Context: process, or early boot.  Takes @list->lock for a GiB at a time, so
 * that who needs one leaf does not wait for thousands.
 * Return: 0, -ERANGE beyond the reach, -ENOMEM, -EIO, or the error of
 * ops->protect().
 */
int p2m_grow(struct p2m_list *list, unsigned long pfn, unsigned long nr)
{
	unsigned long next, end;
	int err = 0;

	if (pfn >= list->reach || nr > list->reach - pfn)
		return -ERANGE;
	if (!nr)
		return 0;

	end = ALIGN(pfn + nr, P2M_PER_PAGE);
	pfn = ALIGN_DOWN(pfn, P2M_PER_PAGE);
	for (; pfn < end && !err; pfn = next) {
		next = min(end, ALIGN(pfn + 1, 1UL << P2M_BOTTOM_SHIFT));
		mutex_lock(&list->lock);
		err = p2m_grow_window(list, pfn, next);
		mutex_unlock(&list->lock);
		cond_resched();
	}

	return err;
}
