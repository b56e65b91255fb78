// SPDX-License-Identifier: GPL-2.0-only
/*
 * Suite xen_p2m_geometry: the edges of the list and of each of its levels, and
 * the neighbours that a split must leave alone.
 *
 * "#1" is a defect of stock Linux; see docs/stock-defects.md.
 */
#include <kunit/test.h>
#include <linux/align.h>
#include <linux/minmax.h>

#include "lists.h"

static void p2m_init_refuses(struct kunit *test)
{
	struct test_list *t = test->priv;

	KUNIT_ASSERT_EQ(test, test_list_reserve(t, TOP_PFNS), 0);

	KUNIT_EXPECT_EQ_MSG(test, test_list_init(t, 0), -EINVAL, "no reach");
	KUNIT_EXPECT_EQ_MSG(test, test_list_init(t, TOP_PFNS - LEAF_PFNS),
			    -EINVAL, "reach is not whole top slots");
	KUNIT_EXPECT_EQ_MSG(test, test_list_init(t, P2M_MAX_REACH + TOP_PFNS),
			    -EINVAL, "reach beyond the direct map");
	/* Readers lose the last GiB of a guest whose base is not aligned. */
	KUNIT_EXPECT_EQ_MSG(test,
			    p2m_init(&t->list, test_list_base(t) + LEAF_PFNS,
				     TOP_PFNS, &test_ops),
			    -EINVAL, "base not aligned to 1 GiB");
	KUNIT_EXPECT_EQ(test, t->calls.alloc, 0);
}

/* Every path ends in the sentinel leaf, and every entry reads ~0. */
static void p2m_full_reach_reads_ones(struct kunit *test)
{
	struct test_list *t = test_list_new(test, P2M_MAX_REACH);
	struct p2m_list *list = &t->list;
	const struct p2m_sentinels *sentinel = &list->sentinel;
	unsigned long pfn, bad = 0, wrong = 0;
	unsigned int i;

	for (pfn = 0; pfn < list->reach; pfn += TOP_PFNS)
		bad += test_entry_page(*test_pud_entry(t, pfn)) != sentinel->pmd;
	for (i = 0; i < P2M_PER_PAGE; i++) {
		bad += test_entry_page(sentinel->pmd[i]) != sentinel->pte;
		bad += test_entry_page(sentinel->pte[i]) != sentinel->leaf;
	}
	KUNIT_EXPECT_EQ_MSG(test, bad, 0, "entries that lead elsewhere");

	for (pfn = 0; pfn < list->reach; pfn += TOP_PFNS / 64 + 513) {
		wrong += list->base[pfn] != INVALID_P2M_ENTRY;
		wrong += p2m_lookup(list, pfn) != INVALID_P2M_ENTRY;
		wrong += list->base[pfn | (TOP_PFNS - 1)] != INVALID_P2M_ENTRY;
	}
	KUNIT_EXPECT_EQ_MSG(test, wrong, 0, "entries that do not read ~0");
	KUNIT_EXPECT_EQ(test, p2m_lookup(list, list->reach - 1),
			INVALID_P2M_ENTRY);
	KUNIT_EXPECT_EQ(test, list->count.leaves, 0);
	KUNIT_EXPECT_EQ_MSG(test, t->live, 7, "pages of an empty list");
}

static void expect_set(struct kunit *test, struct test_list *t,
		       unsigned long pfn, unsigned long mfn)
{
	KUNIT_EXPECT_EQ_MSG(test, p2m_set_growing(&t->list, pfn, mfn), 0,
			    "set of pfn %#lx to %#lx", pfn, mfn);
	KUNIT_EXPECT_EQ_MSG(test, p2m_lookup(&t->list, pfn), mfn,
			    "lookup of pfn %#lx", pfn);
	KUNIT_EXPECT_EQ_MSG(test, p2m_lookup_slow(&t->list, pfn), mfn,
			    "slow lookup of pfn %#lx", pfn);
}

/**
 * struct edge_param - a pfn at an edge
 * @name: of the case
 * @pfn: the pfn
 */
struct edge_param {
	const char *name;
	unsigned long pfn;
};

static const struct edge_param edge_params[] = {
	{ "512 GiB - 1", 0x7ffffff },
	{ "512 GiB", 0x8000000 },
	{ "512 GiB + one leaf", 0x8000200 },
	{ "1 TiB", 0x10000000 },
	{ "1 TiB + 128 MiB", 0x10007fff },
	{ "16 TiB", 0x100000000 },
	{ "reach - 1 leaf", P2M_MAX_REACH - LEAF_PFNS },
	{ "reach - 1", P2M_MAX_REACH - 1 },
};

static void edge_desc(const struct edge_param *param, char *desc)
{
	strscpy(desc, param->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(edge, edge_params, edge_desc);

/* #1: stock ends at 512 GiB; at 1 TiB it hits a BUG. */
static void p2m_edge_of_reach(struct kunit *test)
{
	const struct edge_param *param = test->param_value;
	struct test_list *t = test_list_published(test, P2M_MAX_REACH);
	unsigned long pfn = param->pfn;
	struct p2m_list *list = &t->list;

	expect_set(test, t, pfn, TEST_MFN(pfn));
	KUNIT_EXPECT_EQ(test, list->max_pfn, ALIGN(pfn + 1, LEAF_PFNS));
	test_expect_readable(test, t);
	KUNIT_EXPECT_EQ(test, p2m_view_entry(&t->reader.list, pfn),
			TEST_MFN(pfn));

	KUNIT_EXPECT_EQ(test, p2m_lookup(list, pfn - 1), INVALID_P2M_ENTRY);
	if (pfn + 1 < list->reach)
		KUNIT_EXPECT_EQ(test, p2m_lookup(list, pfn + 1),
				INVALID_P2M_ENTRY);
	expect_set(test, t, pfn, FOREIGN_FRAME(TEST_MFN(pfn)));
	expect_set(test, t, pfn, IDENTITY_FRAME(pfn));
	expect_set(test, t, pfn, INVALID_P2M_ENTRY);
	KUNIT_EXPECT_EQ(test, list->count.leaves, 2);
	test_expect_readable(test, t);
}

/* #1: no silent success beyond the reach, and no BUG either. */
static void p2m_beyond_reach_is_refused(struct kunit *test)
{
	static const unsigned long beyond[] = {
		P2M_MAX_REACH, P2M_MAX_REACH + 1, P2M_MAX_REACH + TOP_PFNS,
		1UL << 40, ~0UL >> 1, ~0UL - 1, ~0UL,
	};
	struct test_list *t = test_list_published(test, P2M_MAX_REACH);
	struct test_state before;
	struct p2m_list *list = &t->list;
	struct p2m_ranges undo;
	unsigned int i;

	test_state_take(t, &before);
	for (i = 0; i < ARRAY_SIZE(beyond); i++) {
		unsigned long pfn = beyond[i];

		KUNIT_EXPECT_FALSE(test, p2m_set(list, pfn, TEST_MFN(1)));
		KUNIT_EXPECT_FALSE(test, p2m_set(list, pfn, INVALID_P2M_ENTRY));
		KUNIT_EXPECT_EQ(test, p2m_set_growing(list, pfn, 1), -ERANGE);
		KUNIT_EXPECT_EQ(test, p2m_grow(list, pfn, 1), -ERANGE);
		KUNIT_EXPECT_EQ(test, p2m_grow(list, pfn - 1, ~0UL), -ERANGE);
		KUNIT_EXPECT_EQ(test, p2m_mark(list, pfn, 1, P2M_IDENTITY),
				-ERANGE);
		KUNIT_EXPECT_EQ(test, p2m_make_missing(list, pfn, 1, &undo),
				-ERANGE);
		KUNIT_EXPECT_EQ(test, p2m_lookup(list, pfn),
				IDENTITY_FRAME(pfn));
	}
	/* Ranges that begin within the reach. */
	KUNIT_EXPECT_EQ(test, p2m_grow(list, list->reach - 1, 2), -ERANGE);
	KUNIT_EXPECT_EQ(test, p2m_mark(list, 1, list->reach, P2M_IDENTITY),
			-ERANGE);
	KUNIT_EXPECT_EQ(test, p2m_make_missing(list, 1, list->reach, &undo),
			-ERANGE);

	test_expect_unchanged(test, t, &before);
}

/**
 * struct split_param - an entry that splits a uniform stretch
 * @name: of the case
 * @outer: what the whole list means before
 * @pfn: gets the other meaning, and then a frame
 */
struct split_param {
	const char *name;
	enum p2m_kind outer;
	unsigned long pfn;
};

static const struct split_param split_params[] = {
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

static void split_desc(const struct split_param *param, char *desc)
{
	strscpy(desc, param->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(split, split_params, split_desc);

static unsigned long constant_of(enum p2m_kind kind, unsigned long pfn)
{
	return kind == P2M_IDENTITY ? IDENTITY_FRAME(pfn) : INVALID_P2M_ENTRY;
}

/* Except @pfn: its whole leaf, and pfns at growing distances from it. */
static unsigned long wrong_neighbours(const struct p2m_list *list,
				      unsigned long pfn, enum p2m_kind kind)
{
	unsigned long at, far, wrong = 0;

	for (at = round_down(pfn, LEAF_PFNS); at <= (pfn | (LEAF_PFNS - 1));
	     at++)
		if (at != pfn)
			wrong += p2m_lookup(list, at) != constant_of(kind, at);
	for (far = 1; far < list->reach; far *= 2) {
		if (pfn >= far)
			wrong += p2m_lookup(list, pfn - far) !=
				 constant_of(kind, pfn - far);
		if (pfn + far < list->reach)
			wrong += p2m_lookup(list, pfn + far) !=
				 constant_of(kind, pfn + far);
	}

	return wrong;
}

/* How many runs a list has in which a single pfn differs. */
static unsigned int expected_runs(const struct p2m_list *list,
				  unsigned long pfn)
{
	return pfn && pfn + 1 < list->reach ? 3 : 2;
}

static unsigned int count_runs(const struct p2m_list *list)
{
	struct p2m_run run = {};
	unsigned int nr = 0;

	while (p2m_next_run(list, &run))
		nr++;

	return nr;
}

static void expect_split(struct kunit *test, struct test_list *t,
			 const struct split_param *param,
			 const char *after)
{
	KUNIT_EXPECT_EQ_MSG(test,
			    wrong_neighbours(&t->list, param->pfn,
					     param->outer),
			    0, "neighbours lost after %s", after);
	KUNIT_EXPECT_EQ_MSG(test, count_runs(&t->list),
			    expected_runs(&t->list, param->pfn),
			    "runs after %s", after);
}

/* Linux 3.x lost the 511 neighbours of an identity entry that it split off. */
static void p2m_split_keeps_neighbours(struct kunit *test)
{
	const struct split_param *param = test->param_value;
	struct test_list *t = test_list_new(test, 2 * TOP_PFNS);
	enum p2m_kind inner = param->outer == P2M_IDENTITY ? P2M_MISSING :
							     P2M_IDENTITY;
	struct p2m_list *list = &t->list;
	unsigned long pfn = param->pfn;

	KUNIT_ASSERT_EQ(test, p2m_mark(list, 0, list->reach, param->outer), 0);
	KUNIT_EXPECT_EQ_MSG(test, list->count.nodes, 0,
			    "a uniform list needs no nodes");

	expect_set(test, t, pfn, constant_of(inner, pfn));
	expect_split(test, t, param, "a change of meaning");
	KUNIT_EXPECT_EQ(test, list->count.leaves, 0);
	KUNIT_EXPECT_EQ(test, list->generation, 0);

	expect_set(test, t, pfn, TEST_MFN(pfn));
	expect_split(test, t, param, "a frame");
	KUNIT_EXPECT_EQ(test, list->count.leaves, 1);
	KUNIT_EXPECT_EQ(test, list->generation, 2);

	expect_set(test, t, pfn, constant_of(inner, pfn));
	expect_split(test, t, param, "removal of the frame");
	test_publish(t);
	test_expect_readable(test, t);
}

/* GNU Mach: a table whose size is an exact multiple of a leaf. */
static void p2m_list_of_whole_leaves(struct kunit *test)
{
	struct test_list *t = test_list_published(test, TOP_PFNS);
	struct p2m_list *list = &t->list;

	KUNIT_ASSERT_EQ(test, p2m_grow(list, 0, 4 * LEAF_PFNS), 0);
	KUNIT_EXPECT_EQ(test, list->count.leaves, 4);
	KUNIT_EXPECT_EQ(test, list->max_pfn, 4 * LEAF_PFNS);
	KUNIT_EXPECT_TRUE(test, p2m_set(list, 4 * LEAF_PFNS - 1, 5));
	KUNIT_EXPECT_FALSE(test, p2m_set(list, 4 * LEAF_PFNS, 6));
	test_expect_readable(test, t);

	KUNIT_ASSERT_EQ(test, p2m_grow(list, 0, 4 * LEAF_PFNS + 1), 0);
	KUNIT_EXPECT_EQ(test, list->count.leaves, 5);
	KUNIT_EXPECT_EQ(test, list->max_pfn, 5 * LEAF_PFNS);
	KUNIT_EXPECT_TRUE(test, p2m_set(list, 4 * LEAF_PFNS, 6));
	KUNIT_EXPECT_EQ(test, p2m_lookup(list, 4 * LEAF_PFNS - 1), 5);
	KUNIT_EXPECT_EQ(test, p2m_lookup(list, 4 * LEAF_PFNS), 6);
	KUNIT_EXPECT_EQ(test, p2m_lookup(list, 4 * LEAF_PFNS + 1),
			INVALID_P2M_ENTRY);
	test_expect_readable(test, t);

	KUNIT_EXPECT_EQ_MSG(test, p2m_grow(list, 7 * LEAF_PFNS, 0), 0,
			    "an empty range");
	KUNIT_EXPECT_EQ(test, list->count.leaves, 5);
}

static struct kunit_case geometry_cases[] = {
	KUNIT_CASE(p2m_init_refuses),
	KUNIT_CASE(p2m_full_reach_reads_ones),
	KUNIT_CASE_PARAM(p2m_edge_of_reach, edge_gen_params), /* #1 */
	KUNIT_CASE(p2m_beyond_reach_is_refused), /* #1 */
	KUNIT_CASE_PARAM(p2m_split_keeps_neighbours, split_gen_params),
	KUNIT_CASE(p2m_list_of_whole_leaves),
	{}
};

static struct kunit_suite geometry_suite = {
	.name = "xen_p2m_geometry",
	.init = test_list_case_init,
	.exit = test_list_case_exit,
	.test_cases = geometry_cases,
};

kunit_test_suite(geometry_suite);
