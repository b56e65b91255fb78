/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Slots of the index, and lookups by them.  Everything here takes no lock and
 * may run in any context; invariant 3 of list.h is what makes that right.
 */
#ifndef _XEN_P2M_LOOKUP_H
#define _XEN_P2M_LOOKUP_H

#include <linux/bitmap.h>
#include <linux/math.h>

#include <asm/barrier.h>

#include "list.h"

/*
 * What a slot can be.  A constant says what all pfns of the slot's stretch
 * are: none has a leaf.  Otherwise it is the address of a node or, at the
 * bottom, of a leaf; or there, with the bit P2M_SLOT_MIXED, of a p2m_mixed.
 */
#define P2M_SLOT_MISSING	0UL
#define P2M_SLOT_IDENTITY	1UL
#define P2M_SLOT_MIXED		2UL

/**
 * struct p2m_mixed - a leaf with identity entries among others
 * @identity: one bit per entry.  A set bit means identity, provided that the
 *	entry is all ones; see p2m_mixed_lookup() for the order of the two.
 * @leaf: the entries; the sentinel leaf while none holds a frame.  Written
 *	with the list's lock held.
 */
struct p2m_mixed {
	DECLARE_BITMAP(identity, P2M_PER_PAGE);
	unsigned long *leaf;
};

static __always_inline bool p2m_slot_is_constant(unsigned long slot)
{
	return slot <= P2M_SLOT_IDENTITY;
}

static __always_inline bool p2m_slot_is_mixed(unsigned long slot)
{
	return slot & P2M_SLOT_MIXED;
}

static __always_inline struct p2m_mixed *p2m_slot_mixed(unsigned long slot)
{
	return (struct p2m_mixed *)(slot & ~P2M_SLOT_MIXED);
}

static inline unsigned long p2m_mixed_slot(const struct p2m_mixed *mixed)
{
	return (unsigned long)mixed | P2M_SLOT_MIXED;
}

/* The constant for P2M_MISSING or P2M_IDENTITY. */
static inline unsigned long p2m_constant_slot(enum p2m_kind kind)
{
	return kind == P2M_IDENTITY ? P2M_SLOT_IDENTITY : P2M_SLOT_MISSING;
}

static inline enum p2m_kind p2m_constant_kind(unsigned long slot)
{
	return slot == P2M_SLOT_IDENTITY ? P2M_IDENTITY : P2M_MISSING;
}

/* Which slot of its node a pfn has, @shift being that of the slot. */
static __always_inline unsigned int p2m_slot_index(unsigned long pfn,
						   unsigned int shift)
{
	return (pfn >> shift) % P2M_PER_PAGE;
}

/**
 * p2m_slot - the slot of the index that settles a pfn
 * @list: the list
 * @pfn: below @list->reach
 * @shift: set to the log2 of the number of pfns that the slot stands for
 *
 * Context: any; no lock.  The loads are ordered by address dependence and pair
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

/* The bottom node of a pfn's GiB, which must have one. */
static inline const unsigned long *p2m_bottom_node(const struct p2m_list *list,
						   unsigned long pfn)
{
	unsigned long * const *mid = (void *)list->top[pfn >> P2M_MID_SHIFT];

	return mid[p2m_slot_index(pfn, P2M_BOTTOM_SHIFT)];
}

/* The leaf of a slot that p2m_slot() gave; the sentinel leaf if it has none. */
static __always_inline unsigned long *
p2m_slot_leaf(const struct p2m_list *list, unsigned long slot)
{
	if (p2m_slot_is_constant(slot))
		return list->sentinel.leaf;
	if (p2m_slot_is_mixed(slot))
		return READ_ONCE(p2m_slot_mixed(slot)->leaf);
	return (unsigned long *)slot;
}

/* Does a slot that p2m_slot() gave have a leaf, other than the sentinel? */
static inline bool p2m_slot_has_leaf(const struct p2m_list *list,
				     unsigned long slot)
{
	return p2m_slot_leaf(list, slot) != list->sentinel.leaf;
}

/**
 * p2m_has_leaf - does a pfn have a leaf, so that its entry can be set?
 * @list: the list
 * @pfn: any number
 *
 * Context: any; no lock.
 */
static inline bool p2m_has_leaf(const struct p2m_list *list, unsigned long pfn)
{
	unsigned int shift;

	return pfn < list->reach &&
	       p2m_slot_has_leaf(list, p2m_slot(list, pfn, &shift));
}

/* Make a slot name what is initialised by now. */
static inline void p2m_slot_set(unsigned long *where, unsigned long slot)
{
	/* Pairs with the address-dependent loads of p2m_slot(). */
	smp_store_release(where, slot);
}

/*
 * An all-ones entry of a mixed leaf.  Writers follow invariant 8, so all ones
 * under a clear bit can be a frame that was stored between our two loads: look
 * again.
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
	/* In the current leaf: the first look may have been at the sentinel. */
	return READ_ONCE(READ_ONCE(mixed->leaf)[pfn % P2M_PER_PAGE]);
}

/* What the slot that settles @pfn says about it. */
static __always_inline unsigned long p2m_slot_lookup(unsigned long slot,
						     unsigned long pfn)
{
	if (p2m_slot_is_constant(slot))
		return slot == P2M_SLOT_MISSING ? INVALID_P2M_ENTRY :
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
 * Return: an mfn, FOREIGN_FRAME(mfn), IDENTITY_FRAME(pfn), or
 * INVALID_P2M_ENTRY.
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

/* What kind of answer a lookup gave. */
static inline enum p2m_kind p2m_kind(unsigned long mfn)
{
	if (mfn == INVALID_P2M_ENTRY)
		return P2M_MISSING;
	if (mfn & IDENTITY_FRAME_BIT)
		return P2M_IDENTITY;
	return mfn & FOREIGN_FRAME_BIT ? P2M_FOREIGN : P2M_POPULATED;
}

/**
 * struct p2m_cursor - the leaf at which a batch of pfns stands
 * @pfn: its first pfn
 * @slot: its slot
 *
 * Most neighbours in a batch share a leaf, which is looked up once for them.
 * The slot may be out of date for the later ones.  That is harmless for pfns
 * that the caller owns, whose meaning nobody else changes, unless the leaf has
 * come into being since: a set fails then.  So callers reserve leaves
 * beforehand, or handle the failure.
 */
struct p2m_cursor {
	unsigned long pfn;
	unsigned long slot;
};

#define P2M_CURSOR	{ .pfn = ~0UL }

/**
 * p2m_cursor_slot - the slot that settles a pfn
 * @list: the list
 * @cursor: P2M_CURSOR, or as the last call left it
 * @pfn: any number
 *
 * Context: any; no lock.
 */
static __always_inline unsigned long
p2m_cursor_slot(const struct p2m_list *list, struct p2m_cursor *cursor,
		unsigned long pfn)
{
	unsigned long first = round_down(pfn, P2M_PER_PAGE);
	unsigned int shift;

	if (likely(first == cursor->pfn))
		return cursor->slot;

	cursor->pfn = first;
	cursor->slot = pfn < list->reach ? p2m_slot(list, pfn, &shift) :
					   P2M_SLOT_IDENTITY;
	return cursor->slot;
}

#endif /* _XEN_P2M_LOOKUP_H */
