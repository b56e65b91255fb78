// SPDX-License-Identifier: GPL-2.0-only
/*
 * Reading a list level by level: all distinct tables of a level are known
 * before the first of them is read, so each is read once, in batches, and all
 * of the next level are known after it.  Levels are as many as there are, so
 * tables that name each other lead nowhere.
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

/* The pfn of a slot, as near as there is one. */
static uint64_t slot_pfn(const struct p2m_view *view, uint64_t slot)
{
	return max_slot(slot, view->base) - view->base;
}

static void found(struct p2m_view *view, enum p2m_cause cause,
		  unsigned int level, uint64_t slot, uint64_t value)
{
	const struct p2m_finding finding = {
		.cause = cause,
		.level = level,
		.pfn = slot_pfn(view, slot),
		.value = value,
	};

	p2m_found(view->findings, &finding);
}

/**
 * p2m_view_list - prepare to read a linear list
 * @view: with source, budget and findings set, all else 0
 * @vaddr: address of the first entry, aligned to a page
 * @pfns: entries; they end within 48 bits
 */
void p2m_view_list(struct p2m_view *view, uint64_t vaddr, uint64_t pfns)
{
	view->levels = P2M_LIST_LEVELS;
	view->base = (vaddr >> 3) % P2M_ADDRESS_SLOTS;
	view->end = view->base + pfns;
}

/**
 * p2m_view_tree - prepare to read a frame tree
 * @view: with source, budget and findings set, all else 0
 * @pfns: entries, at most P2M_TREE_SLOTS
 */
void p2m_view_tree(struct p2m_view *view, uint64_t pfns)
{
	view->levels = P2M_TREE_LEVELS;
	view->base = 0;
	view->end = pfns;
}

/**
 * p2m_view_clear - give all memory back
 * @view: to be prepared anew before it is used again
 */
void p2m_view_clear(struct p2m_view *view)
{
	unsigned int level;

	for (level = 0; level < P2M_LIST_LEVELS; level++) {
		p2m_array_clear(&view->level[level].nodes, view->budget,
				sizeof(struct p2m_node));
		p2m_array_clear(&view->level[level].index, view->budget,
				sizeof(uint32_t));
	}
	p2m_array_clear(&view->links, view->budget, sizeof(uint32_t));
	p2m_array_clear(&view->pieces, view->budget, sizeof(struct p2m_piece));
	p2m_array_clear(&view->extents, view->budget, sizeof(struct p2m_extent));
}

/* The hash table of a level. */

static size_t index_start(uint64_t mfn, size_t room)
{
	return (mfn * 0x9e3779b97f4a7c15ULL >> 20) & (room - 1);
}

static uint32_t *index_slot(const struct p2m_level *level, uint64_t mfn)
{
	const struct p2m_node *nodes = level->nodes.data;
	uint32_t *index = level->index.data;
	size_t room = level->index.nr, at;

	for (at = index_start(mfn, room);
	     index[at] != P2M_NONE && nodes[index[at]].mfn != mfn;
	     at = (at + 1) & (room - 1))
		;
	return &index[at];
}

/* At most half full, so that a search ends soon. */
static bool index_grow(struct p2m_view *view, struct p2m_level *level)
{
	const struct p2m_node *nodes = level->nodes.data;
	size_t nr = level->index.nr ? level->index.nr : 32, n;

	if (level->index.nr >= 2 * (level->nodes.nr + 1))
		return true;
	if (!p2m_array_reserve(&level->index, view->budget, sizeof(uint32_t),
			       2 * nr - level->index.nr))
		return false;

	level->index.nr = 2 * nr;
	memset(level->index.data, 0xff, 2 * nr * sizeof(uint32_t));
	for (n = 0; n < level->nodes.nr; n++)
		*index_slot(level, nodes[n].mfn) = n;
	return true;
}

/* The node of a frame, a new one if need be; P2M_NONE: out of memory. */
static uint32_t node_of(struct p2m_view *view, unsigned int at, uint64_t mfn,
			uint64_t first)
{
	struct p2m_level *level = &view->level[at];
	struct p2m_node *node;
	uint32_t *slot;

	if (!index_grow(view, level) || level->nodes.nr == P2M_NONE)
		return P2M_NONE;
	slot = index_slot(level, mfn);
	if (*slot != P2M_NONE) {
		p2m_nodes(view, at)[*slot].shared = true;
		return *slot;
	}

	node = p2m_array_add(&level->nodes, view->budget, sizeof(*node));
	if (!node)
		return P2M_NONE;
	*node = (struct p2m_node){
		.mfn = mfn,
		.first = first,
		.link = P2M_NONE,
		.leaf = P2M_NONE,
		.from = P2M_SLOTS,
	};
	return *slot = level->nodes.nr - 1;
}

/* The words of a node are used that lead to the view's slots, at this place. */
static void node_use(const struct p2m_view *view, unsigned int level,
		     struct p2m_node *node, uint64_t place, bool everywhere)
{
	uint64_t from = max_slot(view->base, place) - place;
	uint64_t to = min_slot(view->end - place,
			       p2m_word_slots(level) * P2M_SLOTS) - 1;
	unsigned int first = everywhere ? 0 : from / p2m_word_slots(level);
	unsigned int end = everywhere ? P2M_SLOTS : to / p2m_word_slots(level) + 1;

	if (first < node->from)
		node->from = first;
	if (end > node->to)
		node->to = end;
}

/* What a word of a table names, or what is wrong with it. */
static bool word_is_good(struct p2m_view *view, unsigned int level,
			 uint64_t slot, uint64_t word, uint64_t *mfn)
{
	bool tree = view->levels == P2M_TREE_LEVELS;
	enum p2m_cause cause;

	*mfn = tree ? word : (word & PTE_MFN_MASK) >> PAGE_SHIFT;
	if (tree && (word == 0 || word == P2M_ONES))
		cause = P2M_TREE_HOLE;
	else if (!word)
		cause = P2M_EMPTY_ENTRY;
	else if (!tree && !(word & PTE_PRESENT))
		cause = P2M_NOT_PRESENT;
	else if (!tree && level > 1 && (word & PTE_LARGE))
		cause = P2M_LARGE_PAGE;
	else if (*mfn > view->source->max_mfn)
		cause = P2M_NO_FRAME;
	else
		return true;

	found(view, cause, level, slot, word);
	return false;
}

/* Takes a table's words, and the nodes that they name, into the view. */
static int table_take(struct p2m_view *view, unsigned int level, size_t n,
		      const uint64_t word[P2M_SLOTS])
{
	struct p2m_node table = p2m_nodes(view, level)[n];
	uint32_t *links, node;
	unsigned int at;
	uint64_t mfn;

	if (!p2m_array_reserve(&view->links, view->budget, sizeof(*links),
			       table.to - table.from) ||
	    view->links.nr >= P2M_NONE - P2M_SLOTS)
		return -ENOMEM;
	p2m_nodes(view, level)[n].link = view->links.nr;
	links = (uint32_t *)view->links.data + view->links.nr;
	view->links.nr += table.to - table.from;

	for (at = table.from; at < table.to; at++) {
		uint64_t place = table.first + at * p2m_word_slots(level);

		*links = P2M_NONE;
		if (word_is_good(view, level, place, word[at], &mfn)) {
			node = node_of(view, level - 1, mfn, place);
			if (node == P2M_NONE)
				return -ENOMEM;
			p2m_nodes(view, level - 1)[node].shared |= table.shared;
			node_use(view, level - 1,
				 &p2m_nodes(view, level - 1)[node], place,
				 table.shared);
			*links = node;
		}
		links++;
	}
	return 0;
}

/* What to do with each node of a level when it has been read. */
typedef int (*node_taker)(struct p2m_view *view, unsigned int level, size_t n,
			  const uint64_t word[P2M_SLOTS], const void *arg);

struct batch {
	uint64_t (*page)[P2M_SLOTS];
	uint64_t mfn[P2M_BATCH];
	bool failed[P2M_BATCH];
};

static int read_batch(struct p2m_view *view, unsigned int level, size_t first,
		      struct batch *batch, node_taker take, const void *arg)
{
	const struct p2m_node *nodes = p2m_nodes(view, level);
	size_t nr = view->level[level].nodes.nr - first, n;
	int err;

	if (nr > P2M_BATCH)
		nr = P2M_BATCH;
	for (n = 0; n < nr; n++)
		batch->mfn[n] = nodes[first + n].mfn;
	memset(batch->failed, 0, sizeof(batch->failed));

	err = view->source->read(view->source->ctx, nr, batch->mfn, batch->page,
				 batch->failed);
	view->frames += nr;
	for (n = 0; !err && n < nr; n++) {
		if (batch->failed[n])
			found(view, P2M_UNREADABLE, level, nodes[first + n].first,
			      batch->mfn[n]);
		else
			err = take(view, level, first + n, batch->page[n], arg);
	}
	return err;
}

/* Reads all nodes of a level. */
static int read_level(struct p2m_view *view, unsigned int level,
		      node_taker take, const void *arg)
{
	size_t all = view->level[level].nodes.nr, n;
	size_t most = all < P2M_BATCH ? all : P2M_BATCH;
	struct batch batch = { .page = malloc(most * sizeof(*batch.page)) };
	int err = batch.page || !most ? 0 : -ENOMEM;

	for (n = 0; !err && n < all; n += P2M_BATCH) {
		err = read_batch(view, level, n, &batch, take, arg);
		if (view->source->progress)
			view->source->progress(view->source->ctx, n, all);
	}
	free(batch.page);
	return err;
}

static int take_table(struct p2m_view *view, unsigned int level, size_t n,
		      const uint64_t word[P2M_SLOTS], const void *arg)
{
	(void)arg;
	return table_take(view, level, n, word);
}

/**
 * p2m_view_read_tables - read all tables, down to what the leaves are
 * @view: prepared by p2m_view_list() or p2m_view_tree()
 * @root: frame of the topmost table, at most the source's max_mfn
 *
 * Return: 0, -ENOMEM if the budget does not allow it, or an error of the
 * source.
 */
int p2m_view_read_tables(struct p2m_view *view, uint64_t root)
{
	unsigned int level = view->levels - 1;
	int err = 0;

	if (node_of(view, level, root, 0) == P2M_NONE)
		return -ENOMEM;
	node_use(view, level, p2m_nodes(view, level), 0, false);
	for (; !err && level > 0; level--)
		err = read_level(view, level, take_table, NULL);
	return err;
}

/**
 * p2m_entry_kind - what an entry says of its pfn
 * @entry: the entry
 * @max_mfn: the highest frame number of the machine
 */
enum p2m_kind p2m_entry_kind(uint64_t entry, uint64_t max_mfn)
{
	if (entry == P2M_ONES)
		return P2M_MISSING;
	if (entry & FOREIGN_BIT)
		return P2M_FOREIGN;
	if (entry & IDENTITY_BIT)
		return P2M_IDENTITY;
	return entry <= max_mfn ? P2M_POPULATED : P2M_UNKNOWN;
}

/**
 * p2m_leaf_pfn - the pfn of a leaf's first entry
 * @view: where the leaf is
 * @leaf: a leaf's node
 */
uint64_t p2m_leaf_pfn(const struct p2m_view *view, const struct p2m_node *leaf)
{
	return leaf->first - view->base;
}

/**
 * p2m_leaf_is_missing - does a leaf say nothing of any pfn?
 * @view: with its leaves read
 * @leaf: a leaf's node
 *
 * Return: false also if it could not be read.
 */
bool p2m_leaf_is_missing(const struct p2m_view *view,
			 const struct p2m_node *leaf)
{
	const struct p2m_piece *piece = view->pieces.data;

	if (leaf->link == P2M_NONE)
		return false;
	piece += leaf->link;
	return piece->kind == P2M_MISSING && piece->to == leaf->to;
}

/**
 * p2m_view_find - the leaf that a frame is
 * @view: with its tables read
 * @mfn: any number
 *
 * Return: NULL if it is no leaf of the view.
 */
const struct p2m_node *p2m_view_find(const struct p2m_view *view, uint64_t mfn)
{
	uint32_t at;

	if (!view->level[0].nodes.nr)
		return NULL;
	at = *index_slot(&view->level[0], mfn);
	return at == P2M_NONE ? NULL : &p2m_nodes(view, 0)[at];
}

/* Identity of this very pfn; in a leaf for many pfns nobody can tell. */
static bool identity_is_good(const struct p2m_view *view,
			     const struct p2m_node *leaf, unsigned int at,
			     uint64_t entry)
{
	return leaf->shared ||
	       entry == (IDENTITY_BIT | (p2m_leaf_pfn(view, leaf) + at));
}

static void check_entry(struct p2m_view *view, const struct p2m_node *leaf,
			unsigned int at, uint64_t entry, enum p2m_kind kind)
{
	uint64_t slot = leaf->first + at;

	if (kind == P2M_UNKNOWN)
		found(view, P2M_BAD_VALUE, 0, slot, entry);
	if (kind == P2M_IDENTITY)
		found(view, identity_is_good(view, leaf, at, entry) ?
		      P2M_IDENTITY_IN_LIST : P2M_BAD_IDENTITY, 0, slot, entry);
}

static int add_piece(struct p2m_view *view, unsigned int to, enum p2m_kind kind)
{
	struct p2m_piece *piece = p2m_array_add(&view->pieces, view->budget,
						sizeof(*piece));

	if (!piece)
		return -ENOMEM;
	*piece = (struct p2m_piece){ to, kind };
	return 0;
}

/* Takes a leaf into the view, as pieces of one kind. */
static int leaf_take(struct p2m_view *view, struct p2m_node *leaf,
		     const uint64_t entry[P2M_SLOTS])
{
	enum p2m_kind kind, before = P2M_NR_KINDS;
	unsigned int at;
	int err = 0;

	if (view->pieces.nr >= P2M_NONE - P2M_SLOTS)
		return -ENOMEM;
	leaf->link = view->pieces.nr;
	for (at = 0; !err && at < leaf->to; at++) {
		kind = p2m_entry_kind(entry[at], view->source->max_mfn);
		check_entry(view, leaf, at, entry[at], kind);
		if (at && kind != before)
			err = add_piece(view, at, before);
		before = kind;
	}
	if (!err)
		err = add_piece(view, leaf->to, before);
	for (; at < P2M_SLOTS; at++)
		if (entry[at] != P2M_ONES)
			found(view, P2M_TAIL, 0, leaf->first + at, entry[at]);
	return err;
}

static int take_leaf(struct p2m_view *view, unsigned int level, size_t n,
		     const uint64_t word[P2M_SLOTS], const void *arg)
{
	struct p2m_node *leaf = &p2m_nodes(view, level)[n];
	const struct p2m_visitor *visitor = arg;
	int err = leaf_take(view, leaf, word);

	return err || !visitor ? err :
	       visitor->leaf(visitor->arg, view, leaf, word);
}

/**
 * p2m_view_read_leaves - read what the leaves hold
 * @view: with its tables read
 * @visitor: looks at each leaf, or NULL
 *
 * Return: as p2m_view_read_tables().
 */
int p2m_view_read_leaves(struct p2m_view *view,
			 const struct p2m_visitor *visitor)
{
	return read_level(view, 0, take_leaf, visitor);
}
