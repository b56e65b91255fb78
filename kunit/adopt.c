// SPDX-License-Identifier: GPL-2.0-only
/*
 * Cases about the start: the record of early identity ranges, and the
 * adoption of a made-up domain builder's list, entry by entry.
 */
#include <linux/align.h>
#include <linux/minmax.h>
#include <linux/prandom.h>
#include <linux/vmalloc.h>

#include "p2m_test.h"

/* The record */

#define MERGE_PIECES	40
#define MERGE_ORDERS	200

static void shuffle(struct rnd_state *rnd, unsigned int *order, unsigned int nr)
{
	unsigned int i, other;

	for (i = 0; i < nr; i++)
		order[i] = i;
	for (i = nr - 1; i > 0; i--) {
		other = prandom_u32_state(rnd) % (i + 1);
		swap(order[i], order[other]);
	}
}

/*
 * Adjacent pieces, as for one PCI hole, in any order: one range in the end.
 * 40 pieces leave at most 20 apart on the way, which the record can hold.
 */
void p2m_ranges_merge_in_any_order(struct kunit *test)
{
	struct p2m_ranges *ranges = kunit_kzalloc(test, sizeof(*ranges),
						  GFP_KERNEL);
	unsigned int order[MERGE_PIECES], i, n;
	struct rnd_state rnd;

	KUNIT_ASSERT_NOT_NULL(test, ranges);
	prandom_seed_state(&rnd, 42);
	for (n = 0; n < MERGE_ORDERS; n++) {
		memset(ranges, 0, sizeof(*ranges));
		p2m_ranges_add(ranges, 9000, 9001);
		shuffle(&rnd, order, MERGE_PIECES);
		for (i = 0; i < MERGE_PIECES; i++)
			/* Every third one overlaps the next. */
			p2m_ranges_add(ranges, 1000 + order[i] * 10,
				       1010 + order[i] * 10 +
				       3 * (order[i] % 3 == 0));
		KUNIT_EXPECT_EQ_MSG(test, ranges->nr, 2, "order %u", n);
		KUNIT_EXPECT_TRUE(test, p2m_ranges_cover(ranges, 1000, 1403));
		KUNIT_EXPECT_FALSE(test, p2m_ranges_cover(ranges, 999, 1001));
		KUNIT_EXPECT_FALSE(test, p2m_ranges_cover(ranges, 1400, 1404));
	}
	/* One that holds all, one that is held, none at all. */
	p2m_ranges_add(ranges, 500, 10000);
	p2m_ranges_add(ranges, 700, 800);
	p2m_ranges_add(ranges, 20000, 20000);
	KUNIT_EXPECT_EQ(test, ranges->nr, 1);
	KUNIT_EXPECT_TRUE(test, p2m_ranges_cover(ranges, 500, 10000));
}

void p2m_ranges_overflow(struct kunit *test)
{
	struct p2m_ranges *ranges = kunit_kzalloc(test, sizeof(*ranges),
						  GFP_KERNEL);
	const unsigned int room = ARRAY_SIZE(ranges->range);
	unsigned int i;

	KUNIT_ASSERT_NOT_NULL(test, ranges);
	for (i = 0; i < room; i++)
		p2m_ranges_add(ranges, i * 10, i * 10 + 5);
	KUNIT_EXPECT_EQ(test, ranges->nr, room);

	p2m_ranges_add(ranges, room * 10, room * 10 + 5);
	KUNIT_EXPECT_EQ(test, ranges->nr, room);
	KUNIT_EXPECT_FALSE(test, p2m_ranges_cover(ranges, room * 10,
						  room * 10 + 1));
	for (i = 0; i < room; i++)
		KUNIT_EXPECT_TRUE(test, p2m_ranges_cover(ranges, i * 10,
							 i * 10 + 5));
	/* What closes a gap still fits, and makes room. */
	p2m_ranges_add(ranges, 5, 10);
	KUNIT_EXPECT_EQ(test, ranges->nr, room - 1);
	KUNIT_EXPECT_TRUE(test, p2m_ranges_cover(ranges, 0, 15));
}

/* Adoption */

/**
 * struct flat - a domain builder's list
 * @val: entries
 * @nr: entries, whole leaves
 * @identity: the record; empty if the case does without
 * @record: whether to record
 */
struct flat {
	unsigned long *val;
	unsigned long nr;
	struct p2m_ranges identity;
	bool record;
};

static void free_flat_entries(void *val)
{
	vfree(val);
}

static struct flat *flat_new(struct kunit *test,
			     const struct p2m_adopt_param *param)
{
	struct flat *flat = kunit_kzalloc(test, sizeof(*flat), GFP_KERNEL);
	unsigned long pfn;

	KUNIT_ASSERT_NOT_NULL(test, flat);
	flat->nr = ALIGN(param->nr_pages, LEAF_PFNS);
	flat->record = param->record;
	flat->val = vmalloc(flat->nr * sizeof(*flat->val));
	KUNIT_ASSERT_NOT_NULL(test, flat->val);
	KUNIT_ASSERT_EQ(test, kunit_add_action_or_reset(test, free_flat_entries,
							flat->val), 0);
	for (pfn = 0; pfn < flat->nr; pfn++)
		flat->val[pfn] = pfn < param->nr_pages ? TEST_MFN(pfn) :
							 INVALID_P2M_ENTRY;
	return flat;
}

static void flat_identity(struct flat *flat, unsigned long pfn,
			  unsigned long end)
{
	unsigned long i;

	for (i = pfn; i < end; i++)
		flat->val[i] = IDENTITY_FRAME(i);
	if (flat->record)
		p2m_ranges_add(&flat->identity, pfn, end);
}

static void flat_missing(struct flat *flat, unsigned long pfn,
			 unsigned long end)
{
	for (; pfn < end; pfn++)
		flat->val[pfn] = INVALID_P2M_ENTRY;
}

/* Every mix of kinds that a leaf can have. */
static void flat_make_holes(struct flat *flat, bool scattered)
{
	unsigned long leaf = 10 * LEAF_PFNS, pfn;

	flat_identity(flat, 0xa0, 0x100);
	flat_identity(flat, 1000, 3000);	/* whole leaves, both ends mixed */
	flat_missing(flat, 3584, 5632);		/* whole leaves */
	flat_missing(flat, 500, 520);
	flat_identity(flat, leaf, leaf + 200);	/* no frame in this leaf */
	flat_missing(flat, leaf + 200, leaf + 400);
	flat_identity(flat, leaf + 400, leaf + 511);
	flat_missing(flat, leaf + 511, leaf + 512);
	flat_identity(flat, 8000, 8001);
	flat_missing(flat, flat->nr - 100, flat->nr);
	if (!scattered)
		return;
	for (pfn = 12 * LEAF_PFNS; pfn < 13 * LEAF_PFNS; pfn += 2)
		flat_identity(flat, pfn, pfn + 1);
	/* A whole leaf, and the record is full by now. */
	flat_identity(flat, 14 * LEAF_PFNS, 15 * LEAF_PFNS);
}

static unsigned long flat_populated_leaves(const struct flat *flat,
					   unsigned long *max_pfn)
{
	unsigned long pfn, nr = 0, last = ~0UL;

	for (pfn = 0; pfn < flat->nr; pfn++) {
		if (p2m_kind(flat->val[pfn]) != P2M_POPULATED)
			continue;
		nr += pfn / LEAF_PFNS != last;
		last = pfn / LEAF_PFNS;
	}
	*max_pfn = (last + 1) * LEAF_PFNS;

	return nr;
}

static void expect_adopted(struct kunit *test, struct test_list *t,
			   const struct flat *flat)
{
	struct p2m_list *list = &t->list;
	unsigned long pfn, max_pfn, bad = ~0UL;

	KUNIT_EXPECT_EQ(test, list->count.leaves,
			flat_populated_leaves(flat, &max_pfn));
	KUNIT_EXPECT_EQ(test, list->max_pfn, max_pfn);
	for (pfn = 0; pfn < flat->nr && bad == ~0UL; pfn++)
		if (p2m_lookup(list, pfn) != flat->val[pfn] ||
		    p2m_lookup_slow(list, pfn) != flat->val[pfn])
			bad = pfn;
	KUNIT_EXPECT_EQ_MSG(test, bad, ~0UL, "entry of pfn %#lx", bad);

	bad = ~0UL;
	for (pfn = flat->nr; pfn < list->reach; pfn += pfn / 1000 + 1)
		if (p2m_lookup(list, pfn) != IDENTITY_FRAME(pfn))
			bad = pfn;
	KUNIT_EXPECT_EQ_MSG(test, bad, ~0UL, "pfn %#lx past the list", bad);

	p2m_publish(list);
	test_expect_sound(test, t);
}

/* With the record, without, and with one that overflowed: the same. */
void p2m_adopt_flat_list(struct kunit *test)
{
	const struct p2m_adopt_param *param = test->param_value;
	struct test_list *t = test_list_new(test, 2 * TOP_PFNS);
	struct flat *flat = flat_new(test, param);

	flat_make_holes(flat, param->scattered);
	KUNIT_EXPECT_EQ(test, flat->identity.nr ==
			      ARRAY_SIZE(flat->identity.range),
			param->record && param->scattered);
	/* The range that came when the record was full. */
	if (param->scattered)
		KUNIT_EXPECT_FALSE(test, p2m_ranges_cover(&flat->identity,
							  14 * LEAF_PFNS,
							  15 * LEAF_PFNS));
	KUNIT_ASSERT_EQ(test, p2m_adopt(&t->list, flat->val, flat->nr,
					&flat->identity), 0);
	expect_adopted(test, t, flat);
}

/* B2, B3, B4: the cost goes with what is populated. */
void p2m_adopt_takes_what_is_populated(struct kunit *test)
{
	static const struct p2m_adopt_param param = {
		.nr_pages = 2 * GIB_PFNS,
	};
	struct test_list *t = test_list_new(test, P2M_MAX_REACH);
	struct flat *flat = flat_new(test, &param);
	long live = t->live;

	flat_missing(flat, 2 * LEAF_PFNS, GIB_PFNS + LEAF_PFNS);
	flat_identity(flat, GIB_PFNS + 2 * LEAF_PFNS, flat->nr);
	KUNIT_ASSERT_EQ(test, p2m_adopt(&t->list, flat->val, flat->nr,
					&flat->identity), 0);
	expect_adopted(test, t, flat);
	KUNIT_EXPECT_EQ(test, t->list.count.leaves, 3);
	/* 3 leaves; PMD table, 2 PTE tables, 3 nodes and 2 mids for 2 GiB. */
	KUNIT_EXPECT_EQ_MSG(test, t->live - live, 11, "objects");
	KUNIT_EXPECT_EQ_MSG(test, t->list.generation, 4, "a commit per GiB");
}

/* Nothing but what the flat list has; less of it is all right. */
static unsigned long count_made_up(const struct p2m_list *list,
				   const struct flat *flat)
{
	unsigned long pfn, nr = 0;

	for (pfn = 0; pfn < flat->nr; pfn++) {
		unsigned long mfn = p2m_lookup(list, pfn);

		nr += mfn != flat->val[pfn] && mfn != IDENTITY_FRAME(pfn) &&
		      mfn != INVALID_P2M_ENTRY;
	}

	return nr;
}

/* True: adoption failed at the nth call. */
static bool fail_adoption(struct kunit *test, const struct flat *flat,
			  unsigned long *nth, unsigned int n)
{
	struct test_list *t = test_list_new(test, TOP_PFNS);
	bool failed;
	int err;

	*nth = n;
	err = p2m_adopt(&t->list, flat->val, flat->nr, &flat->identity);
	failed = !*nth;
	KUNIT_EXPECT_EQ_MSG(test, !!err, failed, "failure %u", n);
	KUNIT_EXPECT_EQ(test, count_made_up(&t->list, flat), 0);
	KUNIT_EXPECT_FALSE(test, t->list.generation & 1);
	test_list_destroy(t);
	KUNIT_EXPECT_EQ_MSG(test, t->live, 0, "objects leaked, failure %u", n);
	memset(t, 0, sizeof(*t));

	return failed;
}

void p2m_failing_adoption(struct kunit *test)
{
	static const struct p2m_adopt_param param = {
		.nr_pages = GIB_PFNS + 5 * LEAF_PFNS, .record = true,
	};
	struct test_list *t = test->priv;
	unsigned long *nth[] = {
		&t->fail.alloc, &t->fail.protect, &t->fail.apply,
	};
	struct flat *flat = flat_new(test, &param);
	unsigned int i, n;

	flat_identity(flat, 4 * LEAF_PFNS, GIB_PFNS - 3 * LEAF_PFNS);
	flat_missing(flat, 2 * LEAF_PFNS, 4 * LEAF_PFNS - 10);
	flat_identity(flat, 100, 300);
	flat_identity(flat, GIB_PFNS - 200, GIB_PFNS + 700);
	for (i = 0; i < ARRAY_SIZE(nth); i++) {
		for (n = 1; fail_adoption(test, flat, nth[i], n); n++)
			KUNIT_ASSERT_LT_MSG(test, n, 1000, "no end");
		KUNIT_EXPECT_GT_MSG(test, n, 2, "operation %u never failed", i);
	}
}
