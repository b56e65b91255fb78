// SPDX-License-Identifier: GPL-2.0-only
/*
 * Reads a list level by level: all distinct tables of a level are known before
 * the first of them is read, so each is read once, in batches, and after that
 * all of the next level are known.  The number of levels is fixed, so tables
 * that point to each other cannot cause a loop.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "view.h"

#define PTE_PRESENT	0x1ULL
#define PTE_LARGE	0x80ULL
#define PTE_MFN_MASK	0x000ffffffffff000ULL
#define PAGE_SHIFT	12

#define FOREIGN_BIT	(1ULL << 63)
#define IDENTITY_BIT	(1ULL << 62)

static uint64_t min_slot(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

static uint64_t max_slot(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

/* The pfn of a slot, or the first pfn if the slot is before it. */
static uint64_t slot_pfn(const struct xp_view *view, uint64_t slot)
{
	return max_slot(slot, view->base) - view->base;
}

static void found(struct xp_view *view, enum xp_cause cause,
		  unsigned int level, uint64_t slot, uint64_t value)
{
	const struct xp_finding finding = {
		.cause = cause,
		.level = level,
		.pfn = slot_pfn(view, slot),
		.value = value,
	};

	xp_found(view->findings, &finding);
}

/**
 * xp_view_list - prepare to read a linear list
 * @view: with source, budget and findings set, all else 0
 * @vaddr: address of the first entry, aligned to a page
 * @pfns: number of entries; the last must be within 48 bits of address
 */
void xp_view_list(struct xp_view *view, uint64_t vaddr, uint64_t pfns)
{
	view->levels = XP_LIST_LEVELS;
	view->base = (vaddr >> 3) % XP_ADDRESS_SLOTS;
	view->end = view->base + pfns;
}

/**
 * xp_view_tree - prepare to read a frame tree
 * @view: with source, budget and findings set, all else 0
 * @pfns: number of entries, at most XP_TREE_SLOTS
 */
void xp_view_tree(struct xp_view *view, uint64_t pfns)
{
	view->levels = XP_TREE_LEVELS;
	view->base = 0;
	view->end = pfns;
}

/**
 * xp_view_clear - free all memory
 * @view: must be prepared again before it is used again
 */
void xp_view_clear(struct xp_view *view)
{
	unsigned int level;

	for (level = 0; level < XP_LIST_LEVELS; level++) {
		xp_array_clear(&view->level[level].nodes, view->budget,
			       sizeof(struct xp_node));
		xp_array_clear(&view->level[level].index, view->budget,
			       sizeof(uint32_t));
	}
	xp_array_clear(&view->links, view->budget, sizeof(uint32_t));
	xp_array_clear(&view->pieces, view->budget, sizeof(struct xp_piece));
	xp_array_clear(&view->extents, view->budget, sizeof(struct xp_extent));
}

/* The hash table of a level. */

static size_t index_start(uint64_t mfn, size_t room)
{
	return (mfn * 0x9e3779b97f4a7c15ULL >> 20) & (room - 1);
}

static uint32_t *index_slot(const struct xp_level *level, uint64_t mfn)
{
	const struct xp_node *nodes = level->nodes.data;
	uint32_t *index = level->index.data;
	size_t room = level->index.nr, at;

	for (at = index_start(mfn, room);
	     index[at] != XP_NONE && nodes[index[at]].mfn != mfn;
	     at = (at + 1) & (room - 1))
		;
	return &index[at];
}

/* Keep it at most half full, so that searches are short. */
static bool index_grow(struct xp_view *view, struct xp_level *level)
{
	const struct xp_node *nodes = level->nodes.data;
	size_t nr = level->index.nr ? level->index.nr : 32, n;

	if (level->index.nr >= 2 * (level->nodes.nr + 1))
		return true;
	if (!xp_array_reserve(&level->index, view->budget, sizeof(uint32_t),
			      2 * nr - level->index.nr))
		return false;

	level->index.nr = 2 * nr;
	memset(level->index.data, 0xff, 2 * nr * sizeof(uint32_t));
	for (n = 0; n < level->nodes.nr; n++)
		*index_slot(level, nodes[n].mfn) = n;
	return true;
}

/* The node of a frame, which is added if it is new; XP_NONE: out of memory. */
static uint32_t node_of(struct xp_view *view, unsigned int at, uint64_t mfn,
			uint64_t first)
{
	struct xp_level *level = &view->level[at];
	struct xp_node *node;
	uint32_t *slot;

	if (!index_grow(view, level) || level->nodes.nr == XP_NONE)
		return XP_NONE;
	slot = index_slot(level, mfn);
	if (*slot != XP_NONE) {
		xp_nodes(view, at)[*slot].shared = true;
		return *slot;
	}

	node = xp_array_add(&level->nodes, view->budget, sizeof(*node));
	if (!node)
		return XP_NONE;
	*node = (struct xp_node){
		.mfn = mfn,
		.first = first,
		.link = XP_NONE,
		.leaf = XP_NONE,
		.from = XP_SLOTS,
	};
	return *slot = level->nodes.nr - 1;
}

/* Mark the words of a node that lead to slots of the view, from this place. */
static void node_use(const struct xp_view *view, unsigned int level,
		     struct xp_node *node, uint64_t place, bool everywhere)
{
	uint64_t from = max_slot(view->base, place) - place;
	uint64_t to = min_slot(view->end - place,
			       xp_word_slots(level) * XP_SLOTS) - 1;
	unsigned int first = everywhere ? 0 : from / xp_word_slots(level);
	unsigned int end = everywhere ? XP_SLOTS : to / xp_word_slots(level) + 1;

	if (first < node->from)
		node->from = first;
	if (end > node->to)
		node->to = end;
}

/* Get the frame that a table word leads to, or record what is wrong with it. */
static bool word_is_good(struct xp_view *view, unsigned int level,
			 uint64_t slot, uint64_t word, uint64_t *mfn)
{
	bool tree = view->levels == XP_TREE_LEVELS;
	enum xp_cause cause;

	*mfn = tree ? word : (word & PTE_MFN_MASK) >> PAGE_SHIFT;
	if (tree && (word == 0 || word == XP_ONES))
		cause = XP_TREE_HOLE;
	else if (!word)
		cause = XP_EMPTY_ENTRY;
	else if (!tree && !(word & PTE_PRESENT))
		cause = XP_NOT_PRESENT;
	else if (!tree && level > 1 && (word & PTE_LARGE))
		cause = XP_LARGE_PAGE;
	else if (*mfn > view->source->max_mfn)
		cause = XP_NO_FRAME;
	else
		return true;

	found(view, cause, level, slot, word);
	return false;
}

/* Add the node that a table's word leads to; @link is XP_NONE without one. */
static int add_link(struct xp_view *view, unsigned int level,
		    const struct xp_node *table, unsigned int at, uint64_t word,
		    uint32_t *link)
{
	uint64_t place = table->first + at * xp_word_slots(level);
	struct xp_node *node;
	uint64_t mfn;

	*link = XP_NONE;
	if (!word_is_good(view, level, place, word, &mfn))
		return 0;
	*link = node_of(view, level - 1, mfn, place);
	if (*link == XP_NONE)
		return -ENOMEM;

	node = &xp_nodes(view, level - 1)[*link];
	node->shared |= table->shared;
	node_use(view, level - 1, node, place, table->shared);
	return 0;
}

/* Add a table's words, and the nodes that they lead to, to the view. */
static int take_table(struct xp_view *view, unsigned int level, size_t n,
		      const uint64_t word[XP_SLOTS], const void *arg)
{
	const struct xp_node table = xp_nodes(view, level)[n];
	unsigned int at;
	uint32_t *links;
	int err = 0;

	(void)arg;
	if (!xp_array_reserve(&view->links, view->budget, sizeof(*links),
			      table.to - table.from) ||
	    view->links.nr >= XP_NONE - XP_SLOTS)
		return -ENOMEM;
	xp_nodes(view, level)[n].link = view->links.nr;
	links = (uint32_t *)view->links.data + view->links.nr;
	view->links.nr += table.to - table.from;

	for (at = table.from; !err && at < table.to; at++)
		err = add_link(view, level, &table, at, word[at], links++);
	return err;
}

/* Called for each node of a level when it has been read. */
typedef int (*xp_node_taker)(struct xp_view *view, unsigned int level, size_t n,
			     const uint64_t word[XP_SLOTS], const void *arg);

struct xp_batch {
	uint64_t (*page)[XP_SLOTS];
	uint64_t mfn[XP_BATCH];
	bool failed[XP_BATCH];
};

static int read_batch(struct xp_view *view, unsigned int level, size_t first,
		      struct xp_batch *batch, xp_node_taker take, const void *arg)
{
	const struct xp_node *nodes = xp_nodes(view, level);
	size_t nr = view->level[level].nodes.nr - first, n;
	int err;

	if (nr > XP_BATCH)
		nr = XP_BATCH;
	for (n = 0; n < nr; n++)
		batch->mfn[n] = nodes[first + n].mfn;
	memset(batch->failed, 0, sizeof(batch->failed));

	err = view->source->read(view->source->ctx, nr, batch->mfn, batch->page,
				 batch->failed);
	for (n = 0; !err && n < nr; n++) {
		if (batch->failed[n])
			found(view, XP_UNREADABLE, level, nodes[first + n].first,
			      batch->mfn[n]);
		else
			err = take(view, level, first + n, batch->page[n], arg);
	}
	return err;
}

/* Read all nodes of a level. */
static int read_level(struct xp_view *view, unsigned int level,
		      xp_node_taker take, const void *arg)
{
	size_t all = view->level[level].nodes.nr, n;
	size_t most = all < XP_BATCH ? all : XP_BATCH;
	struct xp_batch batch = { .page = malloc(most * sizeof(*batch.page)) };
	int err = batch.page || !most ? 0 : -ENOMEM;

	for (n = 0; !err && n < all; n += XP_BATCH) {
		err = read_batch(view, level, n, &batch, take, arg);
		if (view->source->progress)
			view->source->progress(view->source->ctx, n, all);
	}
	free(batch.page);
	return err;
}

/**
 * xp_view_read_tables - read all tables and find the leaves
 * @view: prepared by xp_view_list() or xp_view_tree()
 * @root: frame of the topmost table, at most the source's max_mfn
 *
 * Return: 0, -ENOMEM if it exceeds the budget, or an error of the source.
 */
int xp_view_read_tables(struct xp_view *view, uint64_t root)
{
	unsigned int level = view->levels - 1;
	int err = 0;

	if (node_of(view, level, root, 0) == XP_NONE)
		return -ENOMEM;
	node_use(view, level, xp_nodes(view, level), 0, false);
	for (; !err && level > 0; level--)
		err = read_level(view, level, take_table, NULL);
	return err;
}

/**
 * xp_entry_kind - what an entry says about its pfn
 * @entry: the entry
 * @max_mfn: the highest frame number of the machine
 */
enum xp_kind xp_entry_kind(uint64_t entry, uint64_t max_mfn)
{
	if (entry == XP_ONES)
		return XP_MISSING;
	if (entry & FOREIGN_BIT)
		return XP_FOREIGN;
	if (entry & IDENTITY_BIT)
		return XP_IDENTITY;
	return entry <= max_mfn ? XP_POPULATED : XP_UNKNOWN;
}

/**
 * xp_leaf_pfn - the pfn of a leaf's first entry
 * @view: where the leaf is
 * @leaf: a leaf's node
 */
uint64_t xp_leaf_pfn(const struct xp_view *view, const struct xp_node *leaf)
{
	return leaf->first - view->base;
}

/**
 * xp_leaf_is_missing - are all entries of a leaf missing?
 * @view: with its leaves read
 * @leaf: a leaf's node
 *
 * Return: false also if it could not be read.
 */
bool xp_leaf_is_missing(const struct xp_view *view,
			const struct xp_node *leaf)
{
	const struct xp_piece *piece = view->pieces.data;

	if (leaf->link == XP_NONE)
		return false;
	piece += leaf->link;
	return piece->kind == XP_MISSING && piece->to == leaf->to;
}

/**
 * xp_view_find - find the leaf that is in a frame
 * @view: with its tables read
 * @mfn: any number
 *
 * Return: NULL if the frame is not a leaf of the view.
 */
const struct xp_node *xp_view_find(const struct xp_view *view, uint64_t mfn)
{
	uint32_t at;

	if (!view->level[0].nodes.nr)
		return NULL;
	at = *index_slot(&view->level[0], mfn);
	return at == XP_NONE ? NULL : &xp_nodes(view, 0)[at];
}

/* Is it the identity of its own pfn?  In a shared leaf, nobody can tell. */
static bool identity_is_good(const struct xp_view *view,
			     const struct xp_node *leaf, unsigned int at,
			     uint64_t entry)
{
	return leaf->shared ||
	       entry == (IDENTITY_BIT | (xp_leaf_pfn(view, leaf) + at));
}

static void check_entry(struct xp_view *view, const struct xp_node *leaf,
			unsigned int at, uint64_t entry, enum xp_kind kind)
{
	uint64_t slot = leaf->first + at;

	if (kind == XP_UNKNOWN)
		found(view, XP_BAD_VALUE, 0, slot, entry);
	if (kind == XP_IDENTITY)
		found(view, identity_is_good(view, leaf, at, entry) ?
		      XP_IDENTITY_IN_LIST : XP_BAD_IDENTITY, 0, slot, entry);
}

static int add_piece(struct xp_view *view, unsigned int to, enum xp_kind kind)
{
	struct xp_piece *piece = xp_array_add(&view->pieces, view->budget,
					      sizeof(*piece));

	if (!piece)
		return -ENOMEM;
	*piece = (struct xp_piece){ to, kind };
	return 0;
}

/* Add a leaf to the view, as pieces of one kind each. */
static int add_leaf(struct xp_view *view, struct xp_node *leaf,
		    const uint64_t entry[XP_SLOTS])
{
	enum xp_kind kind, before = XP_NR_KINDS;
	unsigned int at;
	int err = 0;

	if (view->pieces.nr >= XP_NONE - XP_SLOTS)
		return -ENOMEM;
	leaf->link = view->pieces.nr;
	for (at = 0; !err && at < leaf->to; at++) {
		kind = xp_entry_kind(entry[at], view->source->max_mfn);
		check_entry(view, leaf, at, entry[at], kind);
		if (at && kind != before)
			err = add_piece(view, at, before);
		before = kind;
	}
	if (!err)
		err = add_piece(view, leaf->to, before);
	for (; at < XP_SLOTS; at++)
		if (entry[at] != XP_ONES)
			found(view, XP_TAIL, 0, leaf->first + at, entry[at]);
	return err;
}

static int take_leaf(struct xp_view *view, unsigned int level, size_t n,
		     const uint64_t word[XP_SLOTS], const void *arg)
{
	struct xp_node *leaf = &xp_nodes(view, level)[n];
	const struct xp_visitor *visitor = arg;
	int err = add_leaf(view, leaf, word);

	return err || !visitor ? err :
	       visitor->leaf(visitor->arg, view, leaf, word);
}

/**
 * xp_view_read_leaves - read what the leaves hold
 * @view: with its tables read
 * @visitor: looks at each leaf, or NULL
 *
 * Return: as xp_view_read_tables().
 */
int xp_view_read_leaves(struct xp_view *view,
			const struct xp_visitor *visitor)
{
	return read_level(view, 0, take_leaf, visitor);
}
