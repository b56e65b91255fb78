// SPDX-License-Identifier: GPL-2.0-only
/*
 * The frame tree: the 3-level list of machine frames that tools know which
 * are older than the linear list, and that crash tools read in a dump of dom0
 * (they know nothing else).  It names the same leaves as the tables do, and
 * ends at pfn 2^27.  Between 0 and max_pfn every slot is a valid frame.
 *
 * All of it is machine frames: written in a bracket or in a resume, that is,
 * with preemption off.
 */
#include <linux/lockdep.h>
#include <linux/string.h>

#include "p2m.h"

/**
 * p2m_tree_init - a tree in which every GiB is missing
 * @list: the list; @list->leaf exists
 *
 * What was allocated stays in @list->tree, also after a failure.
 *
 * Context: process, or early boot.
 * Return: 0 or -ENOMEM.
 */
int p2m_tree_init(struct p2m_list *list)
{
	struct p2m_tree *tree = &list->tree;

	tree->top = list->ops->alloc(list, PAGE_SIZE);
	tree->mid = list->ops->alloc(list, PAGE_SIZE);
	tree->mid_missing = list->ops->alloc(list, PAGE_SIZE);
	if (!tree->top || !tree->mid || !tree->mid_missing)
		return -ENOMEM;

	memset(tree->mid, 0, PAGE_SIZE);
	p2m_tree_refresh(list);

	return 0;
}

/**
 * p2m_tree_lacks_mid - will a leaf need another mid page?
 * @list: the list
 * @leaf: number of the leaf
 *
 * Context: @list->lock is held, or early boot.
 */
bool p2m_tree_lacks_mid(const struct p2m_list *list, unsigned long leaf)
{
	unsigned long top = leaf / P2M_NODE_SLOTS;

	return top < P2M_NODE_SLOTS && !list->tree.mid[top];
}

/**
 * p2m_tree_install - name the leaves that are being installed
 * @list: the list; see p2m_install() for its pending[]
 * @leaf: number of the first leaf
 * @end: one past the last index into pending[]
 * @table: the PTE table that maps them by now
 * @new_mid: a page to use if p2m_tree_lacks_mid(), else NULL
 *
 * Context: in a bracket.
 */
void p2m_tree_install(struct p2m_list *list, unsigned long leaf,
		      unsigned int end, const u64 *table,
		      unsigned long *new_mid)
{
	unsigned long top = leaf / P2M_NODE_SLOTS;
	unsigned int n;
	unsigned long *mid;

	lockdep_assert_held(&list->lock);

	if (top >= P2M_NODE_SLOTS)
		return;

	mid = new_mid ?: list->tree.mid[top];
	if (new_mid)
		memcpy(mid, list->tree.mid_missing, PAGE_SIZE);
	for (n = leaf % P2M_NODE_SLOTS; n < end; n++)
		if (list->pending[n])
			p2m_store(list, &mid[n], pte_mfn(__pte_ma(table[n])));
	if (new_mid) {
		list->tree.mid[top] = new_mid;
		wmb(); /* The page before the slot that names it. */
		p2m_store(list, &list->tree.top[top], virt_to_mfn(new_mid));
	}
}

static void p2m_tree_refresh_mid(struct p2m_list *list, unsigned long top)
{
	unsigned long *mid = list->tree.mid[top];
	unsigned long pfn = top << P2M_BOTTOM_SHIFT;
	unsigned int n, shift;

	for (n = 0; n < P2M_NODE_SLOTS; n++, pfn += P2M_PER_PAGE) {
		unsigned long slot = p2m_slot(list, pfn, &shift);

		mid[n] = virt_to_mfn(p2m_slot_leaf(list, slot));
	}
}

/**
 * p2m_tree_refresh - compute every machine frame of the tree anew
 * @list: the list
 *
 * All 512 slots of the top, also beyond max_pfn: what stands there after a
 * migration are frames of another host.
 *
 * Context: nobody reads or changes the tree: a resume, with all other cpus
 * held, or before the list is published.  Neither sleeps nor allocates.
 */
void p2m_tree_refresh(struct p2m_list *list)
{
	struct p2m_tree *tree = &list->tree;
	unsigned int top;

	memset64((u64 *)tree->mid_missing, virt_to_mfn(list->leaf),
		 P2M_NODE_SLOTS);
	for (top = 0; top < P2M_NODE_SLOTS; top++) {
		if (tree->mid[top])
			p2m_tree_refresh_mid(list, top);
		tree->top[top] = virt_to_mfn(tree->mid[top] ?:
					     tree->mid_missing);
	}
}

/**
 * p2m_tree_published - what to publish as the root of the tree
 * @list: the list
 *
 * ~0 once the list is longer than a tree can be: an old tool then stops with
 * its own error, where a tree that ends early would lose memory.
 *
 * Context: preemption is off.
 */
unsigned long p2m_tree_published(const struct p2m_list *list)
{
	if (list->max_pfn > P2M_TREE_REACH && !list->keep_tree)
		return ~0UL;

	return virt_to_mfn(list->tree.top);
}
