/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A list as it is found from one root, by page tables or by the frame tree:
 * each distinct frame once, however often it is mapped.  Time and memory go
 * with the number of distinct frames, not with max_pfn.
 *
 * A place is counted in slots: one slot is one entry of a leaf.  In the linear
 * list slot 0 is address 0 (of 48 bits), in the tree it is pfn 0.
 */
#ifndef XEN_P2M_VIEW_H
#define XEN_P2M_VIEW_H

#include "array.h"
#include "finding.h"
#include "source.h"

#define P2M_SLOT_SHIFT		9	/* log2 of the slots of a leaf, or of a table */
#define P2M_ADDRESS_SLOTS	(1ULL << 45)
#define P2M_TREE_SLOTS		(1ULL << 27)
#define P2M_LIST_LEVELS		5	/* leaves and four levels of tables */
#define P2M_TREE_LEVELS		3	/* leaves, middle pages, the top page */
#define P2M_BATCH		128	/* frames that are read at once */
#define P2M_NONE		UINT32_MAX

/* What an entry says of its pfn; unknown: no way leads to the entry. */
enum p2m_kind {
	P2M_MISSING,
	P2M_POPULATED,
	P2M_FOREIGN,
	P2M_IDENTITY,
	P2M_UNKNOWN,
	P2M_NR_KINDS,
};

/**
 * struct p2m_node - a distinct frame of one level
 * @mfn: the frame
 * @first: the slot where it stands first
 * @link: tables: where its links begin; leaves: where its pieces begin
 * @leaf: the leaf that all of a table comes down to, or P2M_NONE
 * @from: the first used word
 * @to: one past the last
 * @shared: it stands at more than one place
 * @visited: it has been come by, at @first
 */
struct p2m_node {
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
 * struct p2m_piece - neighbouring entries of a leaf that are of one kind
 * @to: one past the last
 * @kind: their kind
 */
struct p2m_piece {
	uint16_t to;
	uint16_t kind;
};

/**
 * struct p2m_extent - neighbouring slots that one leaf answers for
 * @end: one past the last slot
 * @leaf: the leaf's node, or P2M_NONE
 */
struct p2m_extent {
	uint64_t end;
	uint32_t leaf;
};

/**
 * struct p2m_run - neighbouring pfns of one kind
 * @pfn: the first
 * @end: one past the last
 * @kind: their kind
 */
struct p2m_run {
	uint64_t pfn;
	uint64_t end;
	enum p2m_kind kind;
};

/**
 * struct p2m_level - the distinct frames of a level
 * @nodes: of struct p2m_node
 * @index: of uint32_t, a hash table of them by frame; a power of 2
 */
struct p2m_level {
	struct p2m_array nodes;
	struct p2m_array index;
};

/**
 * struct p2m_view - what one root leads to
 * @source: where words come from
 * @budget: what memory may be used
 * @findings: what is wrong
 * @levels: how many, leaves included
 * @base: the slot of pfn 0
 * @end: one past the slot of the last pfn
 * @level: the leaves, then the tables
 * @links: of uint32_t: the nodes that tables name, P2M_NONE for none
 * @pieces: of struct p2m_piece
 * @extents: of struct p2m_extent, ordered and without gaps, from @base to @end
 * @frames: frames that were read
 */
struct p2m_view {
	const struct p2m_source *source;
	struct p2m_budget *budget;
	struct p2m_findings *findings;
	unsigned int levels;
	uint64_t base;
	uint64_t end;
	struct p2m_level level[P2M_LIST_LEVELS];
	struct p2m_array links;
	struct p2m_array pieces;
	struct p2m_array extents;
	uint64_t frames;
};

/**
 * struct p2m_visitor - who looks at the leaves
 * @arg: handed to @leaf
 * @leaf: called once for each leaf that could be read, in the order of @first.
 *	Returns 0 or a negative errno, which ends the reading.
 */
struct p2m_visitor {
	void *arg;
	int (*leaf)(void *arg, const struct p2m_view *view,
		    const struct p2m_node *leaf,
		    const uint64_t entry[P2M_SLOTS]);
};

void p2m_view_list(struct p2m_view *view, uint64_t vaddr, uint64_t pfns);
void p2m_view_tree(struct p2m_view *view, uint64_t pfns);
int p2m_view_read_tables(struct p2m_view *view, uint64_t root);
int p2m_view_read_leaves(struct p2m_view *view,
			 const struct p2m_visitor *visitor);
int p2m_view_extents(struct p2m_view *view);
int p2m_view_runs(struct p2m_view *view, struct p2m_array *runs);
void p2m_view_clear(struct p2m_view *view);

enum p2m_kind p2m_entry_kind(uint64_t entry, uint64_t max_mfn);
uint64_t p2m_leaf_pfn(const struct p2m_view *view, const struct p2m_node *leaf);
bool p2m_leaf_is_missing(const struct p2m_view *view,
			 const struct p2m_node *leaf);
const struct p2m_node *p2m_view_find(const struct p2m_view *view, uint64_t mfn);
const struct p2m_node *p2m_view_leaf(const struct p2m_view *view, uint64_t pfn);

/* Slots below one word of a table of a level; of a leaf it is one. */
static inline uint64_t p2m_word_slots(unsigned int level)
{
	return 1ULL << (P2M_SLOT_SHIFT * level);
}

static inline struct p2m_node *p2m_nodes(const struct p2m_view *view,
					 unsigned int level)
{
	return view->level[level].nodes.data;
}

static inline const struct p2m_extent *
p2m_extents(const struct p2m_view *view)
{
	return view->extents.data;
}

#endif /* XEN_P2M_VIEW_H */
