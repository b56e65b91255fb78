// SPDX-License-Identifier: GPL-2.0-only
/*
 * Turns the tables of a view into extents, each the slots of one leaf, and
 * these into runs of one kind.  A table that leads to a single leaf is one
 * step, wherever it is used; any other table is walked once.
 */
#include <errno.h>

#include "view.h"

static uint64_t node_slots(unsigned int level)
{
	return xp_word_slots(level + 1);
}

static uint32_t link_at(const struct xp_view *view, const struct xp_node *table,
			unsigned int at)
{
	const uint32_t *links = view->links.data;

	return links[table->link + at - table->from];
}

/* The leaf that a link leads to, if there is only one. */
static uint32_t single_leaf(const struct xp_view *view, unsigned int level,
			    uint32_t link)
{
	return link == XP_NONE || level == 0 ? link :
	       xp_nodes(view, level)[link].leaf;
}

static void find_single_leaf(struct xp_view *view, unsigned int level,
			     struct xp_node *table)
{
	unsigned int at = table->from;
	uint32_t leaf;

	if (table->link == XP_NONE)
		return;
	leaf = single_leaf(view, level - 1, link_at(view, table, at));
	while (leaf != XP_NONE && ++at < table->to)
		if (single_leaf(view, level - 1, link_at(view, table, at)) !=
		    leaf)
			leaf = XP_NONE;
	table->leaf = leaf;
}

static void find_single_leaves(struct xp_view *view)
{
	unsigned int level;
	size_t n;

	for (level = 1; level < view->levels; level++)
		for (n = 0; n < view->level[level].nodes.nr; n++)
			find_single_leaf(view, level,
					 &xp_nodes(view, level)[n]);
}

static int add_extent(struct xp_view *view, uint64_t end, uint32_t leaf)
{
	struct xp_extent *last = view->extents.data;

	if (end > view->end)
		end = view->end;
	if (view->extents.nr && last[view->extents.nr - 1].leaf == leaf) {
		last[view->extents.nr - 1].end = end;
		return 0;
	}
	last = xp_array_add(&view->extents, view->budget, sizeof(*last));
	if (!last)
		return -ENOMEM;
	*last = (struct xp_extent){ end, leaf };
	return 0;
}

static int add_node(struct xp_view *view, unsigned int level, uint32_t node,
		    uint64_t place);

/* A table with several leaves may be used at one place only. */
static int add_table(struct xp_view *view, unsigned int level,
		     struct xp_node *table, uint64_t place)
{
	uint64_t step = node_slots(level - 1);
	unsigned int at;
	int err = 0;

	if (table->link == XP_NONE)
		return add_extent(view, place + node_slots(level), XP_NONE);
	if (table->visited) {
		const struct xp_finding finding = {
			.cause = XP_SHARED_TABLE,
			.level = level,
			.pfn = place - view->base,
			.value = table->mfn,
		};

		xp_found(view->findings, &finding);
		return add_extent(view, place + node_slots(level), XP_NONE);
	}

	table->visited = true;
	for (at = table->from; !err && at < table->to; at++)
		if (place + at * step < view->end &&
		    place + (at + 1) * step > view->base)
			err = add_node(view, level - 1, link_at(view, table, at),
				       place + at * step);
	return err;
}

static int add_node(struct xp_view *view, unsigned int level, uint32_t node,
		    uint64_t place)
{
	uint32_t leaf = single_leaf(view, level, node);

	if (node == XP_NONE || leaf != XP_NONE)
		return add_extent(view, place + node_slots(level), leaf);
	return add_table(view, level, &xp_nodes(view, level)[node], place);
}

/**
 * xp_view_extents - make the extents of a view
 * @view: with its tables read
 *
 * Return: 0, or -ENOMEM if it exceeds the budget.
 */
int xp_view_extents(struct xp_view *view)
{
	find_single_leaves(view);
	return add_node(view, view->levels - 1, 0, 0);
}

static int add_run(struct xp_view *view, struct xp_array *runs, uint64_t slot,
		   uint64_t end, enum xp_kind kind)
{
	struct xp_run *run = runs->data;

	if (slot >= end)
		return 0;
	if (runs->nr && run[runs->nr - 1].kind == kind) {
		run[runs->nr - 1].end = end - view->base;
		return 0;
	}
	run = xp_array_add(runs, view->budget, sizeof(*run));
	if (!run)
		return -ENOMEM;
	*run = (struct xp_run){ slot - view->base, end - view->base, kind };
	return 0;
}

/* Add the runs of a leaf, for the slots that it covers. */
static int add_leaf_runs(struct xp_view *view, struct xp_array *runs,
			 struct xp_node *leaf, uint64_t slot, uint64_t end)
{
	const struct xp_piece *piece = view->pieces.data;
	uint64_t to;
	int err = 0;

	if (leaf->link == XP_NONE)
		return add_run(view, runs, slot, end, XP_UNKNOWN);
	piece += leaf->link;
	if (piece->to == leaf->to &&
	    (piece->kind == XP_MISSING || piece->kind == XP_IDENTITY))
		return add_run(view, runs, slot, end, piece->kind);
	if (leaf->visited || end - slot > XP_SLOTS) {
		const struct xp_finding finding = {
			.cause = XP_SHARED_LEAF,
			.pfn = slot - view->base,
			.value = leaf->mfn,
		};

		xp_found(view->findings, &finding);
		return add_run(view, runs, slot, end, XP_UNKNOWN);
	}

	leaf->visited = true;
	for (to = slot; !err && to < end; piece++) {
		uint64_t from = to;

		to = slot + piece->to < end ? slot + piece->to : end;
		err = add_run(view, runs, from, to, piece->kind);
	}
	return err;
}

/**
 * xp_view_runs - the kinds of all pfns, as runs
 * @view: with its leaves read and its extents made; can be done once only
 * @runs: empty array of struct xp_run, which is filled in order and without
 *	gaps, from pfn 0 on
 *
 * Return: 0, or -ENOMEM if it exceeds the budget.
 */
int xp_view_runs(struct xp_view *view, struct xp_array *runs)
{
	const struct xp_extent *extent = view->extents.data;
	uint64_t slot = view->base;
	size_t n;
	int err = 0;

	for (n = 0; !err && n < view->extents.nr; n++) {
		if (extent[n].leaf == XP_NONE)
			err = add_run(view, runs, slot, extent[n].end, XP_UNKNOWN);
		else
			err = add_leaf_runs(view, runs,
					    &xp_nodes(view, 0)[extent[n].leaf],
					    slot, extent[n].end);
		slot = extent[n].end;
	}
	return err;
}

/**
 * xp_view_leaf - find the leaf of a pfn
 * @view: with its extents made
 * @pfn: any number
 *
 * Return: NULL if there is none.
 */
const struct xp_node *xp_view_leaf(const struct xp_view *view, uint64_t pfn)
{
	const struct xp_extent *extent = view->extents.data;
	size_t from = 0, to = view->extents.nr;

	if (pfn >= view->end - view->base)
		return NULL;
	while (from < to) {
		size_t mid = (from + to) / 2;

		if (view->base + pfn < extent[mid].end)
			to = mid;
		else
			from = mid + 1;
	}
	if (extent[from].leaf == XP_NONE)
		return NULL;
	return &xp_nodes(view, 0)[extent[from].leaf];
}
