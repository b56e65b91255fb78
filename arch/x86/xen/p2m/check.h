/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The self-check; see check.c.
 */
#ifndef _XEN_P2M_CHECK_H
#define _XEN_P2M_CHECK_H

#include "list.h"

/**
 * struct p2m_check - result of a look at every entry, GiB by GiB
 * @kind: pfns of each kind below the reach
 * @bad_m2p: populated ones whose frame the machine's table gives another pfn
 * @bad_leaf: leaves mapped elsewhere than where the index has them
 * @bad_tree: the same for the frame tree
 * @bad_entry: entries that read differently by list, leaf and lookup
 * @bad_tail: pfns with a frame from max_pfn on
 */
struct p2m_check {
	unsigned long kind[P2M_FOREIGN + 1];
	unsigned long bad_m2p;
	unsigned long bad_leaf;
	unsigned long bad_tree;
	unsigned long bad_entry;
	unsigned long bad_tail;
};

void p2m_check(struct p2m_list *list, struct p2m_check *check);

#endif /* _XEN_P2M_CHECK_H */
