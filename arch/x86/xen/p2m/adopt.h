/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Adoption of a domain builder's list; see adopt.c.
 */
#ifndef _XEN_P2M_ADOPT_H
#define _XEN_P2M_ADOPT_H

#include "list.h"

/**
 * struct p2m_builder - a domain builder's list, with identity in its entries
 * @entries: the list, writable, page-aligned
 * @nr: its entries, a multiple of 512 and at most the reach
 * @identity: which entries are identity
 * @leaf: where the page that holds @entries is in the direct map.  It may be
 *	read-only there.  Called with the list's lock held.
 */
struct p2m_builder {
	unsigned long *entries;
	unsigned long nr;
	const struct p2m_ranges *identity;
	unsigned long *(*leaf)(unsigned long *entries);
};

int p2m_adopt(struct p2m_list *list, const struct p2m_builder *builder);

#endif /* _XEN_P2M_ADOPT_H */
