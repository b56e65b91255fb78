/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a snapshot's entries have to agree with: Xen's machine-to-physical
 * table, the owner of each frame, and the frame tree.
 */
#ifndef XEN_P2M_CHECK_H
#define XEN_P2M_CHECK_H

#include "snapshot.h"

/**
 * struct p2m_check - a check under way
 * @snapshot: what is checked
 * @source: where it comes from
 * @tables: of struct p2m_entry: where the list's own frames must be found in
 *	it, ordered by pfn
 * @suspects: of struct p2m_suspect: entries to be looked at once more
 * @too_many: there are more of them than are kept
 */
struct p2m_check {
	struct p2m_snapshot *snapshot;
	const struct p2m_source *source;
	struct p2m_array tables;
	struct p2m_array suspects;
	bool too_many;
};

int p2m_check_tables(struct p2m_check *check);
int p2m_check_leaf(void *check, const struct p2m_view *view,
		   const struct p2m_node *leaf,
		   const uint64_t entry[P2M_SLOTS]);
int p2m_check_confirm(struct p2m_check *check);
void p2m_check_pages(struct p2m_snapshot *snapshot, uint64_t pages);
int p2m_check_tree(struct p2m_snapshot *snapshot,
		   const struct p2m_source *source);
void p2m_check_clear(struct p2m_check *check);

#endif /* XEN_P2M_CHECK_H */
