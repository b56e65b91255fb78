// SPDX-License-Identifier: GPL-2.0-only
/*
 * The reader: from p2m_cr3 down to the leaves, from the root of the frame
 * tree down to the leaves, and a comparison of the two.
 *
 * Time and memory depend on the number of distinct tables, not on max_pfn: a
 * table that comes down to a single leaf is remembered, so its next appearance
 * costs no more than one entry.  Neither the address of the list nor anything
 * of struct p2m_list is ever used, only frames.
 */
#include <linux/align.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/slab.h>

#include <asm/xen/page.h>

#include "reader.h"

#define READER_SLOTS		512
#define READER_TREE_PFNS	BIT(27)
#define READER_HOLE_START	0xffff800000000000UL
#define READER_HOLE_END		0xffff880000000000UL

/**
 * p2m_reader_init - prepare to read
 * @r: the reader
 * @shared: where the fields are
 * @max_extents: runs of pfns with a leaf of their own to expect at most
 *
 * Return: 0 or -ENOMEM.
 */
int p2m_reader_init(struct p2m_reader *r,
		    const struct arch_shared_info *shared,
		    unsigned int max_extents)
{
	struct p2m_extent *all;

	all = kvcalloc(3 * max_extents, sizeof(*all), GFP_KERNEL);
	if (!all)
		return -ENOMEM;

	*r = (struct p2m_reader) {
		.shared = shared,
		.max_extents = max_extents,
		.list.extent = all,
		.tail.extent = all + max_extents,
		.tree.extent = all + 2 * max_extents,
	};
	return 0;
}

/**
 * p2m_reader_destroy - free what p2m_reader_init() allocated
 * @r: the reader
 */
void p2m_reader_destroy(struct p2m_reader *r)
{
	kvfree(r->list.extent);
	r->list.extent = NULL;
}

static bool reader_fail(struct p2m_reader *r, const char *error,
			unsigned long where, unsigned long what)
{
	if (!r->error) {
		r->error = error;
		r->where = where;
		r->what = what;
	}
	return false;
}

static bool reader_is_odd(const struct p2m_reader *r)
{
	return r->seen.p2m_generation & 1;
}

/* The memory of a machine frame, or NULL if the domain has no such frame. */
static const void *reader_frame(struct p2m_reader *r, unsigned long mfn,
				unsigned long where)
{
	unsigned long pfn = mfn ? mfn_to_pfn(mfn) : ~0UL;

	if (pfn == ~0UL || !pfn_valid(pfn)) {
		reader_fail(r, "not a frame of the domain", where, mfn);
		return NULL;
	}
	return __va(PFN_PHYS(pfn));
}

static unsigned int reader_shift(unsigned int level)
{
	return PAGE_SHIFT + (level - 1) * 9;
}

/* The pfn whose entry is at an address of the list. */
static unsigned long reader_pfn(const struct p2m_reader *r, unsigned long addr)
{
	return (addr - r->seen.p2m_vaddr) / sizeof(unsigned long);
}

static bool reader_add(struct p2m_reader *r, struct p2m_view *view,
		       unsigned long pfn, unsigned long end, unsigned long mfn)
{
	struct p2m_extent *last = view->extent + view->nr;
	const unsigned long *leaf;

	if (view->nr && last[-1].mfn == mfn) {
		last[-1].end = end;
		return true;
	}
	if (view->nr == r->max_extents)
		return reader_fail(r, "more leaves than expected", pfn, mfn);

	leaf = reader_frame(r, mfn, pfn);
	if (!leaf)
		return false;
	*last = (struct p2m_extent) { pfn, end, mfn, leaf };
	view->nr++;

	return true;
}

/* What every reader needs of every entry: a frame; and what the cpu needs. */
static bool reader_check_entry(struct p2m_reader *r, u64 entry,
			       unsigned int level, unsigned long addr)
{
	if (!entry)
		return reader_fail(r, "empty page-table entry", addr, level);
	if (!(entry & _PAGE_PRESENT))
		return reader_fail(r, "entry not present", addr, entry);
	if (level > 1 && (entry & _PAGE_PSE))
		return reader_fail(r, "not a 4 KiB mapping", addr, entry);
	return true;
}

static unsigned long reader_mfn(u64 entry)
{
	return (entry & XEN_PTE_MFN_MASK) >> PAGE_SHIFT;
}

static bool reader_table(struct p2m_reader *r, struct p2m_view *view,
			 unsigned long mfn, unsigned int level,
			 unsigned long addr, unsigned long last);

/* One entry that leads to a table; @last is where its reach ends. */
static bool reader_subtable(struct p2m_reader *r, struct p2m_view *view,
			    unsigned long mfn, unsigned int level,
			    unsigned long addr, unsigned long last)
{
	unsigned long pfn = reader_pfn(r, addr);
	unsigned long end = reader_pfn(r, last + 1);
	const struct p2m_extent *now;

	if (r->memo[level].table == mfn)
		return reader_add(r, view, pfn, end, r->memo[level].leaf);

	if (!reader_table(r, view, mfn, level, addr, last))
		return false;

	now = view->extent + view->nr - 1;
	if (now->pfn <= pfn && end - pfn == 1UL << ((level + 1) * 9)) {
		r->memo[level].table = mfn;
		r->memo[level].leaf = now->mfn;
	}
	return true;
}

/* All that a table says of [addr, last]. */
static bool reader_table(struct p2m_reader *r, struct p2m_view *view,
			 unsigned long mfn, unsigned int level,
			 unsigned long addr, unsigned long last)
{
	unsigned long step = 1UL << reader_shift(level);
	const u64 *table = reader_frame(r, mfn, addr);
	unsigned long to;
	u64 entry;
	bool ok;

	if (!table)
		return false;

	for (; addr <= last; addr = to + 1) {
		to = min(last, addr | (step - 1));
		entry = READ_ONCE(table[(addr / step) % READER_SLOTS]);
		if (!reader_check_entry(r, entry, level, addr))
			return false;
		if (level == 1)
			ok = reader_add(r, view, reader_pfn(r, addr),
					reader_pfn(r, to + 1),
					reader_mfn(entry));
		else
			ok = reader_subtable(r, view, reader_mfn(entry),
					     level - 1, addr, to);
		if (!ok)
			return false;
	}

	return true;
}

static bool reader_walk(struct p2m_reader *r, struct p2m_view *view,
			unsigned long addr, unsigned long last)
{
	unsigned int levels = pgtable_l5_enabled() ? 5 : 4;

	view->nr = 0;
	memset(r->memo, 0, sizeof(r->memo));

	return reader_table(r, view, r->seen.p2m_cr3 >> PAGE_SHIFT, levels,
			    addr, last);
}

/* The table of a level by which an address is translated. */
static const u64 *reader_table_of(struct p2m_reader *r, unsigned long addr,
				  unsigned int level)
{
	unsigned int at = pgtable_l5_enabled() ? 5 : 4;
	unsigned long mfn = r->seen.p2m_cr3 >> PAGE_SHIFT;
	const u64 *table = reader_frame(r, mfn, addr);
	u64 entry;

	for (; table && at > level; at--) {
		entry = READ_ONCE(table[(addr >> reader_shift(at)) %
					READER_SLOTS]);
		table = reader_frame(r, reader_mfn(entry), addr);
	}
	return table;
}

/* Tools can trim the last L2 entries only if all of them name one table. */
static bool reader_check_trim(struct p2m_reader *r, unsigned long last)
{
	const u64 *table = reader_table_of(r, last, 2);
	unsigned int n = (last >> reader_shift(2)) % READER_SLOTS + 1;
	unsigned int first = n;

	if (!table)
		return false;
	for (; n < READER_SLOTS; n++)
		if (reader_mfn(table[n]) != reader_mfn(table[first]))
			return reader_fail(r, "several tables for the tail",
					   n, table[n]);
	return true;
}

static bool reader_value_is_known(unsigned long val)
{
	return val == ~0UL || !(val & BIT(62));
}

/* A leaf that stands for many, or that lies past the end, is all ones. */
static bool reader_check_ones(struct p2m_reader *r,
			      const struct p2m_extent *extent,
			      unsigned int first)
{
	unsigned int i;

	for (i = first; i < READER_SLOTS; i++)
		if (READ_ONCE(extent->leaf[i]) != ~0UL)
			return reader_fail(r, "not all ones",
					   extent->pfn + i, extent->leaf[i]);
	return true;
}

/* An entry that has changed since it was loaded proves nothing. */
static bool reader_check_m2p(struct p2m_reader *r, unsigned long pfn,
			     const unsigned long *entry, unsigned long val)
{
	if (!r->check_m2p || val & BIT(63) ||
	    mfn_to_pfn_no_overrides(val) == pfn || READ_ONCE(*entry) != val)
		return true;

	return reader_fail(r, "m2p disagrees", pfn, val);
}

static bool reader_check_values(struct p2m_reader *r,
				const struct p2m_extent *extent)
{
	unsigned long val;
	unsigned int i;

	if (extent->end - extent->pfn > READER_SLOTS)
		return reader_check_ones(r, extent, 0);

	for (i = 0; i < READER_SLOTS; i++) {
		val = READ_ONCE(extent->leaf[i]);
		if (!reader_value_is_known(val))
			return reader_fail(r, "value that no reader knows",
					   extent->pfn + i, val);
		if (!reader_check_m2p(r, extent->pfn + i, &extent->leaf[i],
				      val))
			return false;
	}
	return true;
}

static bool reader_check_leaves(struct p2m_reader *r,
				const struct p2m_view *view)
{
	unsigned long odd = r->seen.max_pfn % READER_SLOTS;
	unsigned int i;

	for (i = 0; i < view->nr; i++)
		if (!reader_check_values(r, &view->extent[i]))
			return false;

	return !odd || reader_check_ones(r, &view->extent[view->nr - 1], odd);
}

static bool reader_read_tail(struct p2m_reader *r, unsigned long last)
{
	unsigned long next = ALIGN(last + 1, PAGE_SIZE);
	unsigned int i;

	/* In a bracket a table may be in place before max_pfn says so. */
	if (!reader_is_odd(r) && !reader_check_trim(r, last))
		return false;
	r->tail.nr = 0;
	if (IS_ALIGNED(next, PUD_SIZE))
		return true;
	if (!reader_walk(r, &r->tail, next, next | (PUD_SIZE - 1)))
		return false;
	for (i = 0; i < r->tail.nr; i++)
		if (!reader_check_ones(r, &r->tail.extent[i], 0))
			return false;
	return true;
}

static bool reader_read_list(struct p2m_reader *r)
{
	unsigned long first = r->seen.p2m_vaddr;
	unsigned long last = first + r->seen.max_pfn * sizeof(first) - 1;

	if (!IS_ALIGNED(first, PUD_SIZE))
		return reader_fail(r, "p2m_vaddr not aligned to 1 GiB", 0,
				   first);
	if (r->seen.max_pfn > (~0UL - first) / sizeof(first))
		return reader_fail(r, "the list wraps", 0, first);
	if (first < READER_HOLE_START ||
	    (first < READER_HOLE_END && last >= READER_HOLE_START))
		return reader_fail(r, "p2m_vaddr not a kernel address", 0,
				   first);
	if (r->seen.p2m_generation == ~0UL)
		return reader_fail(r, "p2m_generation is ~0", 0, 0);

	return reader_walk(r, &r->list, first, last) &&
	       reader_check_leaves(r, &r->list) && reader_read_tail(r, last);
}

/* One mid page of the tree: leaves of the pfns from @pfn up to @end. */
static bool reader_read_mid(struct p2m_reader *r, unsigned long mfn,
			    unsigned long pfn, unsigned long end)
{
	const unsigned long *mid = reader_frame(r, mfn, pfn);
	unsigned long first = pfn, next;
	const struct p2m_extent *now;

	if (!mid)
		return false;
	if (r->memo[1].table == mfn)
		return reader_add(r, &r->tree, pfn, end, r->memo[1].leaf);

	for (; pfn < end; pfn = next) {
		next = min(end, pfn + READER_SLOTS);
		if (!reader_add(r, &r->tree, pfn, next,
				READ_ONCE(mid[pfn / 512 % READER_SLOTS])))
			return false;
	}
	now = r->tree.extent + r->tree.nr - 1;
	if (now->pfn <= first && end - first == BIT(18)) {
		r->memo[1].table = mfn;
		r->memo[1].leaf = now->mfn;
	}
	return true;
}

/* Nobody reads the slots past the last used one, but they must be valid. */
static bool reader_check_top(struct p2m_reader *r, const unsigned long *top)
{
	unsigned int n;

	for (n = 0; n < READER_SLOTS; n++) {
		if (n && top[n] == top[n - 1])
			continue;
		if (!reader_frame(r, top[n], n * BIT(18)))
			return false;
	}

	return true;
}

static bool reader_read_tree(struct p2m_reader *r)
{
	unsigned long mfn = r->seen.pfn_to_mfn_frame_list_list;
	unsigned long end = min(r->seen.max_pfn, READER_TREE_PFNS);
	const unsigned long *top = reader_frame(r, mfn, 0);
	unsigned long pfn, next;

	if (!top)
		return false;

	memset(r->memo, 0, sizeof(r->memo));
	for (pfn = 0; pfn < end; pfn = next) {
		next = min(end, pfn + BIT(18));
		if (!reader_read_mid(r, READ_ONCE(top[pfn >> 18]), pfn, next))
			return false;
	}

	/* If the list led to the leaves, too, their entries were checked. */
	return reader_check_top(r, top) &&
	       (r->list.nr || reader_check_leaves(r, &r->tree));
}

/* The same leaf; in a bracket another one will do if it holds the same. */
static bool reader_same_leaf(const struct p2m_reader *r,
			     const struct p2m_extent *a,
			     const struct p2m_extent *b)
{
	return a->mfn == b->mfn ||
	       (reader_is_odd(r) && !memcmp(a->leaf, b->leaf, PAGE_SIZE));
}

/* Both ways lead to the same leaves, as far as the tree goes. */
static bool reader_compare(struct p2m_reader *r)
{
	const struct p2m_extent *a = r->list.extent;
	const struct p2m_extent *b = r->tree.extent;
	unsigned long tree_end = b[r->tree.nr - 1].end;
	unsigned long pfn;

	for (pfn = 0; pfn < tree_end; pfn = min(a->end, b->end)) {
		a += pfn == a->end;
		b += pfn == b->end;
		if (!reader_same_leaf(r, a, b))
			return reader_fail(r, "list and tree disagree", pfn,
					   b->mfn);
	}

	return true;
}

static void reader_load(const struct p2m_reader *r,
			struct arch_shared_info *fields)
{
	const struct arch_shared_info *shared = r->shared;

	fields->p2m_generation = READ_ONCE(shared->p2m_generation);
	rmb(); /* Pairs with the bracket: the generation before the rest. */
	fields->p2m_cr3 = READ_ONCE(shared->p2m_cr3);
	fields->p2m_vaddr = READ_ONCE(shared->p2m_vaddr);
	fields->max_pfn = READ_ONCE(shared->max_pfn);
	fields->pfn_to_mfn_frame_list_list =
		READ_ONCE(shared->pfn_to_mfn_frame_list_list);
}

static bool reader_recheck(struct p2m_reader *r)
{
	struct arch_shared_info now = r->seen;

	rmb(); /* All that was read, before the generation once more. */
	reader_load(r, &now);
	if (memcmp(&now, &r->seen, sizeof(now)))
		return reader_fail(r, "a field changed during the reading",
				   r->seen.p2m_generation, now.p2m_generation);
	return true;
}

/**
 * p2m_reader_read - read all there is, by every way there is
 * @r: the reader
 *
 * Context: any, as long as nothing else uses @r.
 * Return: true if everything was as it has to be; else @r->error says what was
 * not.
 */
bool p2m_reader_read(struct p2m_reader *r)
{
	unsigned long tree;

	r->error = NULL;
	r->list.nr = 0;
	r->tail.nr = 0;
	r->tree.nr = 0;
	reader_load(r, &r->seen);
	tree = r->seen.pfn_to_mfn_frame_list_list;

	if (!r->allow_odd && r->seen.p2m_generation & 1)
		return reader_fail(r, "generation is odd", 0,
				   r->seen.p2m_generation);
	if (!r->seen.p2m_cr3 && (!tree || tree == ~0UL))
		return reader_fail(r, "nothing is published", 0, tree);
	if (!r->seen.max_pfn)
		return reader_fail(r, "max_pfn is 0", 0, 0);
	if (r->seen.p2m_cr3 && !reader_read_list(r))
		return false;
	if (tree && tree != ~0UL && !reader_read_tree(r))
		return false;
	if (r->list.nr && r->tree.nr && !reader_compare(r))
		return false;

	return reader_recheck(r);
}

/**
 * p2m_reader_view - what was read, by the preferred way
 * @r: the reader
 */
const struct p2m_view *p2m_reader_view(const struct p2m_reader *r)
{
	return r->list.nr ? &r->list : &r->tree;
}

/**
 * p2m_view_leaf - the leaf of a pfn
 * @view: what was read
 * @pfn: any number
 *
 * Return: 512 entries, or NULL past the end.
 */
const unsigned long *p2m_view_leaf(const struct p2m_view *view,
				   unsigned long pfn)
{
	unsigned int from = 0, to = view->nr;

	while (from < to) {
		unsigned int mid = (from + to) / 2;

		if (pfn < view->extent[mid].pfn)
			to = mid;
		else if (pfn >= view->extent[mid].end)
			from = mid + 1;
		else
			return view->extent[mid].leaf;
	}

	return NULL;
}

/**
 * p2m_view_entry - the entry of a pfn
 * @view: what was read
 * @pfn: any number
 *
 * Return: the entry as it is now, ~0 past the end.
 */
unsigned long p2m_view_entry(const struct p2m_view *view, unsigned long pfn)
{
	const unsigned long *leaf = p2m_view_leaf(view, pfn);

	return leaf ? READ_ONCE(leaf[pfn % READER_SLOTS]) : ~0UL;
}

/**
 * p2m_reader_hash - a number that stands for the mapping that was read
 * @r: the reader
 *
 * Covers all fields except the generation, and which frame is the leaf of which
 * pfns, but not what the leaves hold.
 */
u64 p2m_reader_hash(const struct p2m_reader *r)
{
	const struct p2m_view *views[] = { &r->list, &r->tree };
	u64 hash = reader_mix(r->seen.p2m_cr3, r->seen.p2m_vaddr);
	unsigned int i, v;

	hash = reader_mix(hash, r->seen.max_pfn);
	hash = reader_mix(hash, r->seen.pfn_to_mfn_frame_list_list);
	for (v = 0; v < ARRAY_SIZE(views); v++) {
		for (i = 0; i < views[v]->nr; i++) {
			hash = reader_mix(hash, views[v]->extent[i].pfn);
			hash = reader_mix(hash, views[v]->extent[i].mfn);
		}
	}

	return hash;
}
