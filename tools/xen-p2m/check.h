/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a snapshot's entries have to agree with: Xen's machine-to-physical
 * table, the owner of each frame, and the frame tree.
 */
#ifndef XP_CHECK_H
#define XP_CHECK_H

#include "snapshot.h"

/**
 * struct xp_check - a check under way
 * @snapshot: what is checked
 * @source: where it comes from
 * @tables: of struct xp_entry: where the list's own frames must be found in
 *	it, ordered by pfn
 * @suspects: of struct xp_suspect: entries to be looked at once more
 * @too_many: there are more of them than are kept
 */
struct xp_check {
	struct xp_snapshot *snapshot;
	const struct xp_source *source;
	struct xp_array tables;
	struct xp_array suspects;
	bool too_many;
};

int xp_check_tables(struct xp_check *check);
int xp_check_leaf(void *check, const struct xp_view *view,
		  const struct xp_node *leaf,
		  const uint64_t entry[XP_SLOTS]);
int xp_check_confirm(struct xp_check *check);
void xp_check_pages(struct xp_snapshot *snapshot, uint64_t pages);
int xp_check_tree(struct xp_snapshot *snapshot,
		  const struct xp_source *source);
void xp_check_clear(struct xp_check *check);

#endif /* XP_CHECK_H */
