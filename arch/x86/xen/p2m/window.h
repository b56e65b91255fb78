/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The window: leaves of one GiB on their way into a list.
 *
 * Growth (grow.c) and adoption (adopt.c) open a window, put leaves into it and
 * commit it; commit.c takes it from there.  A GiB is what one bottom node, one
 * PTE table and one mid page of the frame tree cover, so a window adds at most
 * one of each.  Within it leaves are numbered from 0 to 511.
 */
#ifndef _XEN_P2M_WINDOW_H
#define _XEN_P2M_WINDOW_H

#include <linux/lockdep.h>

#include "lookup.h"
#include "prealloc.h"

/**
 * struct p2m_window - leaves that are to be installed together
 * @list: the list.  Its lock is held from p2m_window_open() until the window
 *	is out of use.
 * @gib: first pfn of the GiB
 * @first: number of the first leaf
 * @end: one past the number of the last
 * @slot: for each number from @first on, below @end, the slot that the index
 *	gets: a leaf or a p2m_mixed with a leaf; 0 where nothing changes
 * @pages: pages for the five new ones below, each of which is NULL if the one
 *	in place will do.  They and what follows are set by the commit.
 * @pmd: new PMD table
 * @pte: new PTE table
 * @mid: new mid node of the index
 * @bottom: new bottom node of the index
 * @tree_mid: new mid page of the frame tree
 * @link: the entry that will lead to the topmost new table; NULL without one
 * @table: the PTE table of the GiB, in place or new
 */
struct p2m_window {
	struct p2m_list *list;
	unsigned long gib;
	unsigned int first;
	unsigned int end;
	unsigned long *slot;

	struct p2m_prealloc pages;
	u64 *pmd;
	u64 *pte;
	unsigned long *mid;
	unsigned long *bottom;
	unsigned long *tree_mid;
	u64 *link;
	u64 *table;
};

/**
 * p2m_window_open - begin a window, the only one of its list
 * @w: the window
 * @list: the list
 * @pfn: first pfn of the first leaf
 * @end: one past the last pfn of the last leaf, in the same GiB
 *
 * Context: @list->lock is held.
 */
static inline void p2m_window_open(struct p2m_window *w, struct p2m_list *list,
				   unsigned long pfn, unsigned long end)
{
	lockdep_assert_held(&list->lock);

	*w = (struct p2m_window) {
		.list = list,
		.gib = round_down(pfn, 1UL << P2M_BOTTOM_SHIFT),
		.slot = list->scratch,
	};
	w->first = (pfn - w->gib) >> P2M_LEAF_SHIFT;
	w->end = (end - w->gib) >> P2M_LEAF_SHIFT;
}

/* First pfn of a leaf of the window. */
static inline unsigned long p2m_window_pfn(const struct p2m_window *w,
					   unsigned int n)
{
	return w->gib + ((unsigned long)n << P2M_LEAF_SHIFT);
}

/* Number of the first leaf from @n on that is to be installed. */
static inline unsigned int p2m_window_from(const struct p2m_window *w,
					   unsigned int n)
{
	while (n < w->end && !w->slot[n])
		n++;

	return n;
}

/* The leaves that are to be installed: first, next, until w->end. */
static inline unsigned int p2m_window_first(const struct p2m_window *w)
{
	return p2m_window_from(w, w->first);
}

static inline unsigned int p2m_window_next(const struct p2m_window *w,
					   unsigned int n)
{
	return p2m_window_from(w, n + 1);
}

/*
 * Forget all leaves and new tables: what is left of a commit that could not be
 * undone still refers to them, so nobody may free them.
 */
static inline void p2m_window_abandon(struct p2m_window *w)
{
	w->end = w->first;
	w->pmd = NULL;
	w->pte = NULL;
}

int p2m_window_commit(struct p2m_window *w);

#endif /* _XEN_P2M_WINDOW_H */
