// SPDX-License-Identifier: GPL-2.0-only
/*
 * The frame tree: the 3-level list of machine frames for readers older than
 * the linear list, and for crash tools, which read it in a dump of dom0 and
 * know nothing else.  It names the same leaves as the tables do, and ends at
 * pfn 2^27.  Every word of its pages is a valid frame, also beyond max_pfn.
 *
 * All of it is machine frames, so it is written with preemption off: when the
 * list is made, in a bracket, or in a resume.
 */
#include <linux/lockdep.h>
#include <linux/printk.h>
#include <linux/string.h>

#include "lookup.h"
#include "publish.h"
#include "tree.h"
#include "window.h"

/**
 * p2m_tree_alloc - allocate a tree without any mid pages
 * @list: the list
 *
 * What was allocated stays in @list->tree, also after a failure.
 * p2m_tree_refresh() makes a tree of it in which every GiB is missing.
 *
 * Context: process, or early boot.
 * Return: 0 or -ENOMEM.
 */
int __init_or_kunit p2m_tree_alloc(struct p2m_list *list)
{
	struct p2m_tree *tree = &list->tree;

	tree->top = list->ops->alloc(list, PAGE_SIZE);
	tree->mid = list->ops->alloc(list, PAGE_SIZE);
	tree->mid_missing = list->ops->alloc(list, PAGE_SIZE);
	if (!tree->top || !tree->mid || !tree->mid_missing)
		return -ENOMEM;

	memset(tree->mid, 0, PAGE_SIZE);

	return 0;
}

/**
 * p2m_tree_lacks_mid - does a pfn's leaf need another mid page?
 * @list: the list
 * @pfn: any number
 *
 * Context: @list->lock is held.
 * Return: true if it does; false also for a pfn that no tree reaches.
 */
bool p2m_tree_lacks_mid(const struct p2m_list *list, unsigned long pfn)
{
	return pfn < P2M_TREE_REACH && !list->tree.mid[pfn >> P2M_BOTTOM_SHIFT];
}

/**
 * p2m_tree_install - name the leaves of a window
 * @w: the window; its PTE table maps them by now
 *
 * Context: in a bracket.
 */
void p2m_tree_install(const struct p2m_window *w)
{
	struct p2m_list *list = w->list;
	unsigned long top = w->gib >> P2M_BOTTOM_SHIFT;
	struct p2m_tree *tree = &list->tree;
	unsigned long *mid;
	unsigned int n;

	lockdep_assert_held(&list->lock);

	if (w->gib >= P2M_TREE_REACH)
		return;

	mid = w->tree_mid ?: tree->mid[top];
	if (w->tree_mid)
		memcpy(mid, tree->mid_missing, PAGE_SIZE);
	for (n = p2m_window_first(w); n < w->end; n = p2m_window_next(w, n))
		p2m_store(list, &mid[n], pte_mfn(__pte_ma(w->table[n])));
	if (w->tree_mid) {
		tree->mid[top] = mid;
		wmb(); /* The page before the word that names it. */
		p2m_store(list, &tree->top[top], list->ops->mfn(mid));
	}
}

/* Only a GiB that has a bottom node has a mid page of its own. */
static void p2m_tree_refresh_mid(struct p2m_list *list, unsigned int top)
{
	const unsigned long *bottom =
		p2m_bottom_node(list, (unsigned long)top << P2M_BOTTOM_SHIFT);
	unsigned long *mid = list->tree.mid[top];
	unsigned int n;

	for (n = 0; n < P2M_PER_PAGE; n++)
		mid[n] = list->ops->mfn(p2m_slot_leaf(list, bottom[n]));
}

/**
 * p2m_tree_refresh - compute every machine frame of the tree again
 * @list: the list
 *
 * All 512 words of the top page, also beyond max_pfn: after a migration they
 * hold frames of another host.
 *
 * Context: nobody reads or changes the tree: in a resume, with all other cpus
 * held, or before the list is published.  Neither sleeps nor allocates.
 */
void p2m_tree_refresh(struct p2m_list *list)
{
	struct p2m_tree *tree = &list->tree;
	unsigned int top;

	memset64((u64 *)tree->mid_missing, list->ops->mfn(list->sentinel.leaf),
		 P2M_PER_PAGE);
	for (top = 0; top < P2M_PER_PAGE; top++) {
		if (tree->mid[top])
			p2m_tree_refresh_mid(list, top);
		tree->top[top] = list->ops->mfn(tree->mid[top] ?:
						tree->mid_missing);
	}
}

/**
 * p2m_tree_published - what to publish as the root of the tree
 * @list: the list
 *
 * ~0 once the list is longer than a tree can be: an old tool then stops with
 * an error of its own, instead of reading past the end of the top page.  A list
 * that publishes nothing else warns.
 *
 * Context: preemption is off.
 */
unsigned long p2m_tree_published(const struct p2m_list *list)
{
	if (list->max_pfn <= P2M_TREE_REACH || list->keep_tree)
		return list->ops->mfn(list->tree.top);

	if (list->tree_only)
		pr_warn_once("xen/p2m: the list is too long for the frame tree: nothing is published any more\n");

	return ~0UL;
}
