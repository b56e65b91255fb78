/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Marking ranges without frames as missing or identity.
 */
#ifndef _XEN_P2M_MARK_H
#define _XEN_P2M_MARK_H

#include <xen/p2m.h>

#include "list.h"

int p2m_mark(struct p2m_list *list, unsigned long pfn, unsigned long nr,
	     enum p2m_kind kind);
int p2m_mark_locked(struct p2m_list *list, unsigned long pfn, unsigned long nr,
		    enum p2m_kind kind);
int p2m_make_missing(struct p2m_list *list, unsigned long pfn,
		     unsigned long nr, struct p2m_ranges *undo);
void p2m_undo_missing(struct p2m_list *list, const struct p2m_ranges *undo);

#endif /* _XEN_P2M_MARK_H */
