/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * struct p2m_list: the data of a p2m list and the invariants that hold it
 * together.  Begin here, then lookup.h.  docs/design.md of the project has
 * the same in pictures, with the test that shows each invariant.
 *
 *   pfn        27 26       18 17        9 8        0
 *        +-------+-----------+-----------+----------+
 *        |  top  |    mid    |  bottom   |  entry   |
 *        +-------+-----------+-----------+----------+
 *   index    top[] -> mid node -> bottom node -> leaf      (pointers)
 *   tables   PUD   -> PMD table -> PTE table  -> leaf      (machine frames)
 *   tree           top page  ->  mid page     -> leaf      (machine frames,
 *            pfns below 2^27 only; bits 26 to 18 select the top entry)
 *
 * A leaf is a page of 512 entries, which stand for 2 MiB of memory.  The
 * index, in kernel addresses, is what this kernel goes by.  The tables map
 * the leaves one after another at @base; the frame tree is the older way to
 * the same leaves, for readers outside.  Tables and tree consist of machine
 * frames and can always be computed again from the index.
 *
 * Invariants:
 *
 *  1. A leaf that the index names, other than the sentinel, is mapped at its
 *     place, writable.
 *  2. Once the list is published, an entry is an mfn, an mfn with the foreign
 *     bit, or all ones.  Identity is in no entry: a restore would overwrite it.
 *  3. A slot of the index changes from one constant to the other, from a
 *     constant to a node, a leaf or a struct p2m_mixed, and from a leaf to a
 *     p2m_mixed of that leaf; nothing else, and nothing that a slot has named
 *     is freed.  A p2m_mixed may get a leaf instead of the sentinel, once.  So
 *     lookups need no lock.
 *  4. The generation is odd only with @lock held and preemption off.
 *  5. Whenever the generation is even, tables and tree name the same leaf for
 *     each pfn below 2^27.
 *  6. Outside of tables, tree and published fields, a machine frame of one of
 *     the kernel's own pages is held only with preemption off, or by a process
 *     that the freezer stops: a suspend schedules on every cpu, and a migration
 *     replaces frames.
 *  7. max_pfn never falls, and no leaf that the index names is at or above it.
 *  8. In a p2m_mixed the identity bit is right before the entry becomes all
 *     ones, set or clear; and it is cleared after the entry has got a frame.
 */
#ifndef _XEN_P2M_LIST_H
#define _XEN_P2M_LIST_H

#include <linux/bits.h>
#include <linux/cache.h>
#include <linux/init.h>
#include <linux/mutex.h>
#include <linux/types.h>

#include <asm/xen/page.h>

/*
 * Leaf, node and table alike are a page of P2M_PER_PAGE words, so each level
 * takes as many bits of a pfn.
 */
#define P2M_LEVEL_BITS		9
#define P2M_LEAF_SHIFT		P2M_LEVEL_BITS		/* leaf, 2 MiB */
#define P2M_BOTTOM_SHIFT	(2 * P2M_LEVEL_BITS)	/* bottom node, 1 GiB */
#define P2M_MID_SHIFT		(3 * P2M_LEVEL_BITS)	/* mid node, 512 GiB */

/* The direct map ends here, so no pfn of RAM can lie beyond. */
#define P2M_MAX_REACH		(1UL << (46 - PAGE_SHIFT))
#define P2M_TOP_SLOTS		(P2M_MAX_REACH >> P2M_MID_SHIFT)

/* A frame tree has one top page; see the picture above. */
#define P2M_TREE_REACH		BIT(P2M_MID_SHIFT)

/* What boot needs, and the suites at any time: they build lists, too. */
#if IS_ENABLED(CONFIG_XEN_P2M_KUNIT_TEST)
#define __init_or_kunit
#else
#define __init_or_kunit		__init
#endif

/* What a lookup says about a pfn. */
enum p2m_kind {
	P2M_MISSING,
	P2M_IDENTITY,
	P2M_POPULATED,
	P2M_FOREIGN,
};

/**
 * struct p2m_update - one page-table entry to be written
 * @entry: kernel address of the entry
 * @val: its new value, with a machine frame
 */
struct p2m_update {
	u64 *entry;
	u64 val;
};

/* Updates that one call of p2m_ops.apply() takes. */
#define P2M_MAX_UPDATES		32

struct p2m_list;

/**
 * struct p2m_ops - what a list needs from its environment
 * @alloc: allocate an object, not initialised.  From PAGE_SIZE on, @size is a
 *	power of two of contiguous pages, each of which can be freed by itself.
 *	May sleep.  NULL if there is no memory.
 * @free: free an object, or one page.
 * @mfn: the machine frame of a page of the kernel.
 * @m2p: the pfn that the machine's table has for a machine frame, ~0 if none.
 * @protect: make a page read-only in the direct map, as Xen demands of page
 *	tables.  0 or a negative errno.
 * @unprotect: undo @protect.
 * @apply: write up to P2M_MAX_UPDATES entries of live page tables.  Returns
 *	how many were written before the first failure.
 * @flush: drop every cached translation on every cpu.
 * @shared: the published fields.  Asked at each access, because they move
 *	early in boot and around a suspend.
 *
 * Context: @mfn, @m2p, @protect, @unprotect and @apply are called with
 * preemption off (invariant 6), or early in boot.
 */
struct p2m_ops {
	void *(*alloc)(struct p2m_list *list, size_t size);
	void (*free)(struct p2m_list *list, void *object, size_t size);
	unsigned long (*mfn)(const void *page);
	unsigned long (*m2p)(unsigned long mfn);
	int (*protect)(struct p2m_list *list, void *page);
	int (*unprotect)(struct p2m_list *list, void *page);
	unsigned int (*apply)(struct p2m_list *list,
			      const struct p2m_update *updates,
			      unsigned int nr);
	void (*flush)(struct p2m_list *list);
	struct arch_shared_info *(*shared)(struct p2m_list *list);
};

/**
 * struct p2m_sentinels - what stretches without leaves are mapped to
 * @leaf: a leaf of all ones
 * @pte: a PTE table full of @leaf
 * @pmd: a PMD table full of @pte
 *
 * Read-only, and never freed.  Whether a stretch is missing or identity is
 * told by the index alone, so one set serves both, and a change between the
 * two meanings is not a change of the mapping.
 */
struct p2m_sentinels {
	unsigned long *leaf;
	u64 *pte;
	u64 *pmd;
};

/**
 * struct p2m_tree - the frame tree
 * @top: top page: mfns of mid pages
 * @mid: where each mid page is; NULL for @mid_missing
 * @mid_missing: mid page of a GiB without leaves: mfns of the sentinel leaf
 */
struct p2m_tree {
	unsigned long *top;
	unsigned long **mid;
	unsigned long *mid_missing;
};

/**
 * struct p2m_count - pages and objects that the list has of its own
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
 * @base: first entry of the mapping; fixed.  Aligned to 1 GiB, or readers lose
 *	the last GiB of the guest (xg_sr_save_x86_pv.c in Xen trims the run of
 *	equal L2 entries at the end by an index relative to @base).
 * @reach: pfns it can hold, a multiple of 2^27; fixed
 * @top: slots of the top level of the index.  Read by anybody; written with
 *	@lock held, as all slots below are (invariant 3).
 * @sentinel: see there; fixed
 * @ops: see there; fixed
 * @lock: serialises changes of the index, the mapping and the tree, once the
 *	list is in use.  A resume needs no lock, because nothing else runs.
 *	Entries are set without it, by the owner of the pfn, and so are the
 *	identity bits of a p2m_mixed.
 * @tree: the frame tree.  Written with @lock held, or in a resume.
 * @max_pfn: the published count of pfns.  Written with @lock held, in a
 *	bracket (invariant 7).
 * @generation: published; one more at either end of each change (invariant 4).
 *	Written with @lock held.
 * @count: for reports.  Written with @lock held; reports read it without, so
 *	its members may not belong together.
 * @keep_tree: go on publishing the tree when @max_pfn exceeds it.  Set once,
 *	before the list is published.
 * @tree_only: never publish the linear list.  Set once, by a boot parameter.
 * @scratch: a page for the slots of the window that is open (see window.h);
 *	contents under @lock
 */
struct p2m_list {
	unsigned long *base;
	unsigned long reach;
	unsigned long top[P2M_TOP_SLOTS];
	struct p2m_sentinels sentinel;
	const struct p2m_ops *ops;

	/* What is written lies apart from what every lookup reads. */
	struct mutex lock ____cacheline_aligned_in_smp;
	struct p2m_tree tree;
	unsigned long max_pfn;
	unsigned long generation;
	struct p2m_count count;
	bool keep_tree;
	bool tree_only;
	unsigned long *scratch;
};

int p2m_init(struct p2m_list *list, unsigned long *base, unsigned long reach,
	     const struct p2m_ops *ops);

#endif /* _XEN_P2M_LIST_H */
