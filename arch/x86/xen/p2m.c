// SPDX-License-Identifier: GPL-2.0-only
/*
 * The p2m list: what its entries mean and how that is changed.
 *
 * Everything here goes by the index.  How leaves come into being is in
 * p2m-grow.c, how they are mapped in p2m-map.c; p2m.h has the picture, the
 * invariants, the lookups.
 */
#include <linux/align.h>
#include <linux/bits.h>
#include <linux/bug.h>
#include <linux/lockdep.h>
#include <linux/minmax.h>
#include <linux/sched.h>

#include "p2m.h"

/* Setting entries */

/* Values that readers outside know, and our own mark for identity. */
static bool p2m_value_is_valid(unsigned long pfn, unsigned long mfn)
{
	return !(mfn & IDENTITY_FRAME_BIT) || mfn == INVALID_P2M_ENTRY ||
	       mfn == IDENTITY_FRAME(pfn);
}

/* Mostly it is clear, and clearing a bit locks the bus. */
static inline void p2m_unmark_identity(struct p2m_mixed *mixed, unsigned int n)
{
	if (test_bit(n, mixed->identity))
		clear_bit(n, mixed->identity);
}

/*
 * See p2m_mixed_lookup() for the order of bit and entry.  Without a leaf all
 * entries are ones already.
 */
static bool p2m_set_mixed(struct p2m_list *list, struct p2m_mixed *mixed,
			  unsigned long pfn, unsigned long mfn)
{
	bool owned = READ_ONCE(mixed->leaf) != list->leaf;
	unsigned int n = pfn % P2M_PER_PAGE;

	if (!(mfn & IDENTITY_FRAME_BIT)) {
		if (!owned)
			return false;
		WRITE_ONCE(list->base[pfn], mfn);
		p2m_unmark_identity(mixed, n);
		return true;
	}

	if (mfn == INVALID_P2M_ENTRY)
		p2m_unmark_identity(mixed, n);
	else if (mfn == IDENTITY_FRAME(pfn))
		set_bit(n, mixed->identity);
	else
		return false;
	if (owned)
		WRITE_ONCE(list->base[pfn], INVALID_P2M_ENTRY);

	return true;
}

/* Inlined in both: a call would cost a tenth of setting missing again. */
static __always_inline bool p2m_set_by_slot(struct p2m_list *list,
					    unsigned long slot,
					    unsigned long pfn,
					    unsigned long mfn)
{
	if (p2m_slot_is_constant(slot))
		return mfn == p2m_slot_lookup(slot, pfn);
	if (unlikely(p2m_slot_is_mixed(slot)))
		return p2m_set_mixed(list, p2m_slot_mixed(slot), pfn, mfn);
	/* Without bits beside the leaf there is no identity to be had. */
	if (unlikely(mfn & IDENTITY_FRAME_BIT) && mfn != INVALID_P2M_ENTRY)
		return false;

	WRITE_ONCE(list->base[pfn], mfn);
	return true;
}

/**
 * p2m_set_in_slot - the part of p2m_set() for which the slot is known
 * @list: the list
 * @slot: the slot that settles @pfn, or did so since the caller has owned @pfn
 * @pfn: below @list->reach
 * @mfn: any number
 *
 * Context: any.  The caller owns @pfn.
 * Return: true if the next lookup gives @mfn; else nothing has changed.
 */
bool p2m_set_in_slot(struct p2m_list *list, unsigned long slot,
		     unsigned long pfn, unsigned long mfn)
{
	return p2m_set_by_slot(list, slot, pfn, mfn);
}

/**
 * p2m_set_slow - the part of p2m_set() that asks the index
 * @list: the list
 * @pfn: below @list->reach
 * @mfn: any number
 *
 * Context: any.  The caller owns @pfn.
 * Return: true if the next lookup gives @mfn; else nothing has changed.
 */
bool p2m_set_slow(struct p2m_list *list, unsigned long pfn, unsigned long mfn)
{
	unsigned int shift;

	return p2m_set_by_slot(list, p2m_slot(list, pfn, &shift), pfn, mfn);
}

/**
 * p2m_set_growing - change an entry, and the index or mapping as needed
 * @list: the list
 * @pfn: any number
 * @mfn: any number
 *
 * A lookup that runs while a frame is replaced by identity may find the pfn
 * missing; nobody in the kernel does that.
 *
 * Context: process, or early boot.  Takes @list->lock.  The caller owns @pfn.
 * Return: 0; -ERANGE beyond the reach; -EINVAL for a value that no entry may
 * have; else as p2m_grow().
 */
int p2m_set_growing(struct p2m_list *list, unsigned long pfn,
		    unsigned long mfn)
{
	int err;

	if (pfn >= list->reach)
		return -ERANGE;
	if (!p2m_value_is_valid(pfn, mfn))
		return -EINVAL;
	if (p2m_set(list, pfn, mfn))
		return 0;

	/* Meaning only, or a frame? */
	if (mfn == IDENTITY_FRAME(pfn))
		err = p2m_mark(list, pfn, 1, P2M_IDENTITY);
	else if (mfn == INVALID_P2M_ENTRY)
		err = p2m_mark(list, pfn, 1, P2M_MISSING);
	else
		err = p2m_grow(list, pfn, 1);
	if (err)
		return err;

	return WARN_ON_ONCE(!p2m_set(list, pfn, mfn)) ? -EIO : 0;
}

/* Marking ranges */

/**
 * struct p2m_marking - a range that is to be missing or identity
 * @list: the list
 * @kind: what it is to be
 * @nodes: pages for nodes that have to be split
 * @mixed: objects for leaves that have to be split
 */
struct p2m_marking {
	struct p2m_list *list;
	unsigned long kind;
	struct p2m_stash nodes;
	struct p2m_stash mixed;
};

static void p2m_mark_entries(struct p2m_marking *m, struct p2m_mixed *mixed,
			     unsigned long pfn, unsigned long end)
{
	for (; pfn < end; pfn++)
		if (m->kind == P2M_IDENTITY)
			set_bit(pfn % P2M_PER_PAGE, mixed->identity);
		else
			clear_bit(pfn % P2M_PER_PAGE, mixed->identity);
}

/*
 * A leaf that is to be split, or whose entries without a frame are to be
 * identity; initialised before the index names it.
 */
static void p2m_mark_leaf(struct p2m_marking *m, unsigned long *where,
			  unsigned long pfn, unsigned long end)
{
	unsigned long slot = *where;
	struct p2m_mixed *mixed;

	if (p2m_slot_is_mixed(slot)) {
		p2m_mark_entries(m, p2m_slot_mixed(slot), pfn, end);
		return;
	}
	/* A leaf of its own without identity entries has nothing to lose. */
	if (!p2m_slot_is_constant(slot) && m->kind == P2M_MISSING)
		return;

	mixed = p2m_mixed_take(&m->mixed, p2m_slot_leaf(m->list, slot), slot);
	p2m_mark_entries(m, mixed, pfn, end);
	p2m_slot_set(where, p2m_mixed_slot(mixed));
	m->list->count.mixed++;
}

static void p2m_mark_slots(struct p2m_marking *m, unsigned long *slots,
			   unsigned long pfn, unsigned long end,
			   unsigned int shift);

static void p2m_mark_slot(struct p2m_marking *m, unsigned long *where,
			  unsigned long pfn, unsigned long end,
			  unsigned int shift)
{
	unsigned long slot = *where;
	unsigned long *node;

	if (slot == m->kind)
		return;
	if (p2m_slot_is_constant(slot) && end - pfn == BIT(shift)) {
		p2m_slot_set(where, m->kind);
		return;
	}
	if (shift == P2M_LEAF_SHIFT) {
		p2m_mark_leaf(m, where, pfn, end);
		return;
	}

	shift -= P2M_LEAF_SHIFT;
	if (!p2m_slot_is_constant(slot)) {
		p2m_mark_slots(m, (unsigned long *)slot, pfn, end, shift);
		return;
	}
	node = p2m_node_take(&m->nodes, slot);
	p2m_mark_slots(m, node, pfn, end, shift);
	p2m_slot_set(where, (unsigned long)node);
	m->list->count.nodes++;
}

static void p2m_mark_slots(struct p2m_marking *m, unsigned long *slots,
			   unsigned long pfn, unsigned long end,
			   unsigned int shift)
{
	unsigned long next;

	for (; pfn < end; pfn = next) {
		next = min(end, round_down(pfn, BIT(shift)) + BIT(shift));
		p2m_mark_slot(m, slots + p2m_slot_index(pfn, shift), pfn, next,
			      shift);
	}
}

/* Owned leaves of a range that have no bits for identity yet. */
static unsigned int p2m_count_unmixed(const struct p2m_list *list,
				      unsigned long pfn, unsigned long end)
{
	unsigned int nr = 0, shift;

	while (pfn < end) {
		unsigned long slot = p2m_slot(list, pfn, &shift);

		nr += !p2m_slot_is_constant(slot) && !p2m_slot_is_mixed(slot);
		pfn = round_down(pfn, BIT(shift)) + BIT(shift);
	}

	return nr;
}

/* All that marking may need: two nodes and a leaf split at either end. */
#define P2M_MARK_NODES		4
#define P2M_MARK_LEAVES		2

static int p2m_mark_locked(struct p2m_list *list, unsigned long pfn,
			   unsigned long end, enum p2m_kind kind)
{
	struct p2m_marking m = {
		.list = list, .kind = kind,
	};
	unsigned int nr_mixed = P2M_MARK_LEAVES;
	int err;

	lockdep_assert_held(&list->lock);

	if (kind == P2M_IDENTITY)
		nr_mixed += p2m_count_unmixed(list, pfn, end);
	err = p2m_stash_fill(list, &m.nodes, PAGE_SIZE, P2M_MARK_NODES) ?:
	      p2m_stash_fill(list, &m.mixed, sizeof(struct p2m_mixed),
			     nr_mixed);
	if (!err)
		p2m_mark_slots(&m, list->top, pfn, end, P2M_MID_SHIFT);
	p2m_stash_drain(list, &m.nodes);
	p2m_stash_drain(list, &m.mixed);

	return err;
}

/**
 * p2m_mark - make all that holds no frame missing, or identity
 * @list: the list
 * @pfn: the first
 * @nr: pfns
 * @kind: P2M_MISSING or P2M_IDENTITY
 *
 * Entries with a frame keep it; to what they fall back when they lose it is
 * unspecified.  No mapping changes and no reader outside sees anything, hence
 * no bracket.
 *
 * Context: process, or early boot.  Takes @list->lock.
 * Return: 0, -ERANGE, or -ENOMEM with nothing changed.
 */
int p2m_mark(struct p2m_list *list, unsigned long pfn, unsigned long nr,
	     enum p2m_kind kind)
{
	int err;

	if (pfn >= list->reach || nr > list->reach - pfn)
		return -ERANGE;

	mutex_lock(&list->lock);
	err = p2m_mark_locked(list, pfn, pfn + nr, kind);
	mutex_unlock(&list->lock);

	return err;
}

/* Runs */

/* Entries that are looked at in one go. */
#define P2M_STRIDE	16

/* Are the entries from @pfn on that are looked at in one go all of @kind? */
static bool p2m_stride_is(const struct p2m_list *list, unsigned long slot,
			  unsigned long pfn, enum p2m_kind kind)
{
	unsigned long any = 0, all = INVALID_P2M_ENTRY, identity = 0;
	unsigned int i, n = pfn % P2M_PER_PAGE;
	const unsigned long *entry;

	/* Before the entries: of a frame, the bit is cleared after them. */
	if (p2m_slot_is_mixed(slot))
		identity = READ_ONCE(p2m_slot_mixed(slot)->identity[BIT_WORD(n)]) >>
			   (n % BITS_PER_LONG) & (BIT(P2M_STRIDE) - 1);
	entry = p2m_slot_leaf(list, slot) + n;
	for (i = 0; i < P2M_STRIDE; i++) {
		unsigned long mfn = READ_ONCE(entry[i]);

		any |= mfn;
		all &= mfn;
	}
	if (kind == P2M_POPULATED)
		return !(any & (FOREIGN_FRAME_BIT | IDENTITY_FRAME_BIT));
	if (kind == P2M_FOREIGN || all != INVALID_P2M_ENTRY)
		return false;

	return kind == P2M_MISSING ? !identity :
				     identity == BIT(P2M_STRIDE) - 1;
}

/* Where they cease to be so within a leaf, @next being its end. */
static unsigned long p2m_leaf_run_end(const struct p2m_list *list,
				      unsigned long slot, unsigned long pfn,
				      unsigned long next, enum p2m_kind kind)
{
	while (pfn < next) {
		if (IS_ALIGNED(pfn, P2M_STRIDE) &&
		    p2m_stride_is(list, slot, pfn, kind))
			pfn += P2M_STRIDE;
		else if (p2m_kind(p2m_slot_lookup(slot, pfn)) == kind)
			pfn++;
		else
			break;
	}

	return pfn;
}

/* Where the pfns from @pfn on cease to be of one kind. */
static unsigned long p2m_run_end(const struct p2m_list *list, unsigned long pfn,
				 enum p2m_kind kind)
{
	unsigned int shift;

	while (pfn < list->reach) {
		unsigned long slot = p2m_slot(list, pfn, &shift);
		unsigned long next = round_down(pfn, BIT(shift)) + BIT(shift);

		cond_resched();
		if (p2m_slot_is_constant(slot)) {
			if (slot != kind)
				break;
			pfn = next;
			continue;
		}
		pfn = p2m_leaf_run_end(list, slot, pfn, next, kind);
		if (pfn < next)
			break;
	}

	return pfn;
}

/**
 * p2m_next_run - the neighbours of one kind that follow a run
 * @list: the list
 * @run: the run before (only @run->end counts; 0 to begin with); becomes the
 *	next one
 *
 * Goes by slots, and by entries only where a leaf has some.
 *
 * Context: process, or early boot.  What changes meanwhile may be seen or not.
 * Return: false at the end of the reach.
 */
bool p2m_next_run(const struct p2m_list *list, struct p2m_run *run)
{
	unsigned long pfn = run->end;

	if (pfn >= list->reach)
		return false;

	run->pfn = pfn;
	run->kind = p2m_kind(p2m_lookup_slow(list, pfn));
	/* One at least, even if the entry has just become another kind. */
	run->end = p2m_run_end(list, pfn + 1, run->kind);

	return true;
}

/* Room for memory that comes later */

/* What of the range is identity; nothing of it may hold a frame. */
static int p2m_record_identity(const struct p2m_list *list, unsigned long pfn,
			       unsigned long end, struct xen_p2m_undo *undo)
{
	struct p2m_run run = { .end = pfn };

	undo->nr = 0;
	while (run.end < end && p2m_next_run(list, &run)) {
		if (run.kind == P2M_POPULATED || run.kind == P2M_FOREIGN)
			return -EEXIST;
		if (run.kind == P2M_MISSING)
			continue;
		if (undo->nr == ARRAY_SIZE(undo->range))
			return -E2BIG;
		undo->range[undo->nr++] = (struct xen_p2m_range) {
			run.pfn, min(run.end, end)
		};
	}

	return 0;
}

/**
 * p2m_make_missing - take a range without frames out of the identity map
 * @list: the list
 * @pfn: the first
 * @nr: pfns
 * @undo: set to what p2m_undo_missing() needs
 *
 * Context: process.  Takes @list->lock.
 * Return: 0; -ERANGE; -EEXIST if an entry holds a frame; -E2BIG if there are
 * too many identity ranges for @undo; -ENOMEM.  Unless 0, nothing has changed
 * and @undo is empty.
 */
int p2m_make_missing(struct p2m_list *list, unsigned long pfn,
		     unsigned long nr, struct xen_p2m_undo *undo)
{
	int err;

	undo->nr = 0;
	if (pfn >= list->reach || nr > list->reach - pfn)
		return -ERANGE;

	mutex_lock(&list->lock);
	err = p2m_record_identity(list, pfn, pfn + nr, undo);
	if (!err && undo->nr)
		err = p2m_mark_locked(list, pfn, pfn + nr, P2M_MISSING);
	mutex_unlock(&list->lock);
	if (err)
		undo->nr = 0;

	return err;
}

/**
 * p2m_undo_missing - what was identity before is identity again
 * @list: the list
 * @undo: from p2m_make_missing()
 *
 * Context: process.  Takes @list->lock.
 */
void p2m_undo_missing(struct p2m_list *list, const struct xen_p2m_undo *undo)
{
	unsigned int i;

	for (i = 0; i < undo->nr; i++)
		WARN_ON_ONCE(p2m_mark(list, undo->range[i].pfn,
				      undo->range[i].end - undo->range[i].pfn,
				      P2M_IDENTITY));
}
