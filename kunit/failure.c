// SPDX-License-Identifier: GPL-2.0-only
/*
 * Suite xen_p2m_failure: the nth allocation, the nth protection of a page, the
 * nth write of an entry fails, for each n until the operation succeeds.  After
 * a failure every bit is as before, and so is what a reader sees on the way.
 *
 * Not tested: a rollback that fails itself.  It warns, by design, and a
 * warning in the log counts as a failure of the run.
 *
 * "#n" names a defect of stock Linux; see docs/stock-defects.md.  #9: stock
 * keeps a private PTE page and a moved generation.  #19: stock leaks the leaf
 * and reports success.
 */
#include <kunit/test.h>

#include "lists.h"
#include "model.h"

enum failing { FAIL_ALLOC, FAIL_PROTECT, FAIL_APPLY, FAIL_KINDS };

static const char * const failing_name[] = {
	"allocation", "protection", "entry",
};

static const int failing_errno[] = { -ENOMEM, -EBUSY, -EIO };

/* More than any operation here needs of anything. */
#define FAIL_LIMIT	200

/* More PUD entries than fit into one queue. */
#define FAIL_REACH	((P2M_MAX_UPDATES + 5) * TOP_PFNS)

/**
 * struct failing_case - an operation that is made to fail
 * @prepare: called before; may be NULL
 * @op: the operation
 * @least: failures of each kind that there must be before it succeeds
 */
struct failing_case {
	void (*prepare)(struct kunit *test, struct p2m_list *list);
	int (*op)(struct p2m_list *list);
	unsigned int least[FAIL_KINDS];
};

static unsigned long *failing_counter(struct test_list *t, enum failing kind)
{
	switch (kind) {
	case FAIL_ALLOC:
		return &t->fail.alloc;
	case FAIL_PROTECT:
		return &t->fail.protect;
	default:
		return &t->fail.apply;
	}
}

/* One attempt.  Returns true if it failed as it was told to. */
static bool fail_once(struct kunit *test, struct test_list *t,
		      const struct failing_case *c, enum failing kind,
		      unsigned int n)
{
	unsigned long *counter = failing_counter(t, kind);
	struct test_state before, after;
	const char *differs;
	bool failed;
	int err;

	test_state_take(t, &before);
	test_watch_start(t);
	*counter = n;
	err = c->op(&t->list);
	failed = !*counter;
	*counter = 0;
	test_watch_stop(t);
	KUNIT_EXPECT_NULL_MSG(test, t->watch.error, "%s %u: %s (%#lx, %#lx)",
			      failing_name[kind], n, t->watch.error,
			      t->watch.where, t->watch.what);
	test_state_take(t, &after);
	differs = test_state_differs(&before, &after);
	if (!failed) {
		KUNIT_EXPECT_EQ_MSG(test, err, 0, "an error without a failure");
		KUNIT_EXPECT_NOT_NULL_MSG(test, differs, "nothing has changed");
		return false;
	}
	KUNIT_EXPECT_EQ_MSG(test, err, failing_errno[kind], "%s %u",
			    failing_name[kind], n);
	KUNIT_EXPECT_NULL_MSG(test, differs, "%s changed when %s %u failed",
			      differs, failing_name[kind], n);
	return true;
}

static void fail_kind(struct kunit *test, const struct failing_case *c,
		      enum failing kind)
{
	struct test_list *t = test_list_published(test, 2 * TOP_PFNS);
	unsigned int n = 1;

	t->list.keep_tree = true;
	KUNIT_ASSERT_TRUE(test, p2m_set(&t->list, 3, TEST_MFN(3)));
	if (c->prepare)
		c->prepare(test, &t->list);
	while (n < FAIL_LIMIT && fail_once(test, t, c, kind, n))
		n++;
	KUNIT_EXPECT_LT_MSG(test, n, FAIL_LIMIT, "it never succeeded");
	KUNIT_EXPECT_GE_MSG(test, n - 1, c->least[kind],
			    "failures (%s) before it succeeded",
			    failing_name[kind]);
	KUNIT_EXPECT_EQ(test, p2m_lookup(&t->list, 3), TEST_MFN(3));
	test_expect_readable(test, t);

	test_list_destroy(t);
	KUNIT_EXPECT_EQ_MSG(test, t->live, 0, "objects leaked");
	memset(t, 0, sizeof(*t));
}

static void fail_all_kinds(struct kunit *test, const struct failing_case *c)
{
	enum failing kind;

	for (kind = 0; kind < FAIL_KINDS; kind++)
		fail_kind(test, c, kind);
}

static void expect_nothing_left(struct kunit *test, struct test_list *t)
{
	KUNIT_EXPECT_TRUE_MSG(test, test_list_is_unmapped(t, FAIL_REACH),
			      "something is still mapped");
	test_list_destroy(t);
	KUNIT_EXPECT_EQ_MSG(test, t->live, 0, "objects leaked");
}

static void p2m_failing_init(struct kunit *test)
{
	struct test_list *t = test->priv;
	enum failing kind;
	unsigned int n;
	int err;

	for (kind = 0; kind < FAIL_KINDS; kind++) {
		for (n = 1; n < FAIL_LIMIT; n++) {
			memset(t, 0, sizeof(*t));
			*failing_counter(t, kind) = n;
			err = test_list_create(t, FAIL_REACH);
			if (!err)
				break;
			KUNIT_EXPECT_EQ(test, err, failing_errno[kind]);
			expect_nothing_left(test, t);
		}
		KUNIT_EXPECT_EQ_MSG(test, *failing_counter(t, kind), 1,
				    "the first %s that is not needed",
				    failing_name[kind]);
		test_list_destroy(t);
		KUNIT_EXPECT_EQ_MSG(test, t->live, 0, "objects leaked");
	}
}

/* Leaves, PTE and PMD table, two nodes, all new. */
static int op_grow_fresh(struct p2m_list *list)
{
	return p2m_grow(list, TOP_PFNS + GIB_PFNS, 3 * LEAF_PFNS);
}

static void p2m_failing_growth(struct kunit *test)
{
	static const struct failing_case c = {
		.op = op_grow_fresh, .least = { 7, 2, 1 },
	};

	fail_all_kinds(test, &c);
}

static void prepare_identity(struct kunit *test, struct p2m_list *list)
{
	KUNIT_ASSERT_EQ(test, p2m_mark(list, 700, list->reach - 1000,
				       P2M_IDENTITY), 0);
}

/* The same below the end of the tree, with identity in each leaf. */
static int op_grow_identity(struct p2m_list *list)
{
	return p2m_grow(list, 2 * GIB_PFNS - 100, 100);
}

static int op_grow_mixed(struct p2m_list *list)
{
	return p2m_grow(list, 600, 3 * LEAF_PFNS);
}

static void p2m_failing_growth_in_identity(struct kunit *test)
{
	static const struct failing_case fresh = {
		.prepare = prepare_identity, .op = op_grow_identity,
		/* A leaf, its bits, PTE table, bottom node, mid of the tree. */
		.least = { 5, 1, 1 },
	};
	static const struct failing_case mixed = {
		.prepare = prepare_identity, .op = op_grow_mixed,
		/* One leaf has its bits already. */
		.least = { 7, 0, 4 },
	};

	fail_all_kinds(test, &fresh);
	fail_all_kinds(test, &mixed);
}

static int op_grow_batches(struct p2m_list *list)
{
	return p2m_grow(list, 512, 40 * LEAF_PFNS);
}

/* Some entries of the mapping are written, then one is not. */
static void p2m_failing_growth_of_batches(struct kunit *test)
{
	static const struct failing_case c = {
		.op = op_grow_batches, .least = { 40, 0, 40 },
	};

	fail_all_kinds(test, &c);
}

static void prepare_holes(struct kunit *test, struct p2m_list *list)
{
	unsigned long pfn;

	for (pfn = 512; pfn < 20 * LEAF_PFNS; pfn += 3 * LEAF_PFNS)
		KUNIT_ASSERT_EQ(test, p2m_set_growing(list, pfn,
						      TEST_MFN(pfn)), 0);
}

/* What was there before must stay. */
static void p2m_failing_growth_between(struct kunit *test)
{
	static const struct failing_case c = {
		.prepare = prepare_holes, .op = op_grow_batches,
		.least = { 33, 0, 33 },
	};

	fail_all_kinds(test, &c);
}

/* Leaves of the first GiB may stay; that changes no lookup. */
static void fail_two_gib(struct kunit *test, enum failing kind)
{
	struct test_list *t = test_list_published(test, TOP_PFNS);
	struct model *m = model_new(test, TOP_PFNS);
	unsigned int n, err;

	KUNIT_ASSERT_TRUE(test, p2m_set(&t->list, 5, TEST_MFN(5)));
	model_set(m, 5, TEST_MFN(5));
	for (n = 1; n < FAIL_LIMIT; n++) {
		*failing_counter(t, kind) = n;
		err = p2m_grow(&t->list, GIB_PFNS - 2 * LEAF_PFNS,
			       4 * LEAF_PFNS);
		*failing_counter(t, kind) = 0;
		model_expect(test, m, t);
		if (!err)
			break;
	}
	KUNIT_EXPECT_GT_MSG(test, n, 1, "no %s failed", failing_name[kind]);
	KUNIT_EXPECT_EQ(test, t->list.count.leaves, 5);
	test_expect_readable(test, t);
	test_list_destroy(t);
	KUNIT_EXPECT_EQ_MSG(test, t->live, 0, "objects leaked");
	memset(t, 0, sizeof(*t));
}

static void p2m_failing_growth_of_two_gib(struct kunit *test)
{
	enum failing kind;

	for (kind = 0; kind < FAIL_KINDS; kind++)
		fail_two_gib(test, kind);
}

/* Both ends within leaves, below two top slots. */
static int op_mark(struct p2m_list *list)
{
	return p2m_mark(list, 3 * GIB_PFNS + 1000, TOP_PFNS, P2M_IDENTITY);
}

static void p2m_failing_mark(struct kunit *test)
{
	static const struct failing_case c = {
		/* The first of them has its node: 2 there, 3 below the other. */
		.op = op_mark, .least = { 5, 0, 0 },
	};

	fail_all_kinds(test, &c);
}

static void prepare_leaves(struct kunit *test, struct p2m_list *list)
{
	KUNIT_ASSERT_EQ(test, p2m_grow(list, 0, 10 * LEAF_PFNS), 0);
	KUNIT_ASSERT_TRUE(test, p2m_set(list, 4000, TEST_MFN(4000)));
}

static int op_mark_leaves(struct p2m_list *list)
{
	return p2m_mark(list, 512, 9 * LEAF_PFNS, P2M_IDENTITY);
}

static void p2m_failing_mark_of_leaves(struct kunit *test)
{
	static const struct failing_case c = {
		.prepare = prepare_leaves, .op = op_mark_leaves,
		.least = { 9, 0, 0 },
	};

	fail_all_kinds(test, &c);
}

static int op_make_missing(struct p2m_list *list)
{
	struct p2m_ranges undo = { .nr = 1 };
	int err = p2m_make_missing(list, GIB_PFNS + 100, TOP_PFNS, &undo);

	/* A caller that looks at it after a failure must find nothing. */
	return err && undo.nr ? -EINVAL : err;
}

static void p2m_failing_make_missing(struct kunit *test)
{
	static const struct failing_case c = {
		.prepare = prepare_identity, .op = op_make_missing,
		.least = { 4, 0, 0 },
	};

	fail_all_kinds(test, &c);
}

static int op_set(struct p2m_list *list)
{
	return p2m_set_growing(list, 5 * GIB_PFNS + 9, TEST_MFN(9));
}

static void p2m_failing_set(struct kunit *test)
{
	static const struct failing_case c = {
		.op = op_set, .least = { 4, 1, 1 },
	};

	fail_all_kinds(test, &c);
}

/* A frame becomes identity, in a leaf that had no identity before. */
static int op_set_identity(struct p2m_list *list)
{
	return p2m_set_growing(list, 4000, IDENTITY_FRAME(4000));
}

static void p2m_failing_set_of_identity(struct kunit *test)
{
	static const struct failing_case c = {
		.prepare = prepare_leaves, .op = op_set_identity,
		.least = { 1, 0, 0 },
	};

	fail_all_kinds(test, &c);
}

static struct kunit_case failure_cases[] = {
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
	{}
};

static struct kunit_suite failure_suite = {
	.name = "xen_p2m_failure",
	.init = test_list_case_init,
	.exit = test_list_case_exit,
	.test_cases = failure_cases,
};

kunit_test_suite(failure_suite);
