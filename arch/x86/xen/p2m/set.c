// SPDX-License-Identifier: GPL-2.0-only
/*
 * Setting entries: what a single entry may become, and what that takes.
 */
#include <linux/bitops.h>
#include <linux/bug.h>

#include "grow.h"
#include "mark.h"
#include "set.h"

/* Values that readers outside understand, and our own mark for identity. */
static bool p2m_value_is_valid(unsigned long pfn, unsigned long mfn)
{
	return !(mfn & IDENTITY_FRAME_BIT) || mfn == INVALID_P2M_ENTRY ||
	       mfn == IDENTITY_FRAME(pfn);
}

/* The bit is clear most of the time, and clearing it locks the bus. */
static inline void p2m_unmark_identity(struct p2m_mixed *mixed, unsigned int n)
{
	if (test_bit(n, mixed->identity))
		clear_bit(n, mixed->identity);
}

/* Bit and entry in the order of invariant 8.  Without a leaf all are ones. */
static bool p2m_set_mixed(struct p2m_list *list, struct p2m_mixed *mixed,
			  unsigned long pfn, unsigned long mfn)
{
	bool has_leaf = READ_ONCE(mixed->leaf) != list->sentinel.leaf;
	unsigned int n = pfn % P2M_PER_PAGE;

	if (!(mfn & IDENTITY_FRAME_BIT)) {
		if (!has_leaf)
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
	if (has_leaf)
		WRITE_ONCE(list->base[pfn], INVALID_P2M_ENTRY);

	return true;
}

/* Inlined twice: a call would cost a tenth of setting missing again. */
static __always_inline bool p2m_set_by_slot(struct p2m_list *list,
					    unsigned long slot,
					    unsigned long pfn,
					    unsigned long mfn)
{
	if (p2m_slot_is_constant(slot))
		return mfn == p2m_slot_lookup(slot, pfn);
	if (unlikely(p2m_slot_is_mixed(slot)))
		return p2m_set_mixed(list, p2m_slot_mixed(slot), pfn, mfn);
	/* Without bits beside the leaf there is no identity. */
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
 * Return: true if the next lookup gives @mfn; otherwise nothing has changed.
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
 * Return: true if the next lookup gives @mfn; otherwise nothing has changed.
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
 * missing.  Nobody in the kernel replaces one once other cpus run.
 *
 * Context: process, or early boot.  Takes @list->lock.  The caller owns @pfn.
 * Return: 0; -ERANGE beyond the reach; -EINVAL for a value that no entry may
 * have; otherwise as p2m_grow().
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
