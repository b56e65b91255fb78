// SPDX-License-Identifier: GPL-2.0-only
/*
 * Suite xen_p2m_adopt: the start of a list.  The record of early identity
 * ranges, and the adoption of a made-up domain builder's list.
 *
 * "#n" and "Bn" name the defects of stock Linux that a case would show there;
 * see docs/stock-defects.md.
 */
#include <kunit/test.h>
#include <linux/align.h>
#include <linux/minmax.h>
#include <linux/prandom.h>
#include <linux/vmalloc.h>

#include "p2m/adopt.h"
#include "p2m/ranges.h"
#include "lists.h"

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
 * Of 40 pieces at most 20 are separate at any time, which the record can hold.
 */
static void p2m_ranges_merge_in_any_order(struct kunit *test)
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
	/* One that contains all, one that is contained, an empty one. */
	p2m_ranges_add(ranges, 500, 10000);
	p2m_ranges_add(ranges, 700, 800);
	p2m_ranges_add(ranges, 20000, 20000);
	KUNIT_EXPECT_EQ(test, ranges->nr, 1);
	KUNIT_EXPECT_TRUE(test, p2m_ranges_cover(ranges, 500, 10000));
}

static void p2m_ranges_overflow(struct kunit *test)
{
	struct p2m_ranges *ranges = kunit_kzalloc(test, sizeof(*ranges),
						  GFP_KERNEL);
	const unsigned int room = ARRAY_SIZE(ranges->range);
	unsigned int i;

	KUNIT_ASSERT_NOT_NULL(test, ranges);
	for (i = 0; i < room; i++)
		p2m_ranges_add(ranges, i * 10, i * 10 + 5);
	KUNIT_EXPECT_EQ(test, ranges->nr, room);
	KUNIT_EXPECT_TRUE(test, p2m_ranges_disjoint(ranges, 5, 10));
	KUNIT_EXPECT_FALSE(test, p2m_ranges_disjoint(ranges, 4, 5));
	KUNIT_EXPECT_FALSE(test, p2m_ranges_disjoint(ranges, 9, 11));

	p2m_ranges_add(ranges, room * 10, room * 10 + 5);
	KUNIT_EXPECT_EQ(test, ranges->nr, room);
	KUNIT_EXPECT_FALSE(test, p2m_ranges_cover(ranges, room * 10,
						  room * 10 + 1));
	KUNIT_EXPECT_FALSE_MSG(test, p2m_ranges_disjoint(ranges, 9000, 9001),
			       "what was lost may be anywhere");
	for (i = 0; i < room; i++)
		KUNIT_EXPECT_TRUE(test, p2m_ranges_cover(ranges, i * 10,
							 i * 10 + 5));
	/* A range that closes a gap still fits, and makes room. */
	p2m_ranges_add(ranges, 5, 10);
	KUNIT_EXPECT_EQ(test, ranges->nr, room - 1);
	KUNIT_EXPECT_TRUE(test, p2m_ranges_cover(ranges, 0, 15));
}

/* Adoption */

/**
 * struct adopt_param - a flat list that is adopted
 * @name: of the case
 * @nr_pages: entries that the builder wrote
 * @record: hand over the record of identity ranges
 * @scattered: have more identity ranges than the record can hold
 */
struct adopt_param {
	const char *name;
	unsigned long nr_pages;
	bool record;
	bool scattered;
};

static const struct adopt_param adopt_params[] = {
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

static void adopt_desc(const struct adopt_param *param, char *desc)
{
	strscpy(desc, param->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(adopt, adopt_params, adopt_desc);

/**
 * struct flat - a domain builder's list
 * @t: the list that adopts it
 * @val: entries, in a mapping of their own beside the direct map
 * @page: their pages
 * @want: what @val held before adoption
 * @nr: entries, whole leaves
 * @identity: the record
 * @lose: the record is lost, so adoption has to look at each entry
 */
struct flat {
	struct test_list *t;
	unsigned long *val;
	struct page **page;
	unsigned long *want;
	unsigned long nr;
	struct p2m_ranges identity;
	bool lose;
};

static unsigned long flat_pages(const struct flat *flat)
{
	return flat->nr / LEAF_PFNS;
}

/* The pages that were adopted are the list's to free. */
static void flat_release(struct test_list *t)
{
	struct flat *flat = t->arg;
	unsigned long i;

	if (flat->val)
		vunmap(flat->val);
	for (i = 0; flat->page && i < flat_pages(flat); i++)
		if (flat->page[i] && !p2m_has_leaf(&t->list, i * LEAF_PFNS))
			test_ops.free(&t->list, page_address(flat->page[i]),
				      PAGE_SIZE);
	kvfree(flat->page);
	vfree(flat->want);
}

static void flat_alloc(struct kunit *test, struct flat *flat)
{
	unsigned long i;
	void *page;

	flat->want = vmalloc(flat->nr * sizeof(*flat->want));
	flat->page = kvcalloc(flat_pages(flat), sizeof(*flat->page),
			      GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, flat->want);
	KUNIT_ASSERT_NOT_NULL(test, flat->page);
	for (i = 0; i < flat_pages(flat); i++) {
		page = test_ops.alloc(&flat->t->list, PAGE_SIZE);
		KUNIT_ASSERT_NOT_NULL(test, page);
		flat->page[i] = virt_to_page(page);
	}
	flat->val = vmap(flat->page, flat_pages(flat), VM_MAP, PAGE_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, flat->val);
}

static struct flat *flat_new(struct kunit *test, struct test_list *t,
			     const struct adopt_param *param)
{
	struct flat *flat = kunit_kzalloc(test, sizeof(*flat), GFP_KERNEL);
	unsigned long pfn;

	KUNIT_ASSERT_NOT_NULL(test, flat);
	flat->t = t;
	flat->nr = ALIGN(param->nr_pages, LEAF_PFNS);
	flat->lose = !param->record;
	t->arg = flat;
	t->release = flat_release;
	flat_alloc(test, flat);
	for (pfn = 0; pfn < flat->nr; pfn++)
		flat->val[pfn] = pfn < param->nr_pages ? TEST_MFN(pfn) :
							 INVALID_P2M_ENTRY;
	return flat;
}

static unsigned long *flat_leaf(unsigned long *entries)
{
	return page_address(vmalloc_to_page(entries));
}

static int flat_adopt(struct flat *flat)
{
	const struct p2m_builder builder = {
		.entries = flat->val,
		.nr = flat->nr,
		.identity = &flat->identity,
		.leaf = flat_leaf,
	};

	memcpy(flat->want, flat->val, flat->nr * sizeof(*flat->want));
	return p2m_adopt(&flat->t->list, &builder);
}

static void flat_identity(struct flat *flat, unsigned long pfn,
			  unsigned long end)
{
	unsigned long i;

	for (i = pfn; i < end; i++)
		flat->val[i] = IDENTITY_FRAME(i);
	if (flat->lose)
		flat->identity.incomplete = true;
	else
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
		if (p2m_kind(flat->want[pfn]) != P2M_POPULATED)
			continue;
		nr += pfn / LEAF_PFNS != last;
		last = pfn / LEAF_PFNS;
	}
	*max_pfn = (last + 1) * LEAF_PFNS;

	return nr;
}

/* Leaves that are a copy of the builder's page, not the page itself. */
static unsigned long flat_copies(const struct flat *flat)
{
	const struct p2m_list *list = &flat->t->list;
	unsigned long pfn, nr = 0;
	unsigned int shift;

	for (pfn = 0; pfn < flat->nr; pfn += LEAF_PFNS)
		nr += p2m_has_leaf(&flat->t->list, pfn) &&
		      p2m_slot_leaf(list, p2m_slot(list, pfn, &shift)) !=
		      page_address(flat->page[pfn / LEAF_PFNS]);

	return nr;
}

static void expect_adopted(struct kunit *test, const struct flat *flat)
{
	struct p2m_list *list = &flat->t->list;
	unsigned long pfn, max_pfn, bad = ~0UL;

	KUNIT_EXPECT_EQ(test, list->count.leaves,
			flat_populated_leaves(flat, &max_pfn));
	KUNIT_EXPECT_EQ(test, list->max_pfn, max_pfn);
	KUNIT_EXPECT_EQ_MSG(test, flat_copies(flat), 0, "leaves were copied");
	for (pfn = 0; pfn < flat->nr && bad == ~0UL; pfn++)
		if (p2m_lookup(list, pfn) != flat->want[pfn] ||
		    p2m_lookup_slow(list, pfn) != flat->want[pfn])
			bad = pfn;
	KUNIT_EXPECT_EQ_MSG(test, bad, ~0UL, "entry of pfn %#lx", bad);

	bad = ~0UL;
	for (pfn = flat->nr; pfn < list->reach; pfn += pfn / 1000 + 1)
		if (p2m_lookup(list, pfn) != IDENTITY_FRAME(pfn))
			bad = pfn;
	KUNIT_EXPECT_EQ_MSG(test, bad, ~0UL, "pfn %#lx past the list", bad);

	test_publish(flat->t);
	test_expect_sound(test, flat->t);
}

/* The same result with the record, without, and with one that overflowed. */
static void p2m_adopt_flat_list(struct kunit *test)
{
	const struct adopt_param *param = test->param_value;
	struct test_list *t = test_list_new(test, 2 * TOP_PFNS);
	struct flat *flat = flat_new(test, t, param);

	flat_make_holes(flat, param->scattered);
	KUNIT_EXPECT_EQ(test, flat->identity.incomplete,
			!param->record || param->scattered);
	/* The range that was added when the record was full. */
	if (param->scattered)
		KUNIT_EXPECT_FALSE(test, p2m_ranges_cover(&flat->identity,
							  14 * LEAF_PFNS,
							  15 * LEAF_PFNS));
	KUNIT_ASSERT_EQ(test, flat_adopt(flat), 0);
	expect_adopted(test, flat);
}

/*
 * Only what is recorded is looked at: identity that the record lacks goes
 * unnoticed.
 */
static void p2m_adopt_goes_by_the_record(struct kunit *test)
{
	static const struct adopt_param param = {
		.nr_pages = 8 * LEAF_PFNS, .record = true,
	};
	struct test_list *t = test_list_new(test, TOP_PFNS);
	struct flat *flat = flat_new(test, t, &param);
	const unsigned long unrecorded = 2 * LEAF_PFNS + 7;

	flat_identity(flat, 5 * LEAF_PFNS + 1, 5 * LEAF_PFNS + 3);
	flat->val[unrecorded] = IDENTITY_FRAME(unrecorded);
	KUNIT_ASSERT_EQ(test, flat_adopt(flat), 0);
	KUNIT_EXPECT_EQ(test, t->list.count.mixed, 1);
	KUNIT_EXPECT_EQ(test, t->list.base[5 * LEAF_PFNS + 1],
			INVALID_P2M_ENTRY);
	KUNIT_EXPECT_EQ(test, t->list.base[unrecorded],
			IDENTITY_FRAME(unrecorded));
}

/* B2, B3, B4: the cost depends on what is populated. */
static void p2m_adopt_takes_what_is_populated(struct kunit *test)
{
	static const struct adopt_param param = {
		.nr_pages = 2 * GIB_PFNS, .record = true,
	};
	struct test_list *t = test_list_new(test, P2M_MAX_REACH);
	struct flat *flat = flat_new(test, t, &param);
	long live = t->live;

	flat_missing(flat, 2 * LEAF_PFNS, GIB_PFNS + LEAF_PFNS);
	flat_identity(flat, GIB_PFNS + 2 * LEAF_PFNS, flat->nr);
	KUNIT_ASSERT_EQ(test, flat_adopt(flat), 0);
	expect_adopted(test, flat);
	KUNIT_EXPECT_EQ(test, t->list.count.leaves, 3);
	/* PMD table, 2 PTE tables, 3 nodes and 2 mids for 2 GiB; no leaf. */
	KUNIT_EXPECT_EQ_MSG(test, t->live - live, 8, "objects");
	KUNIT_EXPECT_EQ_MSG(test, t->list.generation, 4, "a commit per GiB");
}

/* What was adopted must be complete; elsewhere no lookup makes up a frame. */
static unsigned long count_made_up(const struct flat *flat)
{
	unsigned long pfn, nr = 0;

	for (pfn = 0; pfn < flat->nr; pfn++) {
		unsigned long mfn = p2m_lookup(&flat->t->list, pfn);

		if (p2m_has_leaf(&flat->t->list, pfn))
			nr += mfn != flat->want[pfn];
		else
			nr += mfn != IDENTITY_FRAME(pfn) &&
			      mfn != INVALID_P2M_ENTRY;
	}

	return nr;
}

/* What has not been adopted must be as it was. */
static unsigned long count_spoilt(const struct flat *flat)
{
	unsigned long pfn, nr = 0;

	for (pfn = 0; pfn < flat->nr; pfn++)
		nr += !p2m_has_leaf(&flat->t->list, pfn) &&
		      flat->val[pfn] != flat->want[pfn];

	return nr;
}

static void flat_make_failing(struct flat *flat)
{
	flat_identity(flat, 4 * LEAF_PFNS, GIB_PFNS - 3 * LEAF_PFNS);
	flat_missing(flat, 2 * LEAF_PFNS, 4 * LEAF_PFNS - 10);
	flat_identity(flat, 100, 300);
	flat_identity(flat, GIB_PFNS - 200, GIB_PFNS + 700);
}

/* Returns true if adoption failed at the nth call. */
static bool fail_adoption(struct kunit *test, unsigned long *nth,
			  unsigned int n)
{
	static const struct adopt_param param = {
		.nr_pages = GIB_PFNS + 5 * LEAF_PFNS, .record = true,
	};
	struct test_list *t = test_list_new(test, TOP_PFNS);
	struct flat *flat = flat_new(test, t, &param);
	bool failed;
	int err;

	flat_make_failing(flat);
	*nth = n;
	err = flat_adopt(flat);
	failed = !*nth;
	KUNIT_EXPECT_EQ_MSG(test, !!err, failed, "failure %u", n);
	KUNIT_EXPECT_EQ(test, count_made_up(flat), 0);
	KUNIT_EXPECT_EQ_MSG(test, count_spoilt(flat), 0, "failure %u", n);
	KUNIT_EXPECT_FALSE(test, t->list.generation & 1);
	test_list_destroy(t);
	KUNIT_EXPECT_EQ_MSG(test, t->live, 0, "objects leaked, failure %u", n);
	memset(t, 0, sizeof(*t));

	return failed;
}

static void p2m_failing_adoption(struct kunit *test)
{
	struct test_list *t = test->priv;
	unsigned long *nth[] = {
		&t->fail.alloc, &t->fail.protect, &t->fail.apply,
	};
	unsigned int i, n;

	for (i = 0; i < ARRAY_SIZE(nth); i++) {
		for (n = 1; fail_adoption(test, nth[i], n); n++)
			KUNIT_ASSERT_LT_MSG(test, n, 1000,
					    "it never succeeded");
		KUNIT_EXPECT_GT_MSG(test, n, 2, "operation %u never failed", i);
	}
}

static struct kunit_case adopt_cases[] = {
	KUNIT_CASE(p2m_ranges_merge_in_any_order),
	KUNIT_CASE(p2m_ranges_overflow),
	KUNIT_CASE_PARAM(p2m_adopt_flat_list, adopt_gen_params),
	KUNIT_CASE(p2m_adopt_goes_by_the_record),
	KUNIT_CASE(p2m_adopt_takes_what_is_populated), /* B2, B3, B4 */
	KUNIT_CASE(p2m_failing_adoption), /* #9, #19 */
	{}
};

static struct kunit_suite adopt_suite = {
	.name = "xen_p2m_adopt",
	.init = test_list_case_init,
	.exit = test_list_case_exit,
	.test_cases = adopt_cases,
};

kunit_test_suite(adopt_suite);
