/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A guest's list at one moment: what is published, what that leads to, and
 * what is wrong with it.
 */
#ifndef XP_SNAPSHOT_H
#define XP_SNAPSHOT_H

#include "view.h"

/* How a reading ended; a negative errno means that it failed. */
enum xp_outcome {
	XP_TAKEN,		/* nothing changed meanwhile */
	XP_ODD,			/* taken in the middle of a change */
	XP_UNSETTLED,		/* it kept changing: nothing was taken */
	XP_UNPUBLISHED,		/* the guest publishes no list */
};

/**
 * struct xp_options - how to read
 * @attempts: how often to try until nothing changes meanwhile
 * @still: the guest does not run, so an odd generation stays odd
 * @check: check each entry against the machine-to-physical table and the owner
 *	of its frame
 * @keep_entries: keep all entries that are not missing
 * @memory: bytes that may be used
 */
struct xp_options {
	unsigned int attempts;
	bool still;
	bool check;
	bool keep_entries;
	size_t memory;
};

/**
 * struct xp_entry - an entry that is not missing
 * @pfn: its pfn
 * @value: its value
 */
struct xp_entry {
	uint64_t pfn;
	uint64_t value;
};

/**
 * struct xp_snapshot - what was read
 * @field: what was published
 * @attempt: number of earlier attempts, discarded because something changed
 * @has_list: @list was read
 * @has_tree: @tree was read, but its leaves only if there is no list
 * @list: the linear list
 * @tree: the frame tree
 * @runs: of struct xp_run: the kinds of all pfns
 * @entries: of struct xp_entry, if they are to be kept
 * @pfns: number of pfns of each kind
 * @last: one past the last pfn that is populated or foreign
 * @findings: what is wrong
 * @budget: memory that is left
 */
struct xp_snapshot {
	uint64_t field[XP_NR_FIELDS];
	unsigned int attempt;
	bool has_list;
	bool has_tree;
	struct xp_view list;
	struct xp_view tree;
	struct xp_array runs;
	struct xp_array entries;
	uint64_t pfns[XP_NR_KINDS];
	uint64_t last;
	struct xp_findings findings;
	struct xp_budget budget;
};

int xp_snapshot_take(struct xp_snapshot *snapshot,
		     const struct xp_source *source,
		     const struct xp_options *options);
void xp_snapshot_clear(struct xp_snapshot *snapshot);
struct xp_view *xp_snapshot_view(struct xp_snapshot *snapshot);

static inline const struct xp_run *
xp_runs(const struct xp_snapshot *snapshot)
{
	return snapshot->runs.data;
}

#endif /* XP_SNAPSHOT_H */
