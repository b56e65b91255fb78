// SPDX-License-Identifier: GPL-2.0-only
/*
 * Suite xen_p2m_commit: what a reader sees at each step of a commit, how many
 * commits there are, and what is published on the way.
 *
 * "#n" and "Bn" name the defects of stock Linux that a case would show there;
 * see docs/stock-defects.md.
 */
#include <kunit/test.h>
#include <linux/align.h>

#include "lists.h"

/* Every entry but ~0, and its place: the same at every step of a growth. */
static u64 view_digest(const struct p2m_view *view)
{
	unsigned int i, n;
	u64 digest = 0;

	for (i = 0; i < view->nr; i++) {
		const struct p2m_extent *extent = &view->extent[i];

		if (extent->end - extent->pfn > LEAF_PFNS)
			continue;
		for (n = 0; n < LEAF_PFNS; n++)
			if (extent->leaf[n] != ~0UL)
				digest += (extent->pfn + n + 1) *
					  (extent->leaf[n] + 1);
	}

	return digest;
}

static const char *check_digest(const struct p2m_reader *r, void *arg)
{
	const u64 *want = arg;

	if (view_digest(&r->list) == *want && view_digest(&r->tree) == *want)
		return NULL;

	return "an entry changed in the middle of a growth";
}

/**
 * struct growth_param - a growth that is watched step by step
 * @name: of the case
 * @identity: a range that is identity before; may be empty
 * @owned: a range that has leaves before; may be empty
 * @grown: the range that grows
 * @commits: commits that this takes
 */
struct growth_param {
	const char *name;
	struct p2m_range identity;
	struct p2m_range owned;
	struct p2m_range grown;
	unsigned int commits;
};

static const struct growth_param growth_params[] = {
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

static void growth_desc(const struct growth_param *param, char *desc)
{
	strscpy(desc, param->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(growth, growth_params, growth_desc);

static void growth_prepare(struct kunit *test, struct test_list *t,
			   const struct growth_param *param)
{
	const struct p2m_range *identity = &param->identity;
	const struct p2m_range *owned = &param->owned;
	struct p2m_list *list = &t->list;
	unsigned long pfn;

	if (identity->end)
		KUNIT_ASSERT_EQ(test,
				p2m_mark(list, identity->pfn,
					 identity->end - identity->pfn,
					 P2M_IDENTITY), 0);
	if (owned->end)
		KUNIT_ASSERT_EQ(test, p2m_grow(list, owned->pfn,
					       owned->end - owned->pfn), 0);
	for (pfn = owned->pfn; pfn < owned->end; pfn += 3)
		KUNIT_ASSERT_TRUE(test, p2m_set(list, pfn, TEST_MFN(pfn)));
	KUNIT_ASSERT_TRUE(test, p2m_set(list, 1, TEST_MFN(1)));
}

static void expect_grown(struct kunit *test, struct test_list *t,
			 const struct growth_param *param)
{
	const struct p2m_range *identity = &param->identity;
	const struct p2m_range *owned = &param->owned;
	unsigned long pfn, want, lacking = 0, wrong = 0;

	for (pfn = param->grown.pfn; pfn < param->grown.end; pfn++) {
		want = INVALID_P2M_ENTRY;
		if (pfn >= identity->pfn && pfn < identity->end)
			want = IDENTITY_FRAME(pfn);
		if (pfn >= owned->pfn && pfn < owned->end &&
		    (pfn - owned->pfn) % 3 == 0)
			want = TEST_MFN(pfn);
		wrong += p2m_lookup(&t->list, pfn) != want;
		lacking += !p2m_has_leaf(&t->list, pfn);
	}
	KUNIT_EXPECT_EQ_MSG(test, wrong, 0, "lookups changed by growth");
	KUNIT_EXPECT_EQ_MSG(test, lacking, 0, "pfns without a leaf");
	for (pfn = param->grown.pfn; pfn < param->grown.end; pfn++)
		wrong += !p2m_set(&t->list, pfn, TEST_MFN(pfn)) ||
			 p2m_lookup(&t->list, pfn) != TEST_MFN(pfn);
	KUNIT_EXPECT_EQ_MSG(test, wrong, 0, "sets failed after growth");
}

static void p2m_growth_by_steps(struct kunit *test)
{
	const struct growth_param *param = test->param_value;
	struct test_list *t = test_list_published(test, 2 * TOP_PFNS);
	struct p2m_list *list = &t->list;
	unsigned long generation;
	u64 digest;

	t->list.keep_tree = true;
	growth_prepare(test, t, param);
	test_expect_readable(test, t);
	digest = view_digest(p2m_reader_view(&t->reader));
	generation = list->generation;

	t->watch.check = check_digest;
	t->watch.arg = &digest;
	test_watch_start(t);
	KUNIT_EXPECT_EQ(test, p2m_grow(list, param->grown.pfn,
				       param->grown.end - param->grown.pfn), 0);
	test_watch_stop(t);

	test_expect_watched(test, t, param->commits);
	KUNIT_EXPECT_EQ(test, list->generation,
			generation + 2 * param->commits);
	/* Odd, a table entry, even: a commit has at least these. */
	KUNIT_EXPECT_GE_MSG(test, t->watch.steps, 3 * param->commits,
			    "steps that were watched");
	expect_grown(test, t, param);
	test_expect_readable(test, t);
}

static void expect_commits(struct kunit *test, struct test_list *t,
			   unsigned long leaf, unsigned long nr,
			   unsigned int commits)
{
	unsigned long generation = t->list.generation;

	KUNIT_EXPECT_EQ(test, p2m_grow(&t->list, leaf * LEAF_PFNS,
				       nr * LEAF_PFNS), 0);
	KUNIT_EXPECT_EQ_MSG(test, t->list.generation - generation, 2 * commits,
			    "%lu leaves from leaf %lu on", nr, leaf);
	test_expect_readable(test, t);
}

/* Two increments for the leaves of a GiB, whether it is one or 512. */
static void p2m_commit_limit(struct kunit *test)
{
	struct test_list *t = test_list_published(test, TOP_PFNS);

	expect_commits(test, t, 512, 512, 1);
	expect_commits(test, t, 1024, 513, 2);
	expect_commits(test, t, 2 * 1024 - 1, 2, 2);
	expect_commits(test, t, 1, 511, 1);
	expect_commits(test, t, 0, 1024, 0);
	KUNIT_EXPECT_EQ(test, t->list.count.leaves, 512 + 512 + 513 + 2);
	test_expect_sound(test, t);
}

/* B6: nothing that a reader can see changes, so nothing is announced. */
static void p2m_no_commit_without_growth(struct kunit *test)
{
	struct test_list *t = test_list_published(test, TOP_PFNS);
	struct p2m_list *list = &t->list;
	unsigned long allocs;
	unsigned int i;

	KUNIT_ASSERT_EQ(test, p2m_grow(list, 0, 1024), 0);
	KUNIT_ASSERT_EQ(test, p2m_mark(list, 2048, 5000, P2M_IDENTITY), 0);
	allocs = t->calls.alloc;
	test_watch_start(t);

	for (i = 0; i < 1024; i++)
		KUNIT_EXPECT_TRUE(test, p2m_set(list, i, TEST_MFN(i)));
	for (i = 0; i < 1024; i++)
		KUNIT_EXPECT_TRUE(test, p2m_set(list, i, INVALID_P2M_ENTRY));
	KUNIT_EXPECT_TRUE(test, p2m_set(list, 2100, IDENTITY_FRAME(2100)));
	KUNIT_EXPECT_TRUE(test, p2m_set(list, 9000, INVALID_P2M_ENTRY));
	KUNIT_EXPECT_EQ(test, p2m_grow(list, 3, 1000), 0);
	KUNIT_EXPECT_EQ(test, p2m_set_growing(list, 5, TEST_MFN(5)), 0);
	KUNIT_EXPECT_EQ_MSG(test, t->calls.alloc, allocs,
			    "memory was allocated for nothing");

	KUNIT_EXPECT_EQ(test, p2m_mark(list, 2100, 3000, P2M_MISSING), 0);
	KUNIT_EXPECT_EQ(test, p2m_mark(list, 0, 3000, P2M_IDENTITY), 0);
	KUNIT_EXPECT_EQ(test, p2m_set_growing(list, 2800, INVALID_P2M_ENTRY),
			0);
	KUNIT_EXPECT_EQ(test, p2m_lookup(list, 2800), INVALID_P2M_ENTRY);
	KUNIT_EXPECT_EQ(test, p2m_lookup(list, 5), TEST_MFN(5));

	test_watch_stop(t);
	test_expect_watched(test, t, 0);
	KUNIT_EXPECT_EQ_MSG(test, t->watch.steps, 1,
			    "stores that a reader could see");
	KUNIT_EXPECT_EQ(test, list->generation, 4);
}

/* #4: of two growers, the higher one wins. */
static void p2m_max_pfn_never_falls(struct kunit *test)
{
	static const unsigned long pfns[] = {
		3 * GIB_PFNS, GIB_PFNS, 5 * GIB_PFNS + 7, 700, TOP_PFNS - 1,
		2 * GIB_PFNS,
	};
	struct test_list *t = test_list_published(test, TOP_PFNS);
	unsigned long highest = LEAF_PFNS;
	unsigned int i;

	test_watch_start(t);
	for (i = 0; i < ARRAY_SIZE(pfns); i++) {
		highest = max(highest, ALIGN(pfns[i] + 1, LEAF_PFNS));
		KUNIT_EXPECT_EQ(test, p2m_grow(&t->list, pfns[i], 1), 0);
		KUNIT_EXPECT_EQ(test, t->list.max_pfn, highest);
		KUNIT_EXPECT_EQ(test, t->shared.max_pfn, highest);
	}
	test_watch_stop(t);
	test_expect_watched(test, t, ARRAY_SIZE(pfns));
}

struct max_pfn_steps {
	unsigned long last;
	unsigned int moved;
	unsigned int moved_even;
	unsigned int fell;
};

static void max_pfn_step(struct test_list *t)
{
	struct max_pfn_steps *seen = t->arg;
	unsigned long now = t->shared.max_pfn;

	seen->moved += now != seen->last;
	seen->moved_even += now != seen->last &&
			    !(t->shared.p2m_generation & 1);
	seen->fell += now < seen->last;
	seen->last = now;
}

/* #4: stock raises it outside of the bracket. */
static void p2m_max_pfn_moves_in_bracket(struct kunit *test)
{
	struct test_list *t = test_list_published(test, 2 * TOP_PFNS);
	struct max_pfn_steps seen = { .last = t->shared.max_pfn };
	struct p2m_list *list = &t->list;

	t->arg = &seen;
	t->step = max_pfn_step;
	KUNIT_EXPECT_EQ(test, p2m_grow(list, 512, 512), 0);
	KUNIT_EXPECT_EQ(test, p2m_grow(list, GIB_PFNS - 1, 2), 0);
	KUNIT_EXPECT_EQ(test, p2m_grow(list, 2000, 9000), 0);
	KUNIT_EXPECT_EQ(test, p2m_grow(list, TOP_PFNS, 1), 0);
	t->step = NULL;

	KUNIT_EXPECT_EQ_MSG(test, seen.moved, 4, "changes of max_pfn");
	KUNIT_EXPECT_EQ_MSG(test, seen.moved_even, 0, "outside of a bracket");
	KUNIT_EXPECT_EQ_MSG(test, seen.fell, 0, "max_pfn fell");
}

struct tree_steps {
	unsigned long root;
	unsigned int changes;
	unsigned int bad;
};

/* The root is withdrawn in a bracket, before max_pfn exceeds the tree. */
static void tree_step(struct test_list *t)
{
	struct tree_steps *seen = t->arg;
	unsigned long root = t->shared.pfn_to_mfn_frame_list_list;

	if (root != seen->root) {
		seen->changes++;
		seen->bad += !(t->shared.p2m_generation & 1);
	}
	seen->bad += root != ~0UL && t->shared.max_pfn > TOP_PFNS;
	seen->root = root;
}

/* Grow to the end of the tree, past it, and below it again. */
static void grow_past_tree(struct kunit *test, struct test_list *t,
			   struct tree_steps *seen)
{
	struct p2m_list *list = &t->list;

	seen->root = t->shared.pfn_to_mfn_frame_list_list;
	test_watch_start(t);
	KUNIT_EXPECT_EQ(test, p2m_grow(list, TOP_PFNS - 1, 1), 0);
	KUNIT_EXPECT_EQ(test, t->shared.pfn_to_mfn_frame_list_list,
			virt_to_mfn(list->tree.top));
	KUNIT_EXPECT_EQ(test, t->shared.max_pfn, TOP_PFNS);

	t->arg = seen;
	t->step = tree_step;
	KUNIT_EXPECT_EQ(test, p2m_grow(list, TOP_PFNS, 1), 0);
	KUNIT_EXPECT_EQ(test, p2m_grow(list, GIB_PFNS, 1), 0);
	t->step = NULL;
	test_watch_stop(t);
	test_expect_watched(test, t, 3);
	test_expect_readable(test, t);
}

static void p2m_tree_ends_for_a_domu(struct kunit *test)
{
	struct test_list *t = test_list_published(test, 2 * TOP_PFNS);
	struct tree_steps seen = {};

	grow_past_tree(test, t, &seen);
	KUNIT_EXPECT_EQ(test, t->shared.pfn_to_mfn_frame_list_list, ~0UL);
	KUNIT_EXPECT_EQ_MSG(test, seen.changes, 1, "changes of the root");
	KUNIT_EXPECT_EQ_MSG(test, seen.bad, 0,
			    "root and max_pfn do not match");
}

static void p2m_tree_is_kept_for_dom0(struct kunit *test)
{
	struct test_list *t = test_list_published(test, 2 * TOP_PFNS);
	struct tree_steps seen = {};

	t->list.keep_tree = true;
	grow_past_tree(test, t, &seen);
	KUNIT_EXPECT_EQ(test, t->shared.pfn_to_mfn_frame_list_list,
			virt_to_mfn(t->list.tree.top));
	KUNIT_EXPECT_EQ_MSG(test, seen.changes, 0, "changes of the root");
	/* The reader has compared list and tree; the tree ends at its reach. */
	KUNIT_EXPECT_NOT_NULL(test, p2m_view_leaf(&t->reader.tree,
						  TOP_PFNS - 1));
	KUNIT_EXPECT_NULL(test, p2m_view_leaf(&t->reader.tree, TOP_PFNS));
}

static struct kunit_case commit_cases[] = {
	KUNIT_CASE_PARAM(p2m_growth_by_steps, growth_gen_params),
	KUNIT_CASE(p2m_commit_limit),
	KUNIT_CASE(p2m_no_commit_without_growth), /* B6 */
	KUNIT_CASE(p2m_max_pfn_never_falls), /* #4 */
	KUNIT_CASE(p2m_max_pfn_moves_in_bracket), /* #4 */
	KUNIT_CASE(p2m_tree_ends_for_a_domu),
	KUNIT_CASE(p2m_tree_is_kept_for_dom0),
	{}
};

static struct kunit_suite commit_suite = {
	.name = "xen_p2m_commit",
	.init = test_list_case_init,
	.exit = test_list_case_exit,
	.test_cases = commit_cases,
};

kunit_test_suite(commit_suite);
