/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A list as it is reached from one root, by page tables or by the frame tree:
 * each distinct frame once, however often it is mapped.  Time and memory are
 * proportional to the number of distinct frames, not to max_pfn.
 *
 * Places are counted in slots; a slot is one entry of a leaf.  In the linear
 * list slot 0 is at address 0 (of 48 bits), in the tree it is pfn 0.
 */
#ifndef XP_VIEW_H
#define XP_VIEW_H

#include "array.h"
#include "finding.h"
#include "source.h"

#define XP_SLOT_SHIFT		9	/* log2 of the slots of a leaf, or of a table */
#define XP_ADDRESS_SLOTS	(1ULL << 45)
#define XP_TREE_SLOTS		(1ULL << 27)
#define XP_LIST_LEVELS		5	/* leaves and four levels of tables */
#define XP_TREE_LEVELS		3	/* leaves, middle pages, the top page */
#define XP_BATCH		128	/* frames that are read at once */
#define XP_NONE			UINT32_MAX

/* What an entry says about its pfn; unknown: it is out of reach or invalid. */
enum xp_kind {
	XP_MISSING,
	XP_POPULATED,
	XP_FOREIGN,
	XP_IDENTITY,
	XP_UNKNOWN,
	XP_NR_KINDS,
};

/**
 * struct xp_node - a distinct frame of one level
 * @mfn: the frame
 * @first: the slot where it is used first
 * @link: where its links (of a table) or pieces (of a leaf) begin; XP_NONE if
 *	it could not be read
 * @leaf: the only leaf that a table leads to, or XP_NONE
 * @from: the first word in use
 * @to: one past the last word in use
 * @shared: it is used at more than one place
 * @visited: extents (of a table) or runs (of a leaf) have been made from it
 */
struct xp_node {
	uint64_t mfn;
	uint64_t first;
	uint32_t link;
	uint32_t leaf;
	uint16_t from;
	uint16_t to;
	bool shared;
	bool visited;
};

/**
 * struct xp_piece - adjacent entries of a leaf that are of one kind
 * @to: one past the last
 * @kind: their kind
 */
struct xp_piece {
	uint16_t to;
	uint16_t kind;
};

/**
 * struct xp_extent - adjacent slots that one leaf covers
 * @end: one past the last slot
 * @leaf: the leaf's node, or XP_NONE
 */
struct xp_extent {
	uint64_t end;
	uint32_t leaf;
};

/**
 * struct xp_run - adjacent pfns of one kind
 * @pfn: the first
 * @end: one past the last
 * @kind: their kind
 */
struct xp_run {
	uint64_t pfn;
	uint64_t end;
	enum xp_kind kind;
};

/**
 * struct xp_level - the distinct frames of a level
 * @nodes: of struct xp_node
 * @index: of uint32_t: hash table of @nodes by frame; its size is a power of 2
 */
struct xp_level {
	struct xp_array nodes;
	struct xp_array index;
};

/**
 * struct xp_view - what one root leads to
 * @source: where words come from
 * @budget: what the memory is charged to
 * @findings: where to record what is wrong
 * @levels: number of levels, leaves included
 * @base: the slot of pfn 0
 * @end: one past the slot of the last pfn
 * @level: the leaves, then the tables
 * @links: of uint32_t: the nodes that table words lead to, or XP_NONE
 * @pieces: of struct xp_piece
 * @extents: of struct xp_extent, ordered and without gaps, from @base to @end
 */
struct xp_view {
	const struct xp_source *source;
	struct xp_budget *budget;
	struct xp_findings *findings;
	unsigned int levels;
	uint64_t base;
	uint64_t end;
	struct xp_level level[XP_LIST_LEVELS];
	struct xp_array links;
	struct xp_array pieces;
	struct xp_array extents;
};

/**
 * struct xp_visitor - what to call for each leaf
 * @arg: passed to @leaf
 * @leaf: called once for each leaf that could be read, in the order of its
 *	first slot.  Returns 0 or a negative errno, which ends the reading.
 */
struct xp_visitor {
	void *arg;
	int (*leaf)(void *arg, const struct xp_view *view,
		    const struct xp_node *leaf,
		    const uint64_t entry[XP_SLOTS]);
};

void xp_view_list(struct xp_view *view, uint64_t vaddr, uint64_t pfns);
void xp_view_tree(struct xp_view *view, uint64_t pfns);
int xp_view_read_tables(struct xp_view *view, uint64_t root);
int xp_view_read_leaves(struct xp_view *view,
			const struct xp_visitor *visitor);
int xp_view_extents(struct xp_view *view);
int xp_view_runs(struct xp_view *view, struct xp_array *runs);
void xp_view_clear(struct xp_view *view);

enum xp_kind xp_entry_kind(uint64_t entry, uint64_t max_mfn);
uint64_t xp_leaf_pfn(const struct xp_view *view, const struct xp_node *leaf);
bool xp_leaf_is_missing(const struct xp_view *view,
			const struct xp_node *leaf);
const struct xp_node *xp_view_find(const struct xp_view *view, uint64_t mfn);
const struct xp_node *xp_view_leaf(const struct xp_view *view, uint64_t pfn);

/* Slots that one word of a table of a level covers; a leaf is level 0. */
static inline uint64_t xp_word_slots(unsigned int level)
{
	return 1ULL << (XP_SLOT_SHIFT * level);
}

static inline struct xp_node *xp_nodes(const struct xp_view *view,
				       unsigned int level)
{
	return view->level[level].nodes.data;
}

static inline const struct xp_extent *
xp_extents(const struct xp_view *view)
{
	return view->extents.data;
}

#endif /* XP_VIEW_H */
