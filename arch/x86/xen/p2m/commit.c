// SPDX-License-Identifier: GPL-2.0-only
/*
 * The commit: the one path by which leaves, page tables and nodes become part
 * of a list, while the kernel and programs outside go on reading it.
 *
 * A reader outside sees the list as it was, or an odd generation, or the list
 * as it is from now on:
 *
 *  1. Build.  New tables are filled and made read-only.  Nothing leads to them
 *     yet.
 *  2. Odd.  Readers trust nothing from here on.  No suspend can happen before
 *     the generation is even again, because preemption is off.
 *  3. Link.  One entry brings all new tables at once; without new tables the
 *     entry of each leaf is written.  If Xen refuses one, those already
 *     written are taken back before anybody may trust what is there.
 *  4. Frame tree and max_pfn.  The leaves are mapped by now, so that both ways
 *     lead to them, and max_pfn covers what can be read.
 *  5. Even.  Readers see the leaves, which hold what was seen there before.
 *  6. Index.  Only now can lookups find the leaves, and entries be set: what
 *     the index names is mapped (invariant 1).
 *
 * Everything is allocated before, so only protecting a table (1) and writing
 * an entry (3) can fail, and then nothing has changed: unless undoing fails as
 * well, which warns, and loses the pages concerned.
 */
#include <linux/bug.h>
#include <linux/pgtable.h>
#include <linux/preempt.h>
#include <linux/string.h>

#include "publish.h"
#include "table.h"
#include "tree.h"
#include "window.h"

/* New pages */

/*
 * Find the tables of the GiB, by the kernel's own way to decode entries.  They
 * are in place for good, so their addresses can be kept.
 */
static void p2m_window_find(struct p2m_window *w, bool *pmd, bool *pte)
{
	const struct p2m_sentinels *sentinel = &w->list->sentinel;
	unsigned long addr = (unsigned long)(w->list->base + w->gib);
	u64 *pud_entry, *pmd_table, *pmd_entry;

	preempt_disable();
	pud_entry = p2m_pud_entry(w->list, w->gib);
	pmd_table = (u64 *)pud_pgtable(*(pud_t *)pud_entry);
	pmd_entry = pmd_table + pmd_index(addr);
	w->table = (u64 *)pmd_page_vaddr(*(pmd_t *)pmd_entry);
	preempt_enable();

	*pmd = pmd_table == sentinel->pmd;
	*pte = w->table == sentinel->pte;
	w->link = *pmd ? pud_entry : *pte ? pmd_entry : NULL;
}

/* Allocate whatever the GiB lacks. */
static int p2m_window_alloc(struct p2m_window *w)
{
	bool pmd, pte, mid, bottom, tree_mid;
	struct p2m_list *list = w->list;
	unsigned int shift;
	unsigned long slot;
	int err;

	slot = p2m_slot(list, w->gib, &shift);
	mid = shift == P2M_MID_SHIFT;
	bottom = shift >= P2M_BOTTOM_SHIFT;
	tree_mid = p2m_tree_lacks_mid(list, w->gib);
	p2m_window_find(w, &pmd, &pte);

	err = p2m_prealloc_fill(list, &w->pages, PAGE_SIZE,
				pmd + pte + mid + bottom + tree_mid);
	if (err)
		return err;

	w->pmd = pmd ? p2m_prealloc_take(&w->pages) : NULL;
	w->pte = pte ? p2m_prealloc_take(&w->pages) : NULL;
	w->mid = mid ? p2m_node_take(&w->pages, slot) : NULL;
	w->bottom = bottom ? p2m_node_take(&w->pages, slot) : NULL;
	w->tree_mid = tree_mid ? p2m_prealloc_take(&w->pages) : NULL;
	if (w->pte)
		w->table = w->pte;

	return 0;
}

static void p2m_window_free(struct p2m_window *w)
{
	void *pages[] = { w->pmd, w->pte, w->mid, w->bottom, w->tree_mid };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(pages); i++)
		if (pages[i])
			w->list->ops->free(w->list, pages[i], PAGE_SIZE);
}

/* Step 1: build */

static u64 p2m_window_entry(const struct p2m_window *w, unsigned int n)
{
	return p2m_leaf_entry(w->list, p2m_slot_leaf(w->list, w->slot[n]));
}

/* Fill the new tables while they are ordinary memory, then protect them. */
static int p2m_window_build(struct p2m_window *w)
{
	struct p2m_list *list = w->list;
	const struct p2m_ops *ops = list->ops;
	unsigned int n;
	int err;

	if (!w->pte)
		return 0;

	memset64(w->pte, p2m_sentinel_entry(list), P2M_PER_PAGE);
	for (n = p2m_window_first(w); n < w->end; n = p2m_window_next(w, n))
		w->pte[n] = p2m_window_entry(w, n);
	err = ops->protect(list, w->pte);
	if (err || !w->pmd)
		return err;

	memset64(w->pmd, p2m_table_link(list, list->sentinel.pte),
		 P2M_PER_PAGE);
	w->pmd[pmd_index((unsigned long)(list->base + w->gib))] =
		p2m_table_link(list, w->pte);
	err = ops->protect(list, w->pmd);
	if (err && WARN_ON_ONCE(ops->unprotect(list, w->pte)))
		p2m_window_abandon(w);

	return err;
}

/*
 * Undo step 1.  Another cpu may have cached a translation through a table, or
 * to a leaf, that was linked for a moment and is about to be freed.
 */
static void p2m_window_unbuild(struct p2m_window *w)
{
	struct p2m_list *list = w->list;
	int err = 0;

	list->ops->flush(list);
	if (w->pmd)
		err = list->ops->unprotect(list, w->pmd);
	if (w->pte && !err)
		err = list->ops->unprotect(list, w->pte);
	if (WARN_ON_ONCE(err))
		p2m_window_abandon(w);
}

/* Step 3: link */

/* Map the first @nr leaves of the window to the sentinel again. */
static int p2m_window_unlink_leaves(struct p2m_window *w, unsigned int nr)
{
	struct p2m_queue queue = { .list = w->list };
	u64 sentinel = p2m_sentinel_entry(w->list);
	unsigned int n;
	int err;

	for (n = p2m_window_first(w); n < w->end; n = p2m_window_next(w, n)) {
		if (!nr--)
			break;
		err = p2m_queue_add(&queue, &w->table[n], sentinel);
		if (err)
			return err;
	}

	return p2m_queue_flush(&queue);
}

static int p2m_window_link_leaves(struct p2m_window *w)
{
	struct p2m_queue queue = { .list = w->list };
	unsigned int n;
	int err = 0;

	for (n = p2m_window_first(w); n < w->end; n = p2m_window_next(w, n)) {
		err = p2m_queue_add(&queue, &w->table[n],
				    p2m_window_entry(w, n));
		if (err)
			break;
	}
	if (!err)
		err = p2m_queue_flush(&queue);
	if (err && WARN_ON_ONCE(p2m_window_unlink_leaves(w, queue.done)))
		p2m_window_abandon(w);

	return err;
}

/* Link the topmost new table, or the leaves if the tables are in place. */
static int p2m_window_link(struct p2m_window *w)
{
	struct p2m_queue queue = { .list = w->list };

	if (!w->link)
		return p2m_window_link_leaves(w);

	p2m_queue_add(&queue, w->link,
		      p2m_table_link(w->list, w->pmd ?: w->pte));
	return p2m_queue_flush(&queue);
}

/* Step 4: max_pfn (the frame tree is in tree.c) */

/* One past the last pfn that gets a leaf. */
static unsigned long p2m_window_end_pfn(const struct p2m_window *w)
{
	unsigned int end = w->end;

	while (!w->slot[end - 1])
		end--;

	return p2m_window_pfn(w, end);
}

/* Step 6: index */

static void p2m_window_index_leaf(struct p2m_list *list, unsigned long *where,
				  unsigned long slot)
{
	/* Lookups may hold on to the object, so keep it and give it a leaf. */
	if (p2m_slot_is_mixed(*where)) {
		/* Pairs with the READ_ONCE() in p2m_slot_leaf(). */
		smp_store_release(&p2m_slot_mixed(*where)->leaf,
				  p2m_slot_leaf(list, slot));
	} else {
		p2m_slot_set(where, slot);
	}
}

static void p2m_window_index(struct p2m_window *w)
{
	struct p2m_list *list = w->list;
	unsigned long *top = &list->top[w->gib >> P2M_MID_SHIFT];
	unsigned long *mid = (w->mid ?: (unsigned long *)*top) +
			     p2m_slot_index(w->gib, P2M_BOTTOM_SHIFT);
	unsigned long *bottom = w->bottom ?: (unsigned long *)*mid;
	unsigned int n, leaves = 0, mixed = 0;

	for (n = p2m_window_first(w); n < w->end; n = p2m_window_next(w, n)) {
		p2m_window_index_leaf(list, &bottom[n], w->slot[n]);
		leaves++;
		mixed += p2m_slot_is_mixed(w->slot[n]);
	}
	if (w->bottom)
		p2m_slot_set(mid, (unsigned long)w->bottom);
	if (w->mid)
		p2m_slot_set(top, (unsigned long)w->mid);

	list->count.leaves += leaves;
	list->count.mixed += mixed;
	list->count.nodes += !!w->mid + !!w->bottom;
	list->count.tables += !!w->pmd + !!w->pte;
	list->count.tree_mids += !!w->tree_mid;
}

/* The commit */

/* The six steps that the head of this file describes. */
static int p2m_commit(struct p2m_window *w)
{
	struct p2m_list *list = w->list;
	int err;

	err = p2m_window_build(w);			/* 1 */
	if (err)
		return err;

	p2m_bracket_open(list);				/* 2 */
	err = p2m_window_link(w);			/* 3 */
	if (!err) {
		p2m_tree_install(w);			/* 4 */
		p2m_publish_max_pfn(list, p2m_window_end_pfn(w));
	}
	p2m_bracket_close(list);			/* 5 */

	if (err)
		p2m_window_unbuild(w);
	else
		p2m_window_index(w);			/* 6 */

	return err;
}

/**
 * p2m_window_commit - install the leaves of a window
 * @w: a window with at least one leaf
 *
 * The generation moves by two however many leaves there are.  After a failure
 * list, index and tree are as before, and the leaves still in the window
 * belong to the caller again; there are none if undoing failed as well.
 *
 * Context: process, or early boot.  The list's lock is held.
 * Return: 0, -ENOMEM, -EIO, or the error of ops->protect().
 */
int p2m_window_commit(struct p2m_window *w)
{
	int err;

	lockdep_assert_held(&w->list->lock);

	err = p2m_window_alloc(w);
	if (err)
		return err;

	/* The entries that are built and written hold machine frames. */
	preempt_disable();
	err = p2m_commit(w);
	preempt_enable();
	if (err)
		p2m_window_free(w);

	return err;
}
