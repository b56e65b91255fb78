// SPDX-License-Identifier: GPL-2.0-only
/*
 * Suite xen_p2m: private lists, in any x86-64 kernel, under Xen or not.  Each
 * case builds lists of its own (lists.c), compares them with a plain oracle
 * (model.c), and reads them as programs outside the guest do (reader.c).
 *
 * "#n" names the defect of stock Linux that a case would show there; see the
 * project's list of stock defects.
 */
#include "p2m_test.h"

static const struct p2m_split_param p2m_splits[] = {
	{ "missing, first entry", P2M_MISSING, 0 },
	{ "missing, within a leaf", P2M_MISSING, GIB_PFNS + 700 },
	{ "missing, edge of a leaf", P2M_MISSING, 3 * LEAF_PFNS },
	{ "missing, edge of a GiB", P2M_MISSING, 2 * GIB_PFNS - 1 },
	{ "missing, edge of a top slot", P2M_MISSING, TOP_PFNS },
	{ "missing, last entry", P2M_MISSING, 2 * TOP_PFNS - 1 },
	{ "identity, first entry", P2M_IDENTITY, 0 },
	{ "identity, within a leaf", P2M_IDENTITY, GIB_PFNS + 700 },
	{ "identity, edge of a leaf", P2M_IDENTITY, 3 * LEAF_PFNS },
	{ "identity, edge of a GiB", P2M_IDENTITY, 2 * GIB_PFNS - 1 },
	{ "identity, edge of a top slot", P2M_IDENTITY, TOP_PFNS },
	{ "identity, last entry", P2M_IDENTITY, 2 * TOP_PFNS - 1 },
};

static const struct p2m_edge_param p2m_edges[] = {
	{ "512 GiB - 1", 0x7ffffff },
	{ "512 GiB", 0x8000000 },
	{ "512 GiB + one leaf", 0x8000200 },
	{ "1 TiB", 0x10000000 },
	{ "1 TiB + 128 MiB", 0x10007fff },
	{ "16 TiB", 0x100000000 },
	{ "reach - 1 leaf", P2M_MAX_REACH - LEAF_PFNS },
	{ "reach - 1", P2M_MAX_REACH - 1 },
};

static const struct p2m_random_param p2m_randoms[] = {
	{ "one tree long", TOP_PFNS, false, 1 },
	{ "domU longer than a tree", 2 * TOP_PFNS, false, 2 },
	{ "dom0 longer than a tree", 2 * TOP_PFNS, true, 3 },
};

static const struct p2m_growth_param p2m_growths[] = {
	{ "one leaf", .grown = { 512, 513 }, .commits = 1 },
	{ "leaves of more than one batch", .grown = { 512, 41 * 512 },
	  .commits = 1 },
	{ "around what exists", .owned = { 1536, 2048 },
	  .grown = { 700, 3000 }, .commits = 1 },
	{ "new PTE table", .grown = { GIB_PFNS + 512, GIB_PFNS + 2048 },
	  .commits = 1 },
	{ "new PMD table", .grown = { TOP_PFNS + 100, TOP_PFNS + 2000 },
	  .commits = 1 },
	{ "over the edge of a GiB",
	  .grown = { GIB_PFNS - 1024, GIB_PFNS + 1024 }, .commits = 2 },
	{ "into identity", .identity = { 512, GIB_PFNS },
	  .grown = { 600, 2100 }, .commits = 1 },
	{ "into mixed leaves", .identity = { 700, 1500 },
	  .grown = { 512, 2048 }, .commits = 1 },
	{ "below what exists",
	  .owned = { 2 * GIB_PFNS, 2 * GIB_PFNS + 512 },
	  .grown = { GIB_PFNS, GIB_PFNS + 1 }, .commits = 1 },
};

static const struct p2m_adopt_param p2m_adopts[] = {
	{ "recorded", 20 * LEAF_PFNS, .record = true },
	{ "not recorded", 20 * LEAF_PFNS },
	{ "record overflows", 20 * LEAF_PFNS, .record = true,
	  .scattered = true },
	{ "scattered, not recorded", 20 * LEAF_PFNS, .scattered = true },
	{ "one entry past a leaf", 20 * LEAF_PFNS + 1, .record = true },
	{ "one entry short of a leaf", 20 * LEAF_PFNS - 1, .record = true },
	{ "one GiB", GIB_PFNS, .record = true },
	{ "one entry past a GiB", GIB_PFNS + 1, .record = true },
};

#define P2M_PARAM(kind)							\
	static void kind##_desc(const struct kind##_param *param, char *desc) \
	{								\
		strscpy(desc, param->name, KUNIT_PARAM_DESC_SIZE);	\
	}								\
	KUNIT_ARRAY_PARAM(kind, kind##s, kind##_desc)

P2M_PARAM(p2m_split);
P2M_PARAM(p2m_edge);
P2M_PARAM(p2m_random);
P2M_PARAM(p2m_growth);
P2M_PARAM(p2m_adopt);

static struct kunit_case p2m_cases[] = {
	KUNIT_CASE(p2m_init_refuses),
	KUNIT_CASE(p2m_full_reach_reads_ones),
	KUNIT_CASE_PARAM(p2m_edge_of_reach, p2m_edge_gen_params), /* #1 */
	KUNIT_CASE(p2m_beyond_reach_is_refused), /* #1 */
	KUNIT_CASE_PARAM(p2m_split_keeps_neighbours, p2m_split_gen_params),
	KUNIT_CASE(p2m_list_of_whole_leaves),

	KUNIT_CASE_PARAM(p2m_random_operations, p2m_random_gen_params),
	KUNIT_CASE(p2m_invalid_values_are_refused),
	KUNIT_CASE(p2m_stale_translation_is_harmless), /* #5 */
	KUNIT_CASE(p2m_identity_is_never_in_a_slot), /* #7 */
	KUNIT_CASE(p2m_sentinels_hold_ones),
	KUNIT_CASE(p2m_make_missing_refuses),
	KUNIT_CASE(p2m_make_missing_is_undone), /* #8 */
	KUNIT_CASE(p2m_extra_memory_costs_nothing), /* B1, B2 */

	KUNIT_CASE_PARAM(p2m_growth_by_steps, p2m_growth_gen_params),
	KUNIT_CASE(p2m_commit_limit),
	KUNIT_CASE(p2m_no_commit_without_growth), /* B6 */
	KUNIT_CASE(p2m_max_pfn_never_falls), /* #4 */
	KUNIT_CASE(p2m_max_pfn_moves_in_bracket), /* #4 */
	KUNIT_CASE(p2m_tree_ends_for_a_domu),
	KUNIT_CASE(p2m_tree_is_kept_for_dom0),

	KUNIT_CASE(p2m_failing_init), /* #9, #19 */
	KUNIT_CASE(p2m_failing_growth), /* #9, #19 */
	KUNIT_CASE(p2m_failing_growth_in_identity), /* #9, #19 */
	KUNIT_CASE(p2m_failing_growth_of_batches), /* #9, #19 */
	KUNIT_CASE(p2m_failing_growth_between), /* #9, #19 */
	KUNIT_CASE(p2m_failing_growth_of_two_gib), /* #9, #19 */
	KUNIT_CASE(p2m_failing_mark),
	KUNIT_CASE(p2m_failing_mark_of_leaves),
	KUNIT_CASE(p2m_failing_make_missing), /* #8 */
	KUNIT_CASE(p2m_failing_set),
	KUNIT_CASE(p2m_failing_set_of_identity),

	KUNIT_CASE(p2m_growers_at_once), /* #3, #4 */
	KUNIT_CASE(p2m_lookups_while_growing), /* #5 */
	KUNIT_CASE(p2m_setters_while_growing), /* #5 */
	KUNIT_CASE(p2m_identity_comes_and_goes),

	KUNIT_CASE(p2m_ranges_merge_in_any_order),
	KUNIT_CASE(p2m_ranges_overflow),
	KUNIT_CASE_PARAM(p2m_adopt_flat_list, p2m_adopt_gen_params),
	KUNIT_CASE(p2m_adopt_goes_by_the_record),
	KUNIT_CASE(p2m_adopt_takes_what_is_populated), /* B2, B3, B4 */
	KUNIT_CASE(p2m_failing_adoption), /* #9, #19 */

	KUNIT_CASE(p2m_restore_keeps_lookups), /* #7 */
	KUNIT_CASE(p2m_restore_renews_all_tops), /* #15 */
	KUNIT_CASE(p2m_restore_takes_no_memory), /* #2 */
	KUNIT_CASE(p2m_restore_of_a_long_domu),
	KUNIT_CASE(p2m_publication_at_boot),
	KUNIT_CASE(p2m_publication_at_resume),
	KUNIT_CASE(p2m_publication_of_tree_only),
	{}
};

static int p2m_test_init(struct kunit *test)
{
	test->priv = kunit_kzalloc(test, sizeof(struct test_list), GFP_KERNEL);

	return test->priv ? 0 : -ENOMEM;
}

/* Whatever a case did, the list must know of all that it has allocated. */
static void p2m_test_exit(struct kunit *test)
{
	struct test_list *t = test->priv;

	if (!t)
		return;
	test_list_destroy(t);
	KUNIT_EXPECT_EQ_MSG(test, t->live, 0, "objects leaked or freed twice");
}

static struct kunit_suite p2m_suite = {
	.name = "xen_p2m",
	.init = p2m_test_init,
	.exit = p2m_test_exit,
	.test_cases = p2m_cases,
};

kunit_test_suite(p2m_suite);

MODULE_DESCRIPTION("KUnit tests of the Xen PV p2m list, on private lists");
MODULE_LICENSE("GPL");
