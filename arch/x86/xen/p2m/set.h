/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Setting entries.
 */
#ifndef _XEN_P2M_SET_H
#define _XEN_P2M_SET_H

#include "lookup.h"

bool p2m_set_in_slot(struct p2m_list *list, unsigned long slot,
		     unsigned long pfn, unsigned long mfn);
bool p2m_set_slow(struct p2m_list *list, unsigned long pfn, unsigned long mfn);
int p2m_set_growing(struct p2m_list *list, unsigned long pfn,
		    unsigned long mfn);

/**
 * p2m_set - change an entry if that needs no growth
 * @list: the list
 * @pfn: any number
 * @mfn: an mfn, FOREIGN_FRAME(mfn), IDENTITY_FRAME(pfn) or INVALID_P2M_ENTRY
 *
 * An entry that holds a frame lies in a leaf and is not identity, so another
 * frame can be stored at once.
 *
 * Context: any.  The caller owns @pfn: nobody else sets it now.
 * Return: true if the next lookup gives @mfn; otherwise nothing has changed.
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

/**
 * p2m_set_missing - give a missing entry a frame
 * @list: the list
 * @pfn: one that the caller, since it owns it, has found missing, with a leaf
 * @mfn: an mfn or FOREIGN_FRAME(mfn)
 *
 * There is no bit for identity that would have to be cleared, so this is the
 * store alone.
 *
 * Context: any.  The caller owns @pfn.
 */
static __always_inline void p2m_set_missing(struct p2m_list *list,
					    unsigned long pfn,
					    unsigned long mfn)
{
	WRITE_ONCE(list->base[pfn], mfn);
}

#endif /* _XEN_P2M_SET_H */
