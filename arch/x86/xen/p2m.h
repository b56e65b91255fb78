/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The p2m list: its data, its invariants, and what the rooms call of each
 * other.  Private to arch/x86/xen/p2m*.c and their tests; everybody else
 * includes <asm/xen/page.h>.
 *
 *   pfn        27 26       18 17        9 8        0
 *        +-------+-----------+-----------+----------+
 *        |  top  |    mid    |  bottom   |  entry   |
 *        +-------+-----------+-----------+----------+
 *   index    top[] -> mid node -> bottom node -> leaf      (pointers)
 *   tables   PUD   -> PMD table -> PTE table  -> leaf      (machine frames)
 *   tree           top page  ->  mid page     -> leaf      (machine frames,
 *            pfns below 2^27 only; entry 27.. is its top)
 *
 * One leaf is a page of 512 entries, 2 MiB of guest memory.  The index, in
 * kernel addresses, is what this kernel goes by.  The tables map the leaves
 * one after another at @base; the tree is the older way to the same leaves.
 * Both exist in machine frames only and can be had again from the index.
 *
 * A slot of the index is a constant for a stretch that holds no frames, at
 * whatever level the stretch ends.  In the tables such a stretch is mapped to
 * the sentinels: one leaf of all ones, one PTE table full of that leaf, one
 * PMD table full of that PTE table.  Missing or identity is told by the index
 * alone, so the tables need one set of sentinels only and a change between
 * the two meanings is not a change of the mapping.
 */
#ifndef _XEN_P2M_H
#define _XEN_P2M_H

#include <linux/bitmap.h>
#include <linux/cache.h>
#include <linux/mutex.h>
#include <linux/types.h>

#include <asm/xen/page.h>

#define P2M_LEAF_SHIFT		9	/* pfns of a leaf */
#define P2M_BOTTOM_SHIFT	18	/* pfns of a bottom node, 1 GiB */
#define P2M_MID_SHIFT		27	/* pfns of a mid node, 512 GiB */
#define P2M_NODE_SLOTS		512

/* The direct map ends here, so no pfn of RAM can lie beyond. */
#define P2M_MAX_REACH		(1UL << (46 - PAGE_SHIFT))
#define P2M_TOP_SLOTS		(P2M_MAX_REACH >> P2M_MID_SHIFT)

/* A frame tree has one top page; see the picture above. */
#define P2M_TREE_REACH		BIT(P2M_MID_SHIFT)

/* What an entry says about its pfn. */
enum p2m_kind {
	P2M_MISSING,
	P2M_IDENTITY,
	P2M_POPULATED,
	P2M_FOREIGN,
};

/*
 * A slot is an unsigned long: P2M_MISSING or P2M_IDENTITY for the whole
 * stretch; else the address of a node or leaf; else, at the bottom only and
 * marked by P2M_MIXED, the address of a struct p2m_mixed.
 */
#define P2M_MIXED		2UL

/**
 * struct p2m_mixed - a leaf with identity entries among others
 * @identity: one bit per entry.  A set bit means identity, provided that the
 *	entry is all ones; see p2m_mixed_lookup() for the order of the two.
 * @leaf: the entries; the sentinel leaf while none holds a frame.
 */
struct p2m_mixed {
	DECLARE_BITMAP(identity, P2M_PER_PAGE);
	unsigned long *leaf;
};

/**
 * struct p2m_update - one page-table entry to be written
 * @entry: kernel address of the entry
 * @val: its new value, in machine frames
 */
struct p2m_update {
	u64 *entry;
	u64 val;
};

#define P2M_BATCH		32

struct p2m_list;

/**
 * struct p2m_ops - where memory comes from and how a mapping is changed
 * @alloc: an object, not initialised.  From PAGE_SIZE on, pages one after
 *	another, a power of two of them.  May sleep.  NULL if there is none.
 * @free: give an object, or one page, back.
 * @protect: make a page read-only in the direct map, as Xen wants page tables
 *	to be.  0 or a negative errno.
 * @unprotect: undo that.
 * @apply: write up to P2M_BATCH entries of live tables; how many were written
 *	before the first failure.
 * @flush: drop every cached translation on every cpu.
 * @shared: where the published fields are.  Asked for anew at each access.
 * @step: called after each store that a reader could see; may be NULL.  For
 *	tests.
 *
 * @protect, @unprotect and @apply are called with preemption off.
 */
struct p2m_ops {
	void *(*alloc)(struct p2m_list *list, size_t size);
	void (*free)(struct p2m_list *list, void *object, size_t size);
	int (*protect)(struct p2m_list *list, void *page);
	int (*unprotect)(struct p2m_list *list, void *page);
	unsigned int (*apply)(struct p2m_list *list,
			      const struct p2m_update *updates,
			      unsigned int nr);
	void (*flush)(struct p2m_list *list);
	struct arch_shared_info *(*shared)(struct p2m_list *list);
	void (*step)(struct p2m_list *list);
};

/**
 * struct p2m_tree - the frame tree
 * @top: top page: mfns of mid pages
 * @mid: where each mid page is; NULL for the missing one
 * @mid_missing: mid page of a GiB without leaves: mfns of the sentinel leaf
 */
struct p2m_tree {
	unsigned long *top;
	unsigned long **mid;
	unsigned long *mid_missing;
};

/**
 * struct p2m_count - pages that the list has of its own
 * @leaves: leaves
 * @tables: PMD and PTE tables
 * @nodes: mid and bottom nodes of the index
 * @mixed: objects of struct p2m_mixed
 * @tree_mids: mid pages of the frame tree
 */
struct p2m_count {
	unsigned long leaves;
	unsigned long tables;
	unsigned long nodes;
	unsigned long mixed;
	unsigned long tree_mids;
};

/**
 * struct p2m_list - a p2m list
 * @base: first entry; aligned to 1 GiB, or readers lose the last GiB of the
 *	guest (trim of the L2 run in Xen's xg_sr_save_x86_pv.c)
 * @reach: pfns it can hold, a multiple of 2^27, fixed
 * @top: the index.  Slots are stored with release and never made to point to
 *	another node; nodes, leaves and p2m_mixed objects are never freed.
 *	Hence lookups need no lock.
 * @leaf: the sentinel leaf
 * @pte: the sentinel PTE table
 * @pmd: the sentinel PMD table
 * @ops: see there
 * @lock: held by whoever changes @top and below, @tree, or a mapping
 * @tree: the frame tree
 * @max_pfn: the published count; only grows, under @lock
 * @generation: the published count; odd while a mapping changes.  Under
 *	@lock; preemption is off while it is odd.
 * @count: for reports, under @lock
 * @keep_tree: go on publishing the tree when @max_pfn exceeds it
 * @tree_only: never publish the linear list
 * @pending: slots about to be installed, one GiB of them; under @lock, but
 *	for adoption, when nobody else has the list
 */
struct p2m_list {
	unsigned long *base;
	unsigned long reach;
	unsigned long top[P2M_TOP_SLOTS];

	unsigned long *leaf;
	u64 *pte;
	u64 *pmd;

	const struct p2m_ops *ops;

	/* What is written lies apart from what every lookup reads. */
	struct mutex lock ____cacheline_aligned_in_smp;
	struct p2m_tree tree;
	unsigned long max_pfn;
	unsigned long generation;
	struct p2m_count count;
	bool keep_tree;
	bool tree_only;
	unsigned long *pending;
};

/* Slots */

static __always_inline bool p2m_slot_is_constant(unsigned long slot)
{
	return slot <= P2M_IDENTITY;
}

static __always_inline bool p2m_slot_is_mixed(unsigned long slot)
{
	return slot & P2M_MIXED;
}

static __always_inline struct p2m_mixed *p2m_slot_mixed(unsigned long slot)
{
	return (struct p2m_mixed *)(slot & ~P2M_MIXED);
}

static __always_inline unsigned int p2m_slot_index(unsigned long pfn,
						   unsigned int shift)
{
	return (pfn >> shift) % P2M_NODE_SLOTS;
}

/**
 * p2m_slot - the slot of the index that settles a pfn
 * @list: the list
 * @pfn: below @list->reach
 * @shift: set to the log2 of the number of pfns that the slot stands for
 *
 * Context: any; no lock.  The loads are ordered by their addresses and pair
 * with the release stores of p2m_slot_set().
 */
static __always_inline unsigned long
p2m_slot(const struct p2m_list *list, unsigned long pfn, unsigned int *shift)
{
	unsigned long slot = READ_ONCE(list->top[pfn >> P2M_MID_SHIFT]);
	unsigned int n;

	*shift = P2M_MID_SHIFT;
	if (p2m_slot_is_constant(slot))
		return slot;

	n = p2m_slot_index(pfn, P2M_BOTTOM_SHIFT);
	slot = READ_ONCE(((unsigned long *)slot)[n]);
	*shift = P2M_BOTTOM_SHIFT;
	if (p2m_slot_is_constant(slot))
		return slot;

	n = p2m_slot_index(pfn, P2M_LEAF_SHIFT);
	*shift = P2M_LEAF_SHIFT;
	return READ_ONCE(((unsigned long *)slot)[n]);
}

/* The leaf of a bottom slot; the sentinel leaf if it has none of its own. */
static __always_inline unsigned long *
p2m_slot_leaf(const struct p2m_list *list, unsigned long slot)
{
	if (p2m_slot_is_constant(slot))
		return list->leaf;
	if (p2m_slot_is_mixed(slot))
		return READ_ONCE(p2m_slot_mixed(slot)->leaf);
	return (unsigned long *)slot;
}

/* Has the leaf of a bottom slot a page of its own? */
static inline bool p2m_leaf_is_owned(const struct p2m_list *list,
				     unsigned long slot)
{
	return p2m_slot_leaf(list, slot) != list->leaf;
}

static inline unsigned long p2m_mixed_slot(const struct p2m_mixed *mixed)
{
	return (unsigned long)mixed | P2M_MIXED;
}

/* Make a slot name what is initialised by now. */
static inline void p2m_slot_set(unsigned long *where, unsigned long slot)
{
	/* Pairs with the address-dependent loads of p2m_slot(). */
	smp_store_release(where, slot);
}

/*
 * An all-ones entry of a mixed leaf.  Writers set the bit before they store
 * ~0 and store a value before they clear the bit, so that ~0 under a clear bit
 * can be a frame that was stored between our two loads: look once more.
 */
static __always_inline unsigned long
p2m_mixed_lookup(const struct p2m_mixed *mixed, unsigned long pfn)
{
	const unsigned long *entry = READ_ONCE(mixed->leaf) +
				     pfn % P2M_PER_PAGE;
	unsigned long mfn = READ_ONCE(*entry);

	if (mfn != INVALID_P2M_ENTRY)
		return mfn;
	if (test_bit(pfn % P2M_PER_PAGE, mixed->identity))
		return IDENTITY_FRAME(pfn);
	/* In the leaf of now: the first look may have been at the sentinel. */
	return READ_ONCE(READ_ONCE(mixed->leaf)[pfn % P2M_PER_PAGE]);
}

/* What the slot that settles @pfn has to say of it. */
static __always_inline unsigned long p2m_slot_lookup(unsigned long slot,
						     unsigned long pfn)
{
	if (p2m_slot_is_constant(slot))
		return slot == P2M_MISSING ? INVALID_P2M_ENTRY :
					     IDENTITY_FRAME(pfn);
	if (unlikely(p2m_slot_is_mixed(slot)))
		return p2m_mixed_lookup(p2m_slot_mixed(slot), pfn);
	return READ_ONCE(((unsigned long *)slot)[pfn % P2M_PER_PAGE]);
}

/**
 * p2m_lookup_slow - settle a pfn whose entry reads all ones
 * @list: the list
 * @pfn: below @list->reach
 *
 * Goes by the index and reads the leaf in the direct map: the translation of
 * the linear address may be stale on this cpu, because growth does not flush.
 *
 * Context: any, NMI included; no lock, no RCU.
 */
static __always_inline unsigned long
p2m_lookup_slow(const struct p2m_list *list, unsigned long pfn)
{
	unsigned int shift;

	return p2m_slot_lookup(p2m_slot(list, pfn, &shift), pfn);
}

/**
 * p2m_lookup - look a pfn up
 * @list: the list
 * @pfn: any number; identity from @list->reach on
 *
 * Context: any, NMI included; no lock.
 */
static __always_inline unsigned long p2m_lookup(const struct p2m_list *list,
						unsigned long pfn)
{
	unsigned long mfn;

	if (unlikely(pfn >= list->reach))
		return IDENTITY_FRAME(pfn);

	mfn = READ_ONCE(list->base[pfn]);
	return likely(mfn != INVALID_P2M_ENTRY) ? mfn :
						  p2m_lookup_slow(list, pfn);
}

/**
 * struct p2m_cursor - the leaf that a batch of pfns is at
 * @leaf: its number
 * @slot: its slot
 *
 * Most neighbours in a batch share a leaf, which is looked up once for them.
 * The slot may be out of date then.  That is harmless for pfns that the caller
 * owns, whose meaning nobody else changes, unless the leaf has come into being
 * since: then a set fails.  So callers see to leaves before, or to the failure.
 */
struct p2m_cursor {
	unsigned long leaf;
	unsigned long slot;
};

#define P2M_CURSOR	{ .leaf = ~0UL }

/**
 * p2m_cursor_slot - the slot that settles a pfn
 * @list: the list
 * @cursor: P2M_CURSOR, or where it was left
 * @pfn: any number
 *
 * Context: any; no lock.
 */
static __always_inline unsigned long
p2m_cursor_slot(const struct p2m_list *list, struct p2m_cursor *cursor,
		unsigned long pfn)
{
	unsigned int shift;

	if (likely(pfn >> P2M_LEAF_SHIFT == cursor->leaf))
		return cursor->slot;

	cursor->leaf = pfn >> P2M_LEAF_SHIFT;
	cursor->slot = pfn < list->reach ? p2m_slot(list, pfn, &shift) :
					   P2M_IDENTITY;
	return cursor->slot;
}

/* What kind of answer a lookup gave. */
static inline enum p2m_kind p2m_kind(unsigned long mfn)
{
	if (mfn == INVALID_P2M_ENTRY)
		return P2M_MISSING;
	if (mfn & IDENTITY_FRAME_BIT)
		return P2M_IDENTITY;
	return mfn & FOREIGN_FRAME_BIT ? P2M_FOREIGN : P2M_POPULATED;
}

/*
 * One atomic store that readers outside can see.  Ordered by the caller's
 * wmb(), which pairs with the reader's re-load of the generation.
 */
static inline void p2m_store(struct p2m_list *list, unsigned long *where,
			     unsigned long val)
{
	WRITE_ONCE(*where, val);
	if (list->ops->step)
		list->ops->step(list);
}

/* p2m.c: the list */

/**
 * struct p2m_run - neighbouring pfns of one kind
 * @pfn: the first
 * @end: one past the last
 * @kind: of all of them
 */
struct p2m_run {
	unsigned long pfn;
	unsigned long end;
	enum p2m_kind kind;
};

bool p2m_set_in_slot(struct p2m_list *list, unsigned long slot,
		     unsigned long pfn, unsigned long mfn);
bool p2m_set_slow(struct p2m_list *list, unsigned long pfn, unsigned long mfn);
int p2m_set_growing(struct p2m_list *list, unsigned long pfn,
		    unsigned long mfn);
int p2m_mark(struct p2m_list *list, unsigned long pfn, unsigned long nr,
	     enum p2m_kind kind);
int p2m_make_missing(struct p2m_list *list, unsigned long pfn,
		     unsigned long nr, struct xen_p2m_undo *undo);
void p2m_undo_missing(struct p2m_list *list, const struct xen_p2m_undo *undo);
bool p2m_next_run(const struct p2m_list *list, struct p2m_run *run);

/**
 * p2m_set - change an entry if that needs no growth
 * @list: the list
 * @pfn: any number
 * @mfn: an mfn, FOREIGN_FRAME(mfn), IDENTITY_FRAME(pfn) or INVALID_P2M_ENTRY
 *
 * An entry that holds a frame lies in a leaf of its own and is not identity,
 * so another frame can be stored at once.
 *
 * Context: any.  The caller owns @pfn: nobody else sets it now.
 * Return: true if the next lookup gives @mfn; else nothing has changed.
 */
static __always_inline bool p2m_set(struct p2m_list *list, unsigned long pfn,
				    unsigned long mfn)
{
	if (unlikely(pfn >= list->reach))
		return false;
	if (likely(!(mfn & IDENTITY_FRAME_BIT)) &&
	    likely(READ_ONCE(list->base[pfn]) != INVALID_P2M_ENTRY)) {
		WRITE_ONCE(list->base[pfn], mfn);
		return true;
	}
	return p2m_set_slow(list, pfn, mfn);
}

/* p2m-stash.c: memory allocated ahead */

/**
 * struct p2m_stash - objects of one size, allocated ahead
 * @size: bytes of each
 * @head: the first; each holds the address of the next
 */
struct p2m_stash {
	size_t size;
	void **head;
};

int p2m_stash_fill(struct p2m_list *list, struct p2m_stash *stash, size_t size,
		   unsigned int nr);
void p2m_stash_drain(struct p2m_list *list, struct p2m_stash *stash);
unsigned long *p2m_node_take(struct p2m_stash *stash, unsigned long constant);
struct p2m_mixed *p2m_mixed_take(struct p2m_stash *stash, unsigned long *leaf,
				 unsigned long constant);

/* Take an object of a stash that is not empty. */
static inline void *p2m_stash_take(struct p2m_stash *stash)
{
	void **object = stash->head;

	stash->head = *object;
	return object;
}

/* p2m-map.c: the mapping */

/**
 * struct p2m_batch - entries on their way to the live tables
 * @list: whose operation writes them
 * @done: entries written so far
 * @nr: entries waiting
 * @update: these
 */
struct p2m_batch {
	struct p2m_list *list;
	unsigned int done;
	unsigned int nr;
	struct p2m_update update[P2M_BATCH];
};

int p2m_batch_flush(struct p2m_batch *batch);

/**
 * p2m_batch_add - let an entry be written with others
 * @batch: the batch, which is written if this fills it
 * @entry: kernel address of the entry
 * @val: its new value, in machine frames
 *
 * Context: preemption is off from here until the batch is written.
 * Return: as p2m_batch_flush().
 */
static inline int p2m_batch_add(struct p2m_batch *batch, u64 *entry, u64 val)
{
	batch->update[batch->nr++] = (struct p2m_update) { entry, val };

	return batch->nr == P2M_BATCH ? p2m_batch_flush(batch) : 0;
}

int p2m_init(struct p2m_list *list, unsigned long *base, unsigned long reach,
	     const struct p2m_ops *ops);
int p2m_install(struct p2m_list *list, unsigned long leaf, unsigned int nr);

/* p2m-grow.c: leaves for a range */

int p2m_grow(struct p2m_list *list, unsigned long pfn, unsigned long nr);

/* p2m-tree.c: the frame tree */

int p2m_tree_init(struct p2m_list *list);
bool p2m_tree_lacks_mid(const struct p2m_list *list, unsigned long leaf);
void p2m_tree_install(struct p2m_list *list, unsigned long leaf,
		      unsigned int end, const u64 *table,
		      unsigned long *new_mid);
void p2m_tree_refresh(struct p2m_list *list);
unsigned long p2m_tree_published(const struct p2m_list *list);

/* p2m-publish.c: what readers outside are told */

void p2m_publish(struct p2m_list *list);
void p2m_republish(struct p2m_list *list);
void p2m_publish_max_pfn(struct p2m_list *list, unsigned long max_pfn);
void p2m_bracket_open(struct p2m_list *list);
void p2m_bracket_close(struct p2m_list *list);

/* p2m-live.c: the list of this domain */

extern struct p2m_list xen_p2m;
extern const struct p2m_ops xen_p2m_ops;
pte_t *xen_p2m_direct_entry(unsigned long pfn);

/* p2m-boot.c: the list in early boot */

/**
 * struct p2m_ranges - pfn ranges, neighbours merged
 * @nr: ranges used
 * @incomplete: there were more than there is room for
 * @range: the ranges, in no order
 */
struct p2m_ranges {
	unsigned int nr;
	bool incomplete;
	struct xen_p2m_range range[32];
};

void p2m_ranges_add(struct p2m_ranges *ranges, unsigned long pfn,
		    unsigned long end);
bool p2m_ranges_cover(const struct p2m_ranges *ranges, unsigned long pfn,
		      unsigned long end);
bool p2m_ranges_spare(const struct p2m_ranges *ranges, unsigned long pfn,
		      unsigned long end);
unsigned long xen_p2m_early_lookup(unsigned long pfn);
bool xen_p2m_early_set(unsigned long pfn, unsigned long mfn);

/* p2m-adopt.c: the builder's frames become leaves */

/**
 * struct p2m_builder - a domain builder's list, with identity in its entries
 * @entries: the list, writable, page-aligned
 * @nr: its entries, a multiple of 512 below the reach
 * @identity: which entries are identity
 * @leaf: where the page that holds @entries is in the direct map; it may be
 *	read-only there
 */
struct p2m_builder {
	unsigned long *entries;
	unsigned long nr;
	const struct p2m_ranges *identity;
	unsigned long *(*leaf)(unsigned long *entries);
};

int p2m_adopt(struct p2m_list *list, const struct p2m_builder *builder);

/* p2m-builder.c: where the builder's frames are */

unsigned long *xen_p2m_builder_leaf(unsigned long *entries);
void xen_p2m_builder_release(struct p2m_list *list,
			     const struct p2m_builder *builder);

/* p2m-remap.c: what has to move in early boot, RAM and firmware areas */

bool xen_p2m_is_remapped(unsigned long pfn);

/* p2m-check.c: is all of this true? */

/**
 * struct p2m_check - result of a look at every entry
 * @kind: pfns of each kind below the reach
 * @remapped: foreign ones that are moved firmware areas
 * @bad_m2p: populated ones whose frame Xen gives another pfn
 * @bad_leaf: leaves mapped elsewhere than where the index has them
 * @bad_tree: the same for the frame tree
 * @bad_entry: entries that read differently by list, leaf and lookup
 * @bad_tail: pfns with a frame from max_pfn on
 */
struct p2m_check {
	unsigned long kind[P2M_FOREIGN + 1];
	unsigned long remapped;
	unsigned long bad_m2p;
	unsigned long bad_leaf;
	unsigned long bad_tree;
	unsigned long bad_entry;
	unsigned long bad_tail;
};

void p2m_check(struct p2m_list *list, struct p2m_check *check);

#endif /* _XEN_P2M_H */
