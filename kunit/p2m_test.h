/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Suite xen_p2m: its cases by subject, and their parameters.  The table of
 * all cases is in p2m_test.c.
 */
#ifndef _XEN_P2M_KUNIT_P2M_TEST_H
#define _XEN_P2M_KUNIT_P2M_TEST_H

#include <kunit/test.h>

#include "lists.h"
#include "model.h"

/**
 * struct p2m_split_param - one kind of stretch is split by an entry
 * @name: of the case
 * @outer: the meaning of all the list before
 * @pfn: the entry that gets the other meaning, and then a frame
 */
struct p2m_split_param {
	const char *name;
	enum p2m_kind outer;
	unsigned long pfn;
};

/**
 * struct p2m_edge_param - a pfn at an edge
 * @name: of the case
 * @pfn: the pfn
 */
struct p2m_edge_param {
	const char *name;
	unsigned long pfn;
};

/**
 * struct p2m_random_param - a series of random operations
 * @name: of the case
 * @reach: pfns of the list
 * @keep_tree: as in struct p2m_list
 * @seed: of the series
 */
struct p2m_random_param {
	const char *name;
	unsigned long reach;
	bool keep_tree;
	u64 seed;
};

/**
 * struct p2m_growth_param - a growth that is looked at step by step
 * @name: of the case
 * @identity: a range that is identity before; may be empty
 * @owned: a range that has leaves before; may be empty
 * @grown: the range that grows
 * @commits: brackets that this takes
 */
struct p2m_growth_param {
	const char *name;
	struct xen_p2m_range identity;
	struct xen_p2m_range owned;
	struct xen_p2m_range grown;
	unsigned int commits;
};

/**
 * struct p2m_adopt_param - a flat list that is adopted
 * @name: of the case
 * @nr_pages: entries that the builder wrote
 * @record: hand over the record of identity ranges
 * @scattered: have more identity ranges than the record can hold
 */
struct p2m_adopt_param {
	const char *name;
	unsigned long nr_pages;
	bool record;
	bool scattered;
};

/* geometry.c */
void p2m_init_refuses(struct kunit *test);
void p2m_full_reach_reads_ones(struct kunit *test);
void p2m_edge_of_reach(struct kunit *test);
void p2m_beyond_reach_is_refused(struct kunit *test);
void p2m_split_keeps_neighbours(struct kunit *test);
void p2m_list_of_whole_leaves(struct kunit *test);

/* entries.c */
void p2m_random_operations(struct kunit *test);
void p2m_invalid_values_are_refused(struct kunit *test);
void p2m_stale_translation_is_harmless(struct kunit *test);
void p2m_identity_is_never_in_a_slot(struct kunit *test);
void p2m_sentinels_hold_ones(struct kunit *test);
void p2m_make_missing_refuses(struct kunit *test);
void p2m_make_missing_is_undone(struct kunit *test);
void p2m_extra_memory_costs_nothing(struct kunit *test);

/* commit.c */
void p2m_growth_by_steps(struct kunit *test);
void p2m_commit_limit(struct kunit *test);
void p2m_no_commit_without_growth(struct kunit *test);
void p2m_max_pfn_never_falls(struct kunit *test);
void p2m_max_pfn_moves_in_bracket(struct kunit *test);
void p2m_tree_ends_for_a_domu(struct kunit *test);
void p2m_tree_is_kept_for_dom0(struct kunit *test);

/* failure.c */
void p2m_failing_init(struct kunit *test);
void p2m_failing_growth(struct kunit *test);
void p2m_failing_growth_in_identity(struct kunit *test);
void p2m_failing_growth_of_batches(struct kunit *test);
void p2m_failing_growth_between(struct kunit *test);
void p2m_failing_growth_of_two_gib(struct kunit *test);
void p2m_failing_mark(struct kunit *test);
void p2m_failing_mark_of_leaves(struct kunit *test);
void p2m_failing_make_missing(struct kunit *test);
void p2m_failing_set(struct kunit *test);
void p2m_failing_set_of_identity(struct kunit *test);

/* smp.c */
void p2m_growers_at_once(struct kunit *test);
void p2m_lookups_while_growing(struct kunit *test);
void p2m_setters_while_growing(struct kunit *test);
void p2m_identity_comes_and_goes(struct kunit *test);

/* adopt.c */
void p2m_ranges_merge_in_any_order(struct kunit *test);
void p2m_ranges_overflow(struct kunit *test);
void p2m_adopt_flat_list(struct kunit *test);
void p2m_adopt_goes_by_the_record(struct kunit *test);
void p2m_adopt_takes_what_is_populated(struct kunit *test);
void p2m_failing_adoption(struct kunit *test);

/* restore.c */
void p2m_restore_keeps_lookups(struct kunit *test);
void p2m_restore_renews_all_tops(struct kunit *test);
void p2m_restore_takes_no_memory(struct kunit *test);
void p2m_restore_of_a_long_domu(struct kunit *test);
void p2m_publication_at_boot(struct kunit *test);
void p2m_publication_at_resume(struct kunit *test);
void p2m_publication_of_tree_only(struct kunit *test);

#endif /* _XEN_P2M_KUNIT_P2M_TEST_H */
