// SPDX-License-Identifier: GPL-2.0-only
/*
 * Suite xen_p2m_entries: what entries say.  Thousands of random operations are
 * compared with the oracle (model.c), then the rules for single entries and for
 * ranges of them.
 *
 * "#n" and "Bn" name the defects of stock Linux that a case would show there;
 * see docs/stock-defects.md.
 */
#include <kunit/test.h>
#include <linux/align.h>
#include <linux/minmax.h>
#include <linux/prandom.h>

#include "lists.h"
#include "model.h"

/* Leaves are never freed, so start over before all of them exist. */
#define RANDOM_ROUNDS		12
#define RANDOM_OPERATIONS	100
#define RANDOM_CHECK_ALL	20

/**
 * struct random - a series of random operations
 * @test: the case
 * @t: the list
 * @m: what it must answer
 * @rnd: state of the generator
 * @pfn: first pfn of the range of the last operation
 * @end: one past the last
 * @commits: commits that the last operation must take
 * @all_commits: the same for all operations so far
 */
struct random {
	struct kunit *test;
	struct test_list *t;
	struct model *m;
	struct rnd_state rnd;
	unsigned long pfn;
	unsigned long end;
	unsigned long commits;
	unsigned long all_commits;
};

static u32 random_below(struct random *r, u32 limit)
{
	return prandom_u32_state(&r->rnd) % limit;
}

/* A pfn of a window, every other time near the edge of a leaf. */
static unsigned long random_pfn(struct random *r, const struct model_window *w)
{
	unsigned long n = random_below(r, w->nr);

	if (random_below(r, 2))
		n = clamp(round_down(n, LEAF_PFNS) + random_below(r, 5), 2UL,
			  w->nr + 1) - 2;

	return w->pfn + n;
}

static void random_range(struct random *r, bool one_window)
{
	struct model_window *w = &r->m->win[random_below(r, r->m->nr)];
	unsigned long a, b;

	a = random_pfn(r, w);
	if (!one_window && !random_below(r, 4))
		w = &r->m->win[random_below(r, r->m->nr)];
	b = random_pfn(r, w);
	r->pfn = min(a, b);
	r->end = max(a, b) + 1;
}

static unsigned long random_value(struct random *r, unsigned long pfn)
{
	unsigned long mfn = 1 + random_below(r, ~0U) * 31UL;

	switch (random_below(r, 4)) {
	case 0:
		return INVALID_P2M_ENTRY;
	case 1:
		return IDENTITY_FRAME(pfn);
	case 2:
		return FOREIGN_FRAME(mfn);
	default:
		return mfn;
	}
}

static bool holds_frame(unsigned long val)
{
	return p2m_kind(val) == P2M_POPULATED || p2m_kind(val) == P2M_FOREIGN;
}

static void random_set(struct random *r)
{
	unsigned long pfn, val;
	bool ok;

	random_range(r, true);
	pfn = r->pfn;
	r->end = pfn + 1;
	val = random_value(r, pfn);

	ok = p2m_set(&r->t->list, pfn, val);
	if (holds_frame(val))
		KUNIT_EXPECT_EQ_MSG(r->test, ok, model_owned(r->m, pfn),
				    "set of pfn %#lx to %#lx", pfn, val);
	else if (val == model_get(r->m, pfn))
		KUNIT_EXPECT_TRUE_MSG(r->test, ok,
				      "set of pfn %#lx to what it is", pfn);
	if (ok)
		model_set(r->m, pfn, val);
}

static void random_set_growing(struct random *r)
{
	unsigned long pfn, val;

	random_range(r, true);
	pfn = r->pfn;
	r->end = pfn + 1;
	val = random_value(r, pfn);
	KUNIT_EXPECT_EQ_MSG(r->test, p2m_set_growing(&r->t->list, pfn, val), 0,
			    "set of pfn %#lx to %#lx", pfn, val);
	model_set(r->m, pfn, val);
	if (holds_frame(val))
		r->commits = model_grow(r->m, pfn, pfn + 1);
}

static void random_grow(struct random *r)
{
	random_range(r, true);
	KUNIT_EXPECT_EQ_MSG(r->test,
			    p2m_grow(&r->t->list, r->pfn, r->end - r->pfn), 0,
			    "growth of [%#lx, %#lx)", r->pfn, r->end);
	r->commits = model_grow(r->m, r->pfn, r->end);
}

static void random_mark(struct random *r)
{
	enum p2m_kind kind = random_below(r, 2) ? P2M_IDENTITY : P2M_MISSING;

	random_range(r, false);
	KUNIT_EXPECT_EQ_MSG(r->test,
			    p2m_mark(&r->t->list, r->pfn, r->end - r->pfn,
				     kind), 0,
			    "marking of [%#lx, %#lx)", r->pfn, r->end);
	model_mark(r->m, r->pfn, r->end, kind);
}

/* There is no memory for an undo, which must not need any. */
static void random_undo(struct random *r, const struct p2m_ranges *undo)
{
	r->t->fail.alloc = 1;
	p2m_undo_missing(&r->t->list, undo);
	KUNIT_EXPECT_EQ_MSG(r->test, r->t->fail.alloc, 1,
			    "undo of [%#lx, %#lx) allocated", r->pfn, r->end);
	r->t->fail.alloc = 0;
}

/* Every other time the caller's next step fails, and this is undone. */
static void random_make_missing(struct random *r)
{
	struct p2m_ranges undo = { .nr = 77 };
	unsigned int i;
	int want, got;

	random_range(r, false);
	want = model_make_missing(r->m, r->pfn, r->end);
	got = p2m_make_missing(&r->t->list, r->pfn, r->end - r->pfn, &undo);
	KUNIT_EXPECT_EQ_MSG(r->test, got, want,
			    "make_missing of [%#lx, %#lx)", r->pfn, r->end);
	if (got) {
		KUNIT_EXPECT_EQ(r->test, undo.nr, 0);
		return;
	}
	if (random_below(r, 2))
		return;
	random_undo(r, &undo);
	for (i = 0; i < undo.nr; i++)
		model_mark(r->m, undo.range[i].pfn, undo.range[i].end,
			   P2M_IDENTITY);
}

/* What ballooning down does: entry by entry, back to missing. */
static void random_release(struct random *r)
{
	unsigned long pfn;

	random_range(r, true);
	for (pfn = r->pfn; pfn < r->end; pfn++)
		if (p2m_set(&r->t->list, pfn, INVALID_P2M_ENTRY))
			model_set(r->m, pfn, INVALID_P2M_ENTRY);
		else if (model_owned(r->m, pfn))
			KUNIT_FAIL(r->test, "pfn %#lx cannot be released", pfn);
}

/* What ballooning up does: a range gets frames. */
static void random_fill(struct random *r)
{
	unsigned long pfn;

	random_grow(r);
	for (pfn = r->pfn; pfn < r->end; pfn++) {
		KUNIT_EXPECT_TRUE_MSG(r->test,
				      p2m_set(&r->t->list, pfn, TEST_MFN(pfn)),
				      "set of pfn %#lx after growth", pfn);
		model_set(r->m, pfn, TEST_MFN(pfn));
	}
}

static void random_invalid(struct random *r)
{
	unsigned long val;

	random_range(r, true);
	r->end = r->pfn + 1;
	val = IDENTITY_FRAME(r->pfn + 1 + random_below(r, 1000));
	if (random_below(r, 2))
		val = FOREIGN_FRAME(val);
	KUNIT_EXPECT_FALSE_MSG(r->test, p2m_set(&r->t->list, r->pfn, val),
			       "pfn %#lx took %#lx", r->pfn, val);
	KUNIT_EXPECT_EQ_MSG(r->test,
			    p2m_set_growing(&r->t->list, r->pfn, val), -EINVAL,
			    "pfn %#lx took %#lx", r->pfn, val);
}

static void (*const random_ops[])(struct random *r) = {
	random_set, random_set, random_set_growing, random_grow, random_mark,
	random_mark, random_make_missing, random_release, random_fill,
	random_invalid,
};

/* After each operation: check what it touched, and what a reader sees. */
static void random_check(struct random *r, unsigned long generation)
{
	const struct p2m_view *view = p2m_reader_view(&r->t->reader);
	unsigned long at[] = { r->pfn, r->end - 1, r->pfn ? r->pfn - 1 : 0,
			       min(r->end, r->m->reach - 1) };
	struct p2m_list *list = &r->t->list;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(at); i++)
		KUNIT_EXPECT_TRUE_MSG(r->test,
				      model_matches_lookup(r->m, list, at[i]),
				      "lookup of pfn %#lx: %#lx, not %#lx",
				      at[i], p2m_lookup(list, at[i]),
				      model_get(r->m, at[i]));
	KUNIT_EXPECT_EQ_MSG(r->test, list->generation,
			    generation + 2 * r->commits, "commits");
	KUNIT_EXPECT_EQ(r->test, list->max_pfn, model_max_pfn(r->m));
	r->all_commits += r->commits;
	test_expect_watched(r->test, r->t, r->all_commits);
	test_expect_readable(r->test, r->t);
	KUNIT_EXPECT_TRUE_MSG(r->test, model_matches_view(r->m, view),
			      "reader: entry of pfn %#lx", r->m->bad);
}

/**
 * struct random_param - how random operations are done
 * @name: of the case
 * @reach: pfns of the list
 * @keep_tree: as in struct p2m_list
 * @seed: of the series
 */
struct random_param {
	const char *name;
	unsigned long reach;
	bool keep_tree;
	u64 seed;
};

static const struct random_param random_params[] = {
	{ "one tree long", TOP_PFNS, false, 1 },
	{ "domU longer than a tree", 2 * TOP_PFNS, false, 2 },
	{ "dom0 longer than a tree", 2 * TOP_PFNS, true, 3 },
};

static void random_desc(const struct random_param *param, char *desc)
{
	strscpy(desc, param->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(random, random_params, random_desc);

/* A new list: published, and every other time all identity. */
static void random_start(struct random *r, unsigned int round)
{
	const struct random_param *param = r->test->param_value;

	r->t = test_list_published(r->test, param->reach);
	r->t->list.keep_tree = param->keep_tree;
	r->m = model_new(r->test, param->reach);
	model_grow(r->m, 0, 1);
	if (round % 2) {
		KUNIT_ASSERT_EQ(r->test, p2m_mark(&r->t->list, 0, param->reach,
						  P2M_IDENTITY), 0);
		model_mark(r->m, 0, param->reach, P2M_IDENTITY);
	}
	r->all_commits = 0;
	test_watch_start(r->t);
}

static void random_end(struct random *r)
{
	test_watch_stop(r->t);
	test_expect_watched(r->test, r->t, r->all_commits);
	model_expect(r->test, r->m, r->t);
	test_list_destroy(r->t);
	KUNIT_EXPECT_EQ_MSG(r->test, r->t->live, 0, "objects leaked");
	memset(r->t, 0, sizeof(*r->t));
}

/* Returns false if something is wrong. */
static bool random_step(struct random *r, unsigned int i)
{
	unsigned int op = random_below(r, ARRAY_SIZE(random_ops));
	unsigned long generation = r->t->list.generation;

	r->commits = 0;
	random_ops[op](r);
	random_check(r, generation);
	if (i % RANDOM_CHECK_ALL == 0)
		model_expect(r->test, r->m, r->t);
	if (READ_ONCE(r->test->status) != KUNIT_FAILURE)
		return true;

	kunit_err(r->test, "operation %u was of kind %u", i, op);
	return false;
}

static void p2m_random_operations(struct kunit *test)
{
	const struct random_param *param = test->param_value;
	struct random r = { .test = test };
	unsigned int round, i;

	prandom_seed_state(&r.rnd, param->seed);
	for (round = 0; round < RANDOM_ROUNDS; round++) {
		random_start(&r, round);
		for (i = 0; i < RANDOM_OPERATIONS; i++)
			if (!random_step(&r, i))
				return;
		random_end(&r);
	}
}

/* Values that no reader knows, or that are the identity of another pfn. */
static void p2m_invalid_values_are_refused(struct kunit *test)
{
	/* Missing, identity, mixed, owned, owned with identity beside it. */
	static const unsigned long pfns[] = { 5000, 3000, 2200, 10, 1100 };
	struct test_list *t = test_list_published(test, TOP_PFNS);
	struct test_state before;
	struct p2m_list *list = &t->list;
	unsigned int i, n;

	KUNIT_ASSERT_EQ(test, p2m_mark(list, 1200, 2000, P2M_IDENTITY), 0);
	KUNIT_ASSERT_EQ(test, p2m_mark(list, 2100, 100, P2M_MISSING), 0);
	KUNIT_ASSERT_EQ(test, p2m_set_growing(list, 10, 11), 0);
	KUNIT_ASSERT_EQ(test, p2m_set_growing(list, 1100, 12), 0);
	test_state_take(t, &before);

	for (i = 0; i < ARRAY_SIZE(pfns); i++) {
		unsigned long pfn = pfns[i], vals[] = {
			IDENTITY_FRAME(pfn + 1), IDENTITY_FRAME(0),
			FOREIGN_FRAME(IDENTITY_FRAME(pfn)),
			FOREIGN_FRAME(IDENTITY_FRAME(7)),
			INVALID_P2M_ENTRY - 1,
		};

		for (n = 0; n < ARRAY_SIZE(vals); n++) {
			KUNIT_EXPECT_FALSE_MSG(test,
					       p2m_set(list, pfn, vals[n]),
					       "pfn %lu took %#lx", pfn,
					       vals[n]);
			KUNIT_EXPECT_EQ_MSG(test,
					    p2m_set_growing(list, pfn, vals[n]),
					    -EINVAL, "pfn %lu took %#lx", pfn,
					    vals[n]);
		}
	}
	test_expect_unchanged(test, t, &before);
}

/*
 * #5: a cpu may keep the sentinel in its TLB after the leaf is in place,
 * because growth does not flush.  Stock then reads through the same address
 * again.
 */
static void p2m_stale_translation_is_harmless(struct kunit *test)
{
	struct test_list *t = test_list_published(test, TOP_PFNS);
	struct p2m_list *list = &t->list;
	u64 sentinel, entry;

	KUNIT_ASSERT_EQ(test, p2m_mark(list, 1030, 10, P2M_IDENTITY), 0);
	KUNIT_ASSERT_EQ(test, p2m_set_growing(list, 600, TEST_MFN(600)), 0);
	KUNIT_ASSERT_EQ(test, p2m_set_growing(list, 1029, TEST_MFN(1029)), 0);
	KUNIT_ASSERT_EQ(test, p2m_set_growing(list, 1030, FOREIGN_FRAME(7)), 0);

	preempt_disable();
	sentinel = *test_pte_entry(t, 5000);
	entry = *test_pte_entry(t, 600);
	preempt_enable();
	KUNIT_ASSERT_NE(test, sentinel, entry);
	KUNIT_ASSERT_TRUE(test, test_list_remap(t, 600, sentinel));
	KUNIT_EXPECT_EQ_MSG(test, list->base[600], INVALID_P2M_ENTRY,
			    "the translation is not stale");
	KUNIT_EXPECT_EQ(test, p2m_lookup(list, 600), TEST_MFN(600));
	KUNIT_EXPECT_EQ(test, p2m_lookup(list, 601), INVALID_P2M_ENTRY);
	KUNIT_ASSERT_TRUE(test, test_list_remap(t, 600, entry));

	entry = *test_pte_entry(t, 1029);
	KUNIT_ASSERT_TRUE(test, test_list_remap(t, 1029, sentinel));
	KUNIT_EXPECT_EQ(test, p2m_lookup(list, 1029), TEST_MFN(1029));
	KUNIT_EXPECT_EQ(test, p2m_lookup(list, 1030), FOREIGN_FRAME(7));
	KUNIT_EXPECT_EQ(test, p2m_lookup(list, 1031), IDENTITY_FRAME(1031));
	KUNIT_EXPECT_EQ(test, p2m_lookup(list, 1028), INVALID_P2M_ENTRY);
	KUNIT_ASSERT_TRUE(test, test_list_remap(t, 1029, entry));
	test_expect_readable(test, t);
}

/* #7: a restore would overwrite it. */
static void p2m_identity_is_never_in_a_slot(struct kunit *test)
{
	struct test_list *t = test_list_published(test, TOP_PFNS);
	struct p2m_list *list = &t->list;
	unsigned long pfn;

	/* Before growth, by growth, in an owned leaf, over a frame. */
	KUNIT_ASSERT_EQ(test, p2m_mark(list, 512, 700, P2M_IDENTITY), 0);
	KUNIT_ASSERT_EQ(test, p2m_grow(list, 0, 2048), 0);
	KUNIT_ASSERT_EQ(test, p2m_mark(list, 1500, 20, P2M_IDENTITY), 0);
	KUNIT_ASSERT_TRUE(test, p2m_set(list, 100, TEST_MFN(100)));
	KUNIT_ASSERT_EQ(test, p2m_set_growing(list, 100, IDENTITY_FRAME(100)),
			0);
	KUNIT_ASSERT_TRUE(test, p2m_set(list, 600, TEST_MFN(600)));
	KUNIT_ASSERT_TRUE(test, p2m_set(list, 600, IDENTITY_FRAME(600)));

	for (pfn = 0; pfn < 2048; pfn++) {
		bool identity = pfn == 100 || (pfn >= 512 && pfn < 1212) ||
				(pfn >= 1500 && pfn < 1520);

		KUNIT_EXPECT_EQ_MSG(test, p2m_lookup(list, pfn),
				    identity ? IDENTITY_FRAME(pfn) :
					       INVALID_P2M_ENTRY,
				    "lookup of pfn %lu", pfn);
		KUNIT_EXPECT_EQ_MSG(test, list->base[pfn], INVALID_P2M_ENTRY,
				    "entry of pfn %lu", pfn);
	}
	test_expect_readable(test, t);
}

/* A restore writes to every entry it finds, in sentinels and leaves alike. */
static void p2m_sentinels_hold_ones(struct kunit *test)
{
	struct test_list *t = test_list_published(test, TOP_PFNS);
	struct p2m_list *list = &t->list;

	KUNIT_ASSERT_EQ(test, p2m_mark(list, 512, 9000, P2M_IDENTITY), 0);
	KUNIT_ASSERT_EQ(test, p2m_mark(list, 700, 100, P2M_MISSING), 0);
	KUNIT_EXPECT_TRUE(test, p2m_set(list, 700, IDENTITY_FRAME(700)));
	KUNIT_EXPECT_TRUE(test, p2m_set(list, 900, INVALID_P2M_ENTRY));
	KUNIT_EXPECT_FALSE(test, p2m_set(list, 901, TEST_MFN(901)));
	KUNIT_EXPECT_FALSE(test, p2m_set(list, 5000, TEST_MFN(1)));
	KUNIT_EXPECT_FALSE(test, p2m_set(list, 50000, TEST_MFN(1)));

	KUNIT_EXPECT_NULL_MSG(test,
			      memchr_inv(list->sentinel.leaf, 0xff, PAGE_SIZE),
			      "the sentinel leaf is not all ones");
	KUNIT_EXPECT_EQ(test, list->count.leaves, 1);
	KUNIT_EXPECT_EQ(test, list->generation, 2);
}

static void expect_refused(struct kunit *test, struct test_list *t,
			   unsigned long pfn, unsigned long nr, int err)
{
	struct test_state before;
	struct p2m_ranges undo;

	memset(&undo, 0xff, sizeof(undo));
	test_state_take(t, &before);
	KUNIT_EXPECT_EQ_MSG(test, p2m_make_missing(&t->list, pfn, nr, &undo),
			    err, "[%lu, %lu)", pfn, pfn + nr);
	test_expect_unchanged(test, t, &before);
	KUNIT_EXPECT_EQ(test, undo.nr, 0);
}

static void p2m_make_missing_refuses(struct kunit *test)
{
	struct test_list *t = test_list_published(test, TOP_PFNS);
	struct p2m_list *list = &t->list;
	struct p2m_ranges undo;
	unsigned int i;

	KUNIT_ASSERT_EQ(test, p2m_mark(list, 0, list->reach, P2M_IDENTITY), 0);
	KUNIT_ASSERT_EQ(test, p2m_set_growing(list, 3000, TEST_MFN(1)), 0);
	KUNIT_ASSERT_EQ(test, p2m_set_growing(list, 9000, FOREIGN_FRAME(2)), 0);

	expect_refused(test, t, 2000, 1001, -EEXIST);
	expect_refused(test, t, 3000, 1, -EEXIST);
	expect_refused(test, t, 8500, 1000, -EEXIST);
	expect_refused(test, t, 0, GIB_PFNS, -EEXIST);

	/* One more range of identity than can be undone. */
	for (i = 1; i <= P2M_MAX_RANGES; i++)
		KUNIT_ASSERT_EQ(test, p2m_mark(list, 20000 + i * 100, 50,
					       P2M_MISSING), 0);
	expect_refused(test, t, 20000, 10000, -E2BIG);
	/* Exactly as many as can be undone. */
	KUNIT_EXPECT_EQ(test, p2m_make_missing(list, 20100, 9000, &undo), 0);
	KUNIT_EXPECT_EQ(test, undo.nr, P2M_MAX_RANGES);
}

/* #8: stock does not restore identity when hotplug fails. */
static void p2m_make_missing_is_undone(struct kunit *test)
{
	struct test_list *t = test_list_published(test, 2 * TOP_PFNS);
	struct model *m = model_new(test, 2 * TOP_PFNS);
	struct p2m_list *list = &t->list;
	unsigned long pfn = GIB_PFNS - 600, end = TOP_PFNS + 100;
	struct p2m_ranges undo;

	model_grow(m, 0, 1);
	KUNIT_ASSERT_EQ(test, p2m_mark(list, 0, list->reach, P2M_IDENTITY), 0);
	model_mark(m, 0, list->reach, P2M_IDENTITY);
	KUNIT_ASSERT_EQ(test, p2m_mark(list, GIB_PFNS - 5, 600, P2M_MISSING),
			0);
	model_mark(m, GIB_PFNS - 5, GIB_PFNS + 595, P2M_MISSING);
	KUNIT_ASSERT_EQ(test, p2m_grow(list, GIB_PFNS, 1), 0);
	model_grow(m, GIB_PFNS, GIB_PFNS + 1);
	model_expect(test, m, t);

	test_watch_start(t);
	KUNIT_EXPECT_EQ(test, p2m_make_missing(list, pfn, end - pfn, &undo), 0);
	KUNIT_EXPECT_EQ(test, undo.nr, 2);
	KUNIT_EXPECT_EQ(test, p2m_lookup(list, pfn), INVALID_P2M_ENTRY);
	KUNIT_EXPECT_EQ(test, p2m_lookup(list, pfn - 1),
			IDENTITY_FRAME(pfn - 1));
	KUNIT_EXPECT_EQ(test, p2m_lookup(list, end - 1), INVALID_P2M_ENTRY);
	KUNIT_EXPECT_EQ(test, p2m_lookup(list, end), IDENTITY_FRAME(end));
	KUNIT_EXPECT_EQ(test, p2m_lookup(list, 7 * GIB_PFNS),
			INVALID_P2M_ENTRY);

	p2m_undo_missing(list, &undo);
	test_watch_stop(t);
	model_expect(test, m, t);
	test_expect_watched(test, t, 0);
}

/**
 * struct undo_param - a range that is made missing, and that again undone
 * @name: of the case
 * @pfn: the first
 * @end: one past the last
 * @takes: nodes and bits that making it missing takes
 */
struct undo_param {
	const char *name;
	unsigned long pfn;
	unsigned long end;
	unsigned int takes;
};

#define UNDO_PFN	(5 * GIB_PFNS + 6 * LEAF_PFNS)

static const struct undo_param undo_params[] = {
	{ "a top slot", TOP_PFNS, 2 * TOP_PFNS, 0 },
	{ "GiBs", GIB_PFNS, 3 * GIB_PFNS, 2 },
	{ "GiBs to the end of a top slot", GIB_PFNS, TOP_PFNS, 1 },
	{ "leaves", UNDO_PFN, UNDO_PFN + 3 * LEAF_PFNS, 4 },
	{ "within a leaf", UNDO_PFN + 1, UNDO_PFN + 2, 6 },
	{ "one end within a leaf", UNDO_PFN, UNDO_PFN + 1, 5 },
	{ "both ends within leaves", 7, 2 * TOP_PFNS - 7, 6 },
	{ "everything", 0, 2 * TOP_PFNS, 0 },
};

static void undo_desc(const struct undo_param *param, char *desc)
{
	strscpy(desc, param->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(undo, undo_params, undo_desc);

/*
 * A caller undoes because it is out of memory, so the first attempt, which
 * fails as well, and the undo of the second one leave identity.
 */
static void p2m_undo_takes_no_memory(struct kunit *test)
{
	const struct undo_param *param = test->param_value;
	struct test_list *t = test_list_new(test, 2 * TOP_PFNS);
	unsigned long pfn = param->pfn, nr = param->end - pfn;
	struct p2m_list *list = &t->list;
	struct p2m_run run = { };
	struct p2m_ranges undo;
	unsigned int n;

	KUNIT_ASSERT_EQ(test, p2m_mark(list, 0, list->reach, P2M_IDENTITY), 0);
	for (n = 1; n <= param->takes; n++) {
		t->fail.alloc = n;
		KUNIT_EXPECT_EQ_MSG(test, p2m_make_missing(list, pfn, nr, &undo),
				    -ENOMEM, "allocation %u is not needed", n);
	}
	t->fail.alloc = n;
	KUNIT_ASSERT_EQ_MSG(test, p2m_make_missing(list, pfn, nr, &undo), 0,
			    "more than %u allocations", param->takes);
	KUNIT_EXPECT_EQ(test, p2m_lookup(list, pfn), INVALID_P2M_ENTRY);

	t->fail.alloc = 1;
	p2m_undo_missing(list, &undo);
	KUNIT_EXPECT_EQ_MSG(test, t->fail.alloc, 1, "undo allocated");
	t->fail.alloc = 0;
	KUNIT_ASSERT_TRUE(test, p2m_next_run(list, &run));
	KUNIT_EXPECT_EQ(test, run.kind, P2M_IDENTITY);
	KUNIT_EXPECT_EQ_MSG(test, run.end, list->reach, "not identity again");
}

/* What was made missing by somebody else since is not this one's to undo. */
static void p2m_undo_stays_in_its_range(struct kunit *test)
{
	struct test_list *t = test_list_published(test, TOP_PFNS);
	struct p2m_list *list = &t->list;
	struct p2m_ranges first, second;
	unsigned long pfn, wrong = 0;

	KUNIT_ASSERT_EQ(test, p2m_mark(list, 0, list->reach, P2M_IDENTITY), 0);
	KUNIT_ASSERT_EQ(test, p2m_make_missing(list, GIB_PFNS, 1000, &first),
			0);
	KUNIT_ASSERT_EQ(test, p2m_make_missing(list, GIB_PFNS + 1000, 1000,
					       &second), 0);
	p2m_undo_missing(list, &first);
	for (pfn = GIB_PFNS; pfn < GIB_PFNS + 1000; pfn++)
		wrong += p2m_lookup(list, pfn) != IDENTITY_FRAME(pfn);
	KUNIT_EXPECT_EQ_MSG(test, wrong, 0, "not undone");
	for (; pfn < GIB_PFNS + 2000; pfn++)
		wrong += p2m_lookup(list, pfn) != INVALID_P2M_ENTRY;
	KUNIT_EXPECT_EQ_MSG(test, wrong, 0, "undone for somebody else");
}

/* B1, B2: stock takes a leaf for every 2 MiB that may be added one day. */
static void p2m_extra_memory_costs_nothing(struct kunit *test)
{
	struct test_list *t = test_list_published(test, P2M_MAX_REACH);
	struct p2m_list *list = &t->list;
	struct p2m_ranges undo;
	long live = t->live;

	KUNIT_ASSERT_EQ(test, p2m_mark(list, 0, list->reach, P2M_IDENTITY), 0);
	KUNIT_EXPECT_EQ(test, p2m_make_missing(list, GIB_PFNS,
					       16 * TOP_PFNS, &undo), 0);
	KUNIT_EXPECT_EQ(test, p2m_lookup(list, 8 * TOP_PFNS),
			INVALID_P2M_ENTRY);
	KUNIT_EXPECT_EQ(test, list->count.leaves, 1);
	KUNIT_EXPECT_EQ(test, list->max_pfn, LEAF_PFNS);
	KUNIT_EXPECT_EQ(test, list->generation, 2);
	/* Identity bits for the first leaf, and a node at the far end. */
	KUNIT_EXPECT_LE_MSG(test, t->live - live, 3, "objects for 8 TiB");
}

static struct kunit_case entries_cases[] = {
	KUNIT_CASE_PARAM(p2m_random_operations, random_gen_params),
	KUNIT_CASE(p2m_invalid_values_are_refused),
	KUNIT_CASE(p2m_stale_translation_is_harmless), /* #5 */
	KUNIT_CASE(p2m_identity_is_never_in_a_slot), /* #7 */
	KUNIT_CASE(p2m_sentinels_hold_ones),
	KUNIT_CASE(p2m_make_missing_refuses),
	KUNIT_CASE(p2m_make_missing_is_undone), /* #8 */
	KUNIT_CASE_PARAM(p2m_undo_takes_no_memory, undo_gen_params),
	KUNIT_CASE(p2m_undo_stays_in_its_range),
	KUNIT_CASE(p2m_extra_memory_costs_nothing), /* B1, B2 */
	{}
};

static struct kunit_suite entries_suite = {
	.name = "xen_p2m_entries",
	.init = test_list_case_init,
	.exit = test_list_case_exit,
	.test_cases = entries_cases,
};

kunit_test_suite(entries_suite);
