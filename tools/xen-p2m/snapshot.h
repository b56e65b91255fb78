/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A guest's list at one moment: what is published, what that leads to, and
 * what is wrong with it.
 */
#ifndef XEN_P2M_SNAPSHOT_H
#define XEN_P2M_SNAPSHOT_H

#include "view.h"

/* How a reading ended; a negative errno if it could not be done. */
enum p2m_outcome {
	P2M_TAKEN,		/* and nothing has changed meanwhile */
	P2M_ODD,		/* taken, but the guest is amid a change */
	P2M_UNSETTLED,		/* never twice the same: nothing was taken */
	P2M_UNPUBLISHED,	/* the guest publishes no list */
};

/**
 * struct p2m_options - how to read
 * @attempts: how often to try until nothing changes meanwhile
 * @still: the guest does not run: what is odd stays odd
 * @check: look at each entry in the machine-to-physical table, and whose it is
 * @keep_entries: keep all entries that are not missing
 * @memory: bytes that may be used
 */
struct p2m_options {
	unsigned int attempts;
	bool still;
	bool check;
	bool keep_entries;
	size_t memory;
};

/**
 * struct p2m_entry - an entry that is not missing
 * @pfn: where it stands
 * @value: what it holds
 */
struct p2m_entry {
	uint64_t pfn;
	uint64_t value;
};

/**
 * struct p2m_snapshot - what was read
 * @field: what was published
 * @attempt: how often it was tried before, because something changed
 * @has_list: @list was read, the linear list
 * @has_tree: @tree was read, its leaves only if there is no list
 * @runs: of struct p2m_run: what all pfns are
 * @entries: of struct p2m_entry, if asked for
 * @pfns: how many there are of each kind
 * @last: one past the last pfn that is populated or foreign
 * @findings: what is wrong
 * @budget: memory that is left
 */
struct p2m_snapshot {
	uint64_t field[P2M_NR_FIELDS];
	unsigned int attempt;
	bool has_list;
	bool has_tree;
	struct p2m_view list;
	struct p2m_view tree;
	struct p2m_array runs;
	struct p2m_array entries;
	uint64_t pfns[P2M_NR_KINDS];
	uint64_t last;
	struct p2m_findings findings;
	struct p2m_budget budget;
};

int p2m_snapshot_take(struct p2m_snapshot *snapshot,
		      const struct p2m_source *source,
		      const struct p2m_options *options);
void p2m_snapshot_clear(struct p2m_snapshot *snapshot);
struct p2m_view *p2m_snapshot_view(struct p2m_snapshot *snapshot);

static inline const struct p2m_run *
p2m_runs(const struct p2m_snapshot *snapshot)
{
	return snapshot->runs.data;
}

#endif /* XEN_P2M_SNAPSHOT_H */
