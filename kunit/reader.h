/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A reader of the p2m list that stands where the programs outside the guest
 * stand: it is given a shared info page and believes nothing else.  Written
 * from what those programs demand (docs/readers.md), not from the code that it
 * checks.
 */
#ifndef _XEN_P2M_KUNIT_READER_H
#define _XEN_P2M_KUNIT_READER_H

#include <linux/types.h>

#include <asm/xen/interface.h>

/**
 * struct p2m_extent - pfns that one frame answers for
 * @pfn: the first
 * @end: one past the last
 * @mfn: the frame that is the leaf of each of them
 * @leaf: the same as an address
 */
struct p2m_extent {
	unsigned long pfn;
	unsigned long end;
	unsigned long mfn;
	const unsigned long *leaf;
};

/**
 * struct p2m_view - a list as it was read, one way or the other
 * @nr: extents, ordered and without gaps
 * @extent: the extents
 */
struct p2m_view {
	unsigned int nr;
	struct p2m_extent *extent;
};

#define P2M_READER_LEVELS	5

/**
 * struct p2m_reader - one reading
 * @shared: where to begin
 * @max_extents: room in each view
 * @allow_odd: go on while the generation is odd, to look at a change that is
 *	under way; what was read is of no other use then.
 * @check_m2p: every frame in the list must lead back to its pfn
 * @seen: the fields when the reading began
 * @list: what the linear list gave, as far as max_pfn; empty if not published
 * @tail: from max_pfn to the end of the last GiB of the linear list
 * @tree: what the frame tree gave; empty if not published
 * @memo: for each level the last table that came down to one leaf
 * @error: what was wrong first, or NULL
 * @where: the address or pfn of that
 * @what: the value found there
 */
struct p2m_reader {
	const struct arch_shared_info *shared;
	unsigned int max_extents;
	bool allow_odd;
	bool check_m2p;

	struct arch_shared_info seen;
	struct p2m_view list;
	struct p2m_view tail;
	struct p2m_view tree;
	struct {
		unsigned long table;
		unsigned long leaf;
	} memo[P2M_READER_LEVELS + 1];

	const char *error;
	unsigned long where;
	unsigned long what;
};

/* Take one more number into a hash. */
static inline u64 reader_mix(u64 hash, u64 val)
{
	hash = (hash ^ val) * 0x9e3779b97f4a7c15ULL;

	return hash ^ (hash >> 29);
}

int p2m_reader_init(struct p2m_reader *r,
		    const struct arch_shared_info *shared,
		    unsigned int max_extents);
void p2m_reader_destroy(struct p2m_reader *r);
bool p2m_reader_read(struct p2m_reader *r);
const struct p2m_view *p2m_reader_view(const struct p2m_reader *r);
const unsigned long *p2m_view_leaf(const struct p2m_view *view,
				   unsigned long pfn);
unsigned long p2m_view_entry(const struct p2m_view *view, unsigned long pfn);
u64 p2m_reader_hash(const struct p2m_reader *r);

#endif /* _XEN_P2M_KUNIT_READER_H */
