// SPDX-License-Identifier: GPL-2.0-only
/*
 * Marking ranges: what pfns without frames are, missing or identity.  Only the
 * index changes.
 */
#include <linux/align.h>
#include <linux/bits.h>
#include <linux/bug.h>
#include <linux/lockdep.h>
#include <linux/minmax.h>

#include "mark.h"
#include "prealloc.h"
#include "ranges.h"
#include "runs.h"

/**
 * struct p2m_marking - a range that becomes missing or identity
 * @list: the list
 * @constant: the slot for what it becomes
 * @nodes: pages for the nodes that split a stretch
 * @mixed: objects for the leaves that are split
 */
struct p2m_marking {
	struct p2m_list *list;
	unsigned long constant;
	struct p2m_prealloc nodes;
	struct p2m_prealloc mixed;
};

static void p2m_mark_entries(struct p2m_marking *m, struct p2m_mixed *mixed,
			     unsigned long pfn, unsigned long end)
{
	for (; pfn < end; pfn++)
		if (m->constant == P2M_SLOT_IDENTITY)
			set_bit(pfn % P2M_PER_PAGE, mixed->identity);
		else
			clear_bit(pfn % P2M_PER_PAGE, mixed->identity);
}

/*
 * A leaf that is split, or whose entries without a frame become identity.  Its
 * bits are initialised before the index names them.
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
	/* A leaf without bits has no identity entries to lose. */
	if (!p2m_slot_is_constant(slot) && m->constant == P2M_SLOT_MISSING)
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

	if (slot == m->constant)
		return;
	if (p2m_slot_is_constant(slot) && end - pfn == BIT(shift)) {
		p2m_slot_set(where, m->constant);
		return;
	}
	if (shift == P2M_LEAF_SHIFT) {
		p2m_mark_leaf(m, where, pfn, end);
		return;
	}

	shift -= P2M_LEVEL_BITS;
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

/* Leaves of a range that have no bits for identity yet. */
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

/**
 * struct p2m_need - what a marking takes
 * @nodes: nodes that split a stretch
 * @mixed: leaves that are split, or get bits for identity
 */
struct p2m_need {
	unsigned int nodes;
	unsigned int mixed;
};

/* One end of the range splits the constant that it lies in the midst of. */
static void p2m_count_split(const struct p2m_list *list, unsigned long pfn,
			    unsigned long constant, struct p2m_need *need)
{
	unsigned int shift = P2M_MID_SHIFT;
	unsigned long slot;

	/* Among others the end of the reach, which has no slot. */
	if (IS_ALIGNED(pfn, BIT(shift)))
		return;

	slot = p2m_slot(list, pfn, &shift);
	if (!p2m_slot_is_constant(slot) || slot == constant)
		return;
	while (shift > P2M_LEAF_SHIFT && !IS_ALIGNED(pfn, BIT(shift))) {
		need->nodes++;
		shift -= P2M_LEVEL_BITS;
	}
	need->mixed += !IS_ALIGNED(pfn, BIT(shift));
}

/* The two ends are counted apart: what they might share is counted twice. */
static struct p2m_need p2m_count_need(const struct p2m_list *list,
				      unsigned long pfn, unsigned long end,
				      unsigned long constant)
{
	struct p2m_need need = { };

	p2m_count_split(list, pfn, constant, &need);
	p2m_count_split(list, end, constant, &need);
	if (constant == P2M_SLOT_IDENTITY)
		need.mixed += p2m_count_unmixed(list, pfn, end);

	return need;
}

/**
 * p2m_mark_locked - p2m_mark() for a caller that holds the lock
 * @list: the list
 * @pfn: the first
 * @nr: pfns, all of them below @list->reach
 * @kind: P2M_MISSING or P2M_IDENTITY
 *
 * Takes no memory where the ends of the range split no slot of the other
 * meaning, and identity gets no leaf without bits for it.
 *
 * Context: @list->lock is held.
 * Return: 0, or -ENOMEM with nothing changed.
 */
int p2m_mark_locked(struct p2m_list *list, unsigned long pfn, unsigned long nr,
		    enum p2m_kind kind)
{
	struct p2m_marking m = {
		.list = list, .constant = p2m_constant_slot(kind),
	};
	struct p2m_need need;
	int err;

	lockdep_assert_held(&list->lock);

	need = p2m_count_need(list, pfn, pfn + nr, m.constant);
	err = p2m_prealloc_fill(list, &m.nodes, PAGE_SIZE, need.nodes) ?:
	      p2m_prealloc_fill(list, &m.mixed, sizeof(struct p2m_mixed),
				need.mixed);
	if (!err)
		p2m_mark_slots(&m, list->top, pfn, pfn + nr, P2M_MID_SHIFT);
	p2m_prealloc_drain(list, &m.nodes);
	p2m_prealloc_drain(list, &m.mixed);

	return err;
}

/**
 * p2m_mark - make every pfn of a range that holds no frame missing or identity
 * @list: the list
 * @pfn: the first
 * @nr: pfns
 * @kind: P2M_MISSING or P2M_IDENTITY
 *
 * Entries with a frame keep it; what they become when they lose it is not
 * specified.  No mapping changes and no reader outside sees anything, hence
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
	err = p2m_mark_locked(list, pfn, nr, kind);
	mutex_unlock(&list->lock);

	return err;
}

/* Room for memory that is added later */

/* Record what is identity in the range; nothing in it may hold a frame. */
static int p2m_record_identity(const struct p2m_list *list, unsigned long pfn,
			       unsigned long end, struct p2m_ranges *undo)
{
	struct p2m_run run = { .end = pfn };

	while (run.end < end && p2m_next_run(list, &run)) {
		if (run.kind == P2M_POPULATED || run.kind == P2M_FOREIGN)
			return -EEXIST;
		if (run.kind == P2M_IDENTITY)
			p2m_ranges_add(undo, run.pfn, min(run.end, end));
		if (undo->incomplete)
			return -E2BIG;
	}

	return 0;
}

/**
 * p2m_make_missing - take a range without frames out of the identity map
 * @list: the list
 * @pfn: the first
 * @nr: pfns
 * @undo: set to the ranges that were identity, for p2m_undo_missing()
 *
 * Context: process.  Takes @list->lock.
 * Return: 0; -ERANGE; -EEXIST if an entry holds a frame; -E2BIG if @undo cannot
 * hold all identity ranges; -ENOMEM.  Unless 0, nothing has changed and @undo
 * is empty.
 */
int p2m_make_missing(struct p2m_list *list, unsigned long pfn,
		     unsigned long nr, struct p2m_ranges *undo)
{
	int err;

	*undo = (struct p2m_ranges) { };
	if (pfn >= list->reach || nr > list->reach - pfn)
		return -ERANGE;

	mutex_lock(&list->lock);
	err = p2m_record_identity(list, pfn, pfn + nr, undo);
	if (!err && undo->nr)
		err = p2m_mark_locked(list, pfn, nr, P2M_MISSING);
	mutex_unlock(&list->lock);
	if (err)
		*undo = (struct p2m_ranges) { };

	return err;
}

/**
 * p2m_undo_missing - make identity again what was identity before
 * @list: the list
 * @undo: from p2m_make_missing()
 *
 * What p2m_make_missing() has split is there, and a range that has not grown
 * since has no leaf without bits: so this takes no memory, and cannot fail.
 *
 * Context: process.  Takes @list->lock.
 */
void p2m_undo_missing(struct p2m_list *list, const struct p2m_ranges *undo)
{
	unsigned int i;

	for (i = 0; i < undo->nr; i++)
		WARN_ON_ONCE(p2m_mark(list, undo->range[i].pfn,
				      undo->range[i].end - undo->range[i].pfn,
				      P2M_IDENTITY));
}
