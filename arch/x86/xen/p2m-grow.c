// SPDX-License-Identifier: GPL-2.0-only
/*
 * Growth: leaves for a range that has none.  They are allocated and filled
 * here, by the GiB, and mapped by p2m_install().
 */
#include <linux/bits.h>
#include <linux/lockdep.h>
#include <linux/minmax.h>
#include <linux/string.h>

#include "p2m.h"

/**
 * struct p2m_growth - leaves below one bottom node that may be lacking
 * @list: the list
 * @leaf: number of the first
 * @end: one past the last
 * @leaves: pages for those that are
 * @mixed: objects for those whose entries are identity
 */
struct p2m_growth {
	struct p2m_list *list;
	unsigned long leaf;
	unsigned long end;
	struct p2m_stash leaves;
	struct p2m_stash mixed;
};

/* How many leaves from @leaf on one slot stands for. */
static unsigned int p2m_growth_span(const struct p2m_growth *g,
				    unsigned long leaf, unsigned long *slot)
{
	unsigned int shift;
	unsigned long nr;

	*slot = p2m_slot(g->list, leaf << P2M_LEAF_SHIFT, &shift);
	nr = BIT(shift - P2M_LEAF_SHIFT);

	return min(g->end, round_down(leaf, nr) + nr) - leaf;
}

/* Allocate for what is lacking; how many leaves that are. */
static int p2m_growth_alloc(struct p2m_growth *g)
{
	unsigned int span, nr_leaves = 0, nr_mixed = 0;
	unsigned long leaf, slot;

	for (leaf = g->leaf; leaf < g->end; leaf += span) {
		span = p2m_growth_span(g, leaf, &slot);
		if (!p2m_leaf_is_owned(g->list, slot))
			nr_leaves += span;
		if (slot == P2M_IDENTITY)
			nr_mixed += span;
	}
	if (p2m_stash_fill(g->list, &g->leaves, PAGE_SIZE, nr_leaves))
		return -ENOMEM;
	if (p2m_stash_fill(g->list, &g->mixed, sizeof(struct p2m_mixed),
			   nr_mixed)) {
		p2m_stash_drain(g->list, &g->leaves);
		return -ENOMEM;
	}

	return nr_leaves;
}

/* A slot for a new leaf that keeps the meaning of the old slot's entries. */
static unsigned long p2m_grown_slot(struct p2m_growth *g, unsigned long old)
{
	unsigned long *leaf = p2m_stash_take(&g->leaves);

	memset64((u64 *)leaf, INVALID_P2M_ENTRY, P2M_PER_PAGE);
	if (old != P2M_IDENTITY)
		return (unsigned long)leaf;

	return p2m_mixed_slot(p2m_mixed_take(&g->mixed, leaf, P2M_IDENTITY));
}

/* Fill pending[] with the leaves that are lacking. */
static void p2m_growth_pend(struct p2m_growth *g)
{
	unsigned long *pending = g->list->pending;
	unsigned long leaf, slot;
	unsigned int span;

	for (leaf = g->leaf; leaf < g->end; leaf += span) {
		unsigned int i, n = leaf % P2M_NODE_SLOTS;

		span = p2m_growth_span(g, leaf, &slot);
		if (p2m_leaf_is_owned(g->list, slot)) {
			pending[n] = 0;
			continue;
		}
		for (i = 0; i < span; i++)
			pending[n + i] = p2m_grown_slot(g, slot);
	}
}

/* Give back slots that have not been installed. */
static void p2m_growth_unpend(struct p2m_growth *g)
{
	struct p2m_list *list = g->list;
	unsigned long leaf;

	for (leaf = g->leaf; leaf < g->end; leaf++) {
		unsigned long slot = list->pending[leaf % P2M_NODE_SLOTS];

		if (!slot)
			continue;
		list->ops->free(list, p2m_slot_leaf(list, slot), PAGE_SIZE);
		if (p2m_slot_is_mixed(slot))
			list->ops->free(list, p2m_slot_mixed(slot),
					sizeof(struct p2m_mixed));
	}
}

static int p2m_grow_window(struct p2m_list *list, unsigned long leaf,
			   unsigned long end)
{
	struct p2m_growth g = { .list = list, .leaf = leaf, .end = end };
	int ret;

	lockdep_assert_held(&list->lock);

	ret = p2m_growth_alloc(&g);
	if (ret <= 0)
		return ret;

	p2m_growth_pend(&g);
	ret = p2m_install(list, leaf, end - leaf);
	if (ret)
		p2m_growth_unpend(&g);

	return ret;
}

/**
 * p2m_grow - see to it that a range has leaves of its own
 * @list: the list
 * @pfn: the first
 * @nr: pfns
 *
 * No lookup changes; from here on setting an entry of the range cannot fail.
 * One commit per GiB of pfns, or none if nothing is lacking.  A range that
 * fails on the way keeps the leaves of the GiBs before: these mean what they
 * meant, and the next attempt finds them.
 *
 * Context: process, or early boot.  Takes @list->lock.
 * Return: 0, -ERANGE beyond the reach, -ENOMEM, -EIO, or the error of
 * ops->protect().
 */
int p2m_grow(struct p2m_list *list, unsigned long pfn, unsigned long nr)
{
	unsigned long leaf, next, end;
	int err = 0;

	if (pfn >= list->reach || nr > list->reach - pfn)
		return -ERANGE;
	if (!nr)
		return 0;

	end = ((pfn + nr - 1) >> P2M_LEAF_SHIFT) + 1;
	mutex_lock(&list->lock);
	for (leaf = pfn >> P2M_LEAF_SHIFT; leaf < end && !err; leaf = next) {
		next = min(end, round_down(leaf, P2M_NODE_SLOTS) +
				P2M_NODE_SLOTS);
		err = p2m_grow_window(list, leaf, next);
	}
	mutex_unlock(&list->lock);

	return err;
}
