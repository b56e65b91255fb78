/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Checks a snapshot's entries against Xen's machine-to-physical table, the
 * owner of each frame, and the frame tree.
 */
#ifndef XP_CHECK_H
#define XP_CHECK_H

#include "snapshot.h"

/**
 * struct xp_check - a check in progress
 * @snapshot: what is checked
 * @source: where it is read from
 * @tables: of struct xp_entry: the entries that the list must have for its own
 *	frames, ordered by pfn
 * @suspects: of struct xp_suspect: entries that need a second look
 * @too_many: there were more suspects than are kept
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
