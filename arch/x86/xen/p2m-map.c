// SPDX-License-Identifier: GPL-2.0-only
/*
 * The mapping of the list: its sentinels, and the one path by which leaves
 * and page tables are added to it.  Where leaves come from: p2m-grow.c.
 *
 * A page-table entry holds a machine frame, and a migration replaces those.
 * So an entry is computed, kept or decoded with preemption off only: a suspend
 * has to schedule on every cpu first.
 */
#include <linux/align.h>
#include <linux/bug.h>
#include <linux/lockdep.h>
#include <linux/pgtable.h>
#include <linux/preempt.h>
#include <linux/string.h>

#include "p2m.h"

/* Table entries */

static u64 p2m_table_entry(const void *page, pgprot_t prot)
{
	return pte_val_ma(mfn_pte(virt_to_mfn(page), prot));
}

static u64 p2m_table_link(const void *table)
{
	return p2m_table_entry(table, __pgprot(_KERNPG_TABLE));
}

static u64 p2m_sentinel_entry(const struct p2m_list *list)
{
	return p2m_table_entry(list->leaf, PAGE_KERNEL_RO);
}

static unsigned long p2m_leaf_addr(const struct p2m_list *list,
				   unsigned long leaf)
{
	return (unsigned long)(list->base + (leaf << P2M_LEAF_SHIFT));
}

static u64 *p2m_pud_entry(const struct p2m_list *list, unsigned long leaf)
{
	unsigned long addr = p2m_leaf_addr(list, leaf);
	p4d_t *p4d = p4d_offset(pgd_offset_k(addr), addr);

	return (u64 *)pud_offset(p4d, addr);
}

/* Writing live entries */

/**
 * p2m_batch_flush - write what waits in a batch
 * @batch: the batch; may be empty
 *
 * Context: preemption is off.
 * Return: 0, or -EIO if not all of it was written: see @batch->done.
 */
int p2m_batch_flush(struct p2m_batch *batch)
{
	unsigned int nr = batch->nr;
	unsigned int done;

	if (!nr)
		return 0;

	done = batch->list->ops->apply(batch->list, batch->update, nr);
	batch->done += done;
	batch->nr = 0;

	return done == nr ? 0 : -EIO;
}

/* The sentinels */

static int p2m_protect_sentinels(struct p2m_list *list)
{
	const struct p2m_ops *ops = list->ops;

	/* The leaf is no page table, but a stray store must not hit it. */
	return ops->protect(list, list->leaf) ?:
	       ops->protect(list, list->pte) ?:
	       ops->protect(list, list->pmd);
}

static int p2m_set_pud_entries(struct p2m_list *list, unsigned long nr, u64 val,
			       unsigned int *done)
{
	struct p2m_batch batch = { .list = list };
	unsigned long i;
	int err = 0;

	for (i = 0; i < nr && !err; i++)
		err = p2m_batch_add(&batch, p2m_pud_entry(list, i *
				    P2M_NODE_SLOTS * P2M_NODE_SLOTS), val);
	if (!err)
		err = p2m_batch_flush(&batch);
	*done = batch.done;

	return err;
}

static int p2m_map_sentinels(struct p2m_list *list)
{
	unsigned int done, undone;
	int err;

	memset64(list->pte, p2m_sentinel_entry(list), P2M_NODE_SLOTS);
	memset64(list->pmd, p2m_table_link(list->pte), P2M_NODE_SLOTS);

	err = p2m_protect_sentinels(list);
	if (err)
		return err;

	err = p2m_set_pud_entries(list, list->reach >> P2M_MID_SHIFT,
				  p2m_table_link(list->pmd), &done);
	if (err)
		p2m_set_pud_entries(list, done, 0, &undone);

	return err;
}

static void *p2m_page_filled(struct p2m_list *list, u64 word)
{
	void *page = list->ops->alloc(list, PAGE_SIZE);

	if (page)
		memset64(page, word, P2M_PER_PAGE);
	return page;
}

/**
 * p2m_init - make an empty list: every pfn missing, the whole reach mapped
 * @list: zeroed memory
 * @base: kernel address, 1 GiB aligned, of @reach * 8 bytes.  The PUD tables
 *	of that area exist and its PUD entries are clear.
 * @reach: pfns; a multiple of 2^27 and at most P2M_MAX_REACH
 * @ops: the operations
 *
 * After a failure the caller gives back what @list points to, after a flush
 * and having made it writable.
 *
 * Context: process, or early boot on the one cpu.
 * Return: 0, -EINVAL, -ENOMEM, -EIO, or the error of ops->protect().
 */
int p2m_init(struct p2m_list *list, unsigned long *base, unsigned long reach,
	     const struct p2m_ops *ops)
{
	int err;

	if (!reach || reach > P2M_MAX_REACH ||
	    !IS_ALIGNED(reach, 1UL << P2M_MID_SHIFT) ||
	    !IS_ALIGNED((unsigned long)base, PUD_SIZE))
		return -EINVAL;

	mutex_init(&list->lock);
	list->base = base;
	list->reach = reach;
	list->ops = ops;

	list->leaf = p2m_page_filled(list, INVALID_P2M_ENTRY);
	list->pte = p2m_page_filled(list, 0);
	list->pmd = p2m_page_filled(list, 0);
	list->pending = p2m_page_filled(list, 0);
	if (!list->leaf || !list->pte || !list->pmd || !list->pending)
		return -ENOMEM;

	err = p2m_tree_init(list);
	if (err)
		return err;

	preempt_disable();
	err = p2m_map_sentinels(list);
	preempt_enable();

	return err;
}

/*
 * Growth goes by windows: leaves below one bottom node, and hence below one
 * PTE table, one PMD table and one mid page of the tree.
 */

/**
 * struct p2m_window - a change of the mapping that is under way
 * @list: the list.  Its pending[] has the slots to install: that of leaf
 *	number n at n % 512, or 0 if nothing is to be done there.  Outside of
 *	the window it may have anything.
 * @leaf: number of the first leaf
 * @end: one past the last index into pending[]
 * @link: the entry that will name the topmost new table; NULL if there is none
 * @table: the PTE table, in place or new
 * @pages: what was allocated for the five below
 * @pmd: new PMD table, or NULL if the one in place will do
 * @pte: the same for the PTE table
 * @mid: the same for the mid node of the index
 * @bottom: the same for the bottom node of the index
 * @tree_mid: the same for the mid page of the tree
 */
struct p2m_window {
	struct p2m_list *list;
	unsigned long leaf;
	unsigned int end;
	u64 *link;
	u64 *table;
	struct p2m_stash pages;
	u64 *pmd;
	u64 *pte;
	unsigned long *mid;
	unsigned long *bottom;
	unsigned long *tree_mid;
};

/* The first slot from @n on, within the window, that is to be installed. */
static unsigned int p2m_pending_from(const struct p2m_window *w, unsigned int n)
{
	while (n < w->end && !w->list->pending[n])
		n++;

	return n;
}

static unsigned int p2m_pending_first(const struct p2m_window *w)
{
	return p2m_pending_from(w, w->leaf % P2M_NODE_SLOTS);
}

static unsigned int p2m_pending_next(const struct p2m_window *w, unsigned int n)
{
	return p2m_pending_from(w, n + 1);
}

/* Tables are in place for good, so their addresses can be kept. */
static void p2m_window_find(struct p2m_window *w, bool *pmd, bool *pte)
{
	struct p2m_list *list = w->list;
	u64 *pud_entry, *pmd_table, *pmd_entry;

	preempt_disable();
	pud_entry = p2m_pud_entry(list, w->leaf);
	pmd_table = (u64 *)pud_pgtable(*(pud_t *)pud_entry);
	pmd_entry = pmd_table + pmd_index(p2m_leaf_addr(list, w->leaf));
	w->table = (u64 *)pmd_page_vaddr(*(pmd_t *)pmd_entry);
	preempt_enable();

	*pmd = pmd_table == list->pmd;
	*pte = w->table == list->pte;
	w->link = *pmd ? pud_entry : *pte ? pmd_entry : NULL;
}

static int p2m_window_alloc(struct p2m_window *w)
{
	struct p2m_list *list = w->list;
	bool pmd, pte, mid, bottom, tree_mid;
	unsigned int shift;
	unsigned long slot;
	int err;

	slot = p2m_slot(list, w->leaf << P2M_LEAF_SHIFT, &shift);
	mid = shift == P2M_MID_SHIFT;
	bottom = shift >= P2M_BOTTOM_SHIFT;
	tree_mid = p2m_tree_lacks_mid(list, w->leaf);

	p2m_window_find(w, &pmd, &pte);

	err = p2m_stash_fill(list, &w->pages, PAGE_SIZE,
			     pmd + pte + mid + bottom + tree_mid);
	if (err)
		return err;

	w->pmd = pmd ? p2m_stash_take(&w->pages) : NULL;
	w->pte = pte ? p2m_stash_take(&w->pages) : NULL;
	w->mid = mid ? p2m_node_take(&w->pages, slot) : NULL;
	w->bottom = bottom ? p2m_node_take(&w->pages, slot) : NULL;
	w->tree_mid = tree_mid ? p2m_stash_take(&w->pages) : NULL;
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

static u64 p2m_pending_entry(const struct p2m_list *list, unsigned int n)
{
	return p2m_table_entry(p2m_slot_leaf(list, list->pending[n]),
			       PAGE_KERNEL);
}

/*
 * What could not be taken back must not be freed: it stays mapped, or read-only
 * in the direct map.  Entries that are mapped read all ones, as they should.
 */
static void p2m_window_forget(struct p2m_window *w)
{
	memset(w->list->pending, 0, PAGE_SIZE);
	w->pmd = NULL;
	w->pte = NULL;
}

/* Fill the new tables while they are ordinary memory, then announce them. */
static int p2m_window_build(struct p2m_window *w)
{
	struct p2m_list *list = w->list;
	const struct p2m_ops *ops = list->ops;
	unsigned int n;
	int err;

	if (!w->pte)
		return 0;

	memset64(w->pte, p2m_sentinel_entry(list), P2M_NODE_SLOTS);
	for (n = p2m_pending_first(w); n < w->end; n = p2m_pending_next(w, n))
		w->pte[n] = p2m_pending_entry(list, n);
	err = ops->protect(list, w->pte);
	if (err || !w->pmd)
		return err;

	memset64(w->pmd, p2m_table_link(list->pte), P2M_NODE_SLOTS);
	w->pmd[pmd_index(p2m_leaf_addr(list, w->leaf))] =
		p2m_table_link(w->pte);
	err = ops->protect(list, w->pmd);
	if (err && WARN_ON_ONCE(ops->unprotect(list, w->pte)))
		p2m_window_forget(w);

	return err;
}

static int p2m_window_unbuild(struct p2m_window *w)
{
	const struct p2m_ops *ops = w->list->ops;
	int err = 0;

	if (w->pmd)
		err = ops->unprotect(w->list, w->pmd);
	if (w->pte && !err)
		err = ops->unprotect(w->list, w->pte);

	return err;
}

/* Take back the first @nr leaves of the window that were mapped. */
static int p2m_window_unmap_leaves(struct p2m_window *w, unsigned int nr)
{
	struct p2m_batch batch = { .list = w->list };
	u64 sentinel = p2m_sentinel_entry(w->list);
	unsigned int n;
	int err;

	for (n = p2m_pending_first(w); n < w->end; n = p2m_pending_next(w, n)) {
		if (!nr--)
			break;
		err = p2m_batch_add(&batch, &w->table[n], sentinel);
		if (err)
			return err;
	}

	return p2m_batch_flush(&batch);
}

static int p2m_window_map_leaves(struct p2m_window *w, unsigned int *done)
{
	struct p2m_batch batch = { .list = w->list };
	unsigned int n;
	int err = 0;

	for (n = p2m_pending_first(w); n < w->end; n = p2m_pending_next(w, n)) {
		err = p2m_batch_add(&batch, &w->table[n],
				    p2m_pending_entry(w->list, n));
		if (err)
			break;
	}
	if (!err)
		err = p2m_batch_flush(&batch);
	*done = batch.done;

	return err;
}

/* Link the topmost new table, or the leaves if the tables are in place. */
static int p2m_window_map(struct p2m_window *w, unsigned int *done)
{
	struct p2m_batch batch = { .list = w->list };

	*done = 0;
	if (!w->link)
		return p2m_window_map_leaves(w, done);

	p2m_batch_add(&batch, w->link, p2m_table_link(w->pmd ?: w->pte));
	return p2m_batch_flush(&batch);
}

static void p2m_slot_install(unsigned long *where, unsigned long slot,
			     unsigned long *leaf)
{
	/* Lookups may hold on to the object, so keep it and give it a leaf. */
	if (p2m_slot_is_mixed(*where)) {
		/* Pairs with the READ_ONCE() in p2m_slot_leaf(). */
		smp_store_release(&p2m_slot_mixed(*where)->leaf, leaf);
	} else {
		p2m_slot_set(where, slot);
	}
}

/* Only now may an entry be set: a leaf in the index is a mapped leaf. */
static void p2m_window_publish(struct p2m_window *w)
{
	struct p2m_list *list = w->list;
	unsigned long pfn = w->leaf << P2M_LEAF_SHIFT;
	unsigned long *top = &list->top[pfn >> P2M_MID_SHIFT];
	unsigned long *mid = (w->mid ?: (unsigned long *)*top) +
			  p2m_slot_index(pfn, P2M_BOTTOM_SHIFT);
	unsigned long *bottom = w->bottom ?: (unsigned long *)*mid;
	unsigned int n;

	for (n = p2m_pending_first(w); n < w->end; n = p2m_pending_next(w, n)) {
		p2m_slot_install(&bottom[n], list->pending[n],
				 p2m_slot_leaf(list, list->pending[n]));
		list->count.leaves++;
		list->count.mixed += p2m_slot_is_mixed(list->pending[n]);
	}
	if (w->bottom)
		p2m_slot_set(mid, (unsigned long)w->bottom);
	if (w->mid)
		p2m_slot_set(top, (unsigned long)w->mid);

	list->count.nodes += !!w->mid + !!w->bottom;
	list->count.tables += !!w->pmd + !!w->pte;
	list->count.tree_mids += !!w->tree_mid;
}

/* One past the last pfn that gets a leaf. */
static unsigned long p2m_window_end_pfn(const struct p2m_window *w)
{
	unsigned long leaf = round_down(w->leaf, P2M_NODE_SLOTS);
	unsigned int end = w->end;

	while (!w->list->pending[end - 1])
		end--;

	return (leaf + end) << P2M_LEAF_SHIFT;
}

/* The bracket: whatever a reader can see changes in here, or not at all. */
static int p2m_window_switch(struct p2m_window *w, unsigned int *done)
{
	int err;

	p2m_bracket_open(w->list);
	err = p2m_window_map(w, done);
	if (!err) {
		p2m_tree_install(w->list, w->leaf, w->end, w->table,
				 w->tree_mid);
		p2m_publish_max_pfn(w->list, p2m_window_end_pfn(w));
	} else if (*done && !p2m_window_unmap_leaves(w, *done)) {
		*done = 0;
	}
	p2m_bracket_close(w->list);

	return err;
}

static int p2m_window_commit(struct p2m_window *w)
{
	struct p2m_list *list = w->list;
	unsigned int done;
	int err;

	err = p2m_window_build(w);
	if (err)
		return err;

	err = p2m_window_switch(w, &done);
	if (!err) {
		p2m_window_publish(w);
		return 0;
	}

	/*
	 * Another cpu may have cached a translation to a leaf that was taken
	 * back and is about to be freed.
	 */
	list->ops->flush(list);
	if (WARN_ON_ONCE(done || p2m_window_unbuild(w)))
		p2m_window_forget(w);

	return err;
}

/**
 * p2m_install - map leaves and let the index name them
 * @list: the list
 * @leaf: number of the first leaf
 * @nr: leaves, none beyond the bottom node of @leaf
 *
 * Takes the slots of @list->pending[] (see struct p2m_window).  One commit:
 * the generation moves by two however many leaves there are.  After a failure
 * list, index and tree are as before, and the slots still pending are the
 * caller's again.
 *
 * Context: process, or early boot.  @list->lock is held.
 * Return: 0, -ENOMEM, -EIO, or the error of ops->protect().
 */
int p2m_install(struct p2m_list *list, unsigned long leaf, unsigned int nr)
{
	struct p2m_window w = {
		.list = list,
		.leaf = leaf,
		.end = leaf % P2M_NODE_SLOTS + nr,
	};
	int err;

	lockdep_assert_held(&list->lock);

	err = p2m_window_alloc(&w);
	if (err)
		return err;

	preempt_disable();
	err = p2m_window_commit(&w);
	preempt_enable();
	if (err)
		p2m_window_free(&w);

	return err;
}
