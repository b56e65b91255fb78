// SPDX-License-Identifier: GPL-2.0-only
/*
 * Suite xen_p2m_restore: what the guest finds when it resumes after a save and
 * restore, and the order in which it publishes where its list is.
 *
 * "#n" names a defect of stock Linux that a case would show there; see
 * docs/stock-defects.md.
 */
#include <kunit/test.h>
#include <linux/align.h>

#include "lists.h"
#include "model.h"

#define STALE_CR3	0xdeadb000UL
#define STALE_MFN	0xdeadbUL

/*
 * What a restore does to the list: each entry that is not a plain frame is
 * all ones afterwards, sentinels included.
 */
static void restore_leaves(const struct p2m_view *view)
{
	unsigned int i, n;

	for (i = 0; i < view->nr; i++) {
		unsigned long *leaf = (unsigned long *)view->extent[i].leaf;

		for (n = 0; n < LEAF_PFNS; n++)
			if (leaf[n] != ~0UL && leaf[n] & (BIT(63) | BIT(62)))
				leaf[n] = ~0UL;
	}
}

/* The tree's frames are those of the host that the guest has left. */
static void restore_tree(struct p2m_list *list)
{
	struct p2m_tree *tree = &list->tree;
	unsigned int n;

	memset64((u64 *)tree->top, STALE_MFN, P2M_PER_PAGE);
	memset64((u64 *)tree->mid_missing, STALE_MFN, P2M_PER_PAGE);
	for (n = 0; n < P2M_PER_PAGE; n++)
		if (tree->mid[n])
			memset64((u64 *)tree->mid[n], STALE_MFN,
				 P2M_PER_PAGE);
}

/* The page as it was saved, except for what the tools clear. */
static void restore_shared(struct test_list *t)
{
	t->shared.p2m_cr3 = STALE_CR3;
	t->shared.pfn_to_mfn_frame_list_list = 0;
}

/* As after a suspend, where nothing is scheduled. */
static void republish(struct test_list *t)
{
	preempt_disable();
	p2m_republish(&t->list);
	preempt_enable();
}

/* Save and restore @t, as far as the guest can tell. */
static void replay_restore(struct kunit *test, struct test_list *t)
{
	test_expect_readable(test, t);
	KUNIT_EXPECT_FALSE_MSG(test, t->shared.p2m_generation & 1,
			       "suspended with an odd generation");
	restore_leaves(p2m_reader_view(&t->reader));
	restore_tree(&t->list);
	restore_shared(t);
	republish(t);
}

static void fill_entry(struct kunit *test, struct test_list *t,
		       struct model *m, unsigned long pfn, unsigned long val)
{
	KUNIT_ASSERT_EQ(test, p2m_set_growing(&t->list, pfn, val), 0);
	model_set(m, pfn, val);
	if (val != INVALID_P2M_ENTRY && !(val & IDENTITY_FRAME_BIT))
		model_grow(m, pfn, pfn + 1);
}

/* Every kind next to every other, in each window of the model. */
static struct model *restore_fill(struct kunit *test, struct test_list *t)
{
	struct model *m = model_new(test, t->list.reach);
	unsigned long pfn, vals[4];
	unsigned int i, n;

	model_grow(m, 0, 1);
	KUNIT_ASSERT_EQ(test, p2m_mark(&t->list, 1000, GIB_PFNS - 300,
				       P2M_IDENTITY), 0);
	model_mark(m, 1000, GIB_PFNS + 700, P2M_IDENTITY);
	for (i = 0; i < m->nr; i++) {
		for (n = 0; n < 24; n++) {
			pfn = m->win[i].pfn + n * 37 + i;
			vals[0] = TEST_MFN(pfn);
			vals[1] = FOREIGN_FRAME(pfn * 3);
			vals[2] = IDENTITY_FRAME(pfn);
			vals[3] = INVALID_P2M_ENTRY;
			fill_entry(test, t, m, pfn, vals[n % 4]);
		}
	}

	return m;
}

/* What was foreign is gone; the guest maps it again if it needs it. */
static void model_restore(struct model *m)
{
	unsigned long i;
	unsigned int w;

	for (w = 0; w < m->nr; w++)
		for (i = 0; i < m->win[w].nr; i++)
			if (p2m_kind(m->win[w].val[i]) == P2M_FOREIGN)
				m->win[w].val[i] = INVALID_P2M_ENTRY;
}

/* #7: stock loses the identity entries of leaves that also have RAM. */
static void p2m_restore_keeps_lookups(struct kunit *test)
{
	struct test_list *t = test_list_published(test, TOP_PFNS);
	struct model *m = restore_fill(test, t);
	unsigned long generation = t->list.generation;

	model_expect(test, m, t);
	replay_restore(test, t);
	model_restore(m);
	model_expect(test, m, t);
	test_expect_sound(test, t);
	KUNIT_EXPECT_EQ(test, t->shared.p2m_generation, generation);

	/* The list can still be changed. */
	KUNIT_EXPECT_EQ(test, p2m_set_growing(&t->list, 5 * GIB_PFNS, 5), 0);
	test_expect_readable(test, t);
	/* A second restore makes no difference. */
	replay_restore(test, t);
	KUNIT_EXPECT_EQ(test, p2m_lookup(&t->list, 5 * GIB_PFNS), 5);
	test_expect_readable(test, t);
}

/* #15: stock leaves the old host's frames in slots past the list. */
static void p2m_restore_renews_all_tops(struct kunit *test)
{
	struct test_list *t = test_list_published(test, TOP_PFNS);
	const struct p2m_tree *tree = &t->list.tree;
	unsigned long stale = 0;
	unsigned int n, i;

	KUNIT_ASSERT_EQ(test, p2m_grow(&t->list, 2 * GIB_PFNS, 1), 0);
	replay_restore(test, t);
	for (n = 0; n < P2M_PER_PAGE; n++) {
		stale += tree->top[n] != virt_to_mfn(tree->mid[n] ?:
						     tree->mid_missing);
		stale += tree->mid_missing[n] !=
			 virt_to_mfn(t->list.sentinel.leaf);
		for (i = 0; tree->mid[n] && i < P2M_PER_PAGE; i++)
			stale += tree->mid[n][i] == STALE_MFN;
	}
	KUNIT_EXPECT_EQ_MSG(test, stale, 0, "slots with stale frames");
	KUNIT_EXPECT_NOT_NULL(test, tree->mid[2]);
	test_expect_sound(test, t);
}

/* #2: stock may build the tree in a resume, where nothing may sleep. */
static void p2m_restore_takes_no_memory(struct kunit *test)
{
	struct test_list *t = test_list_published(test, TOP_PFNS);
	struct test_calls calls;

	KUNIT_ASSERT_EQ(test, p2m_grow(&t->list, GIB_PFNS, GIB_PFNS), 0);
	calls = t->calls;
	t->fail.alloc = 1;
	replay_restore(test, t);
	KUNIT_EXPECT_EQ(test, t->calls.alloc, calls.alloc);
	KUNIT_EXPECT_EQ_MSG(test, t->calls.apply, calls.apply,
			    "table entries written");
	t->fail.alloc = 0;
	test_expect_readable(test, t);
}

/* Once too long for a tree, always too long. */
static void p2m_restore_of_a_long_domu(struct kunit *test)
{
	struct test_list *t = test_list_published(test, 2 * TOP_PFNS);

	KUNIT_ASSERT_EQ(test, p2m_set_growing(&t->list, TOP_PFNS, 7), 0);
	replay_restore(test, t);
	KUNIT_EXPECT_EQ(test, t->shared.pfn_to_mfn_frame_list_list, ~0UL);
	KUNIT_EXPECT_EQ(test, t->shared.max_pfn, TOP_PFNS + LEAF_PFNS);
	KUNIT_EXPECT_EQ(test, p2m_lookup(&t->list, TOP_PFNS), 7);
	test_expect_readable(test, t);
}

/**
 * struct publication - what a reader saw at the steps of a publication
 * @steps: steps
 * @go: those at which the linear list was on offer
 * @last: whether the last step was one of these
 * @bad: those at which what was on offer could not be read
 * @error: why
 */
struct publication {
	unsigned int steps;
	unsigned int go;
	bool last;
	unsigned int bad;
	const char *error;
};

static void publication_step(struct test_list *t)
{
	unsigned long tree = t->shared.pfn_to_mfn_frame_list_list;
	struct publication *seen = t->arg;

	seen->steps++;
	seen->last = t->shared.p2m_cr3;
	seen->go += seen->last;
	if (!seen->last && (!tree || tree == ~0UL))
		return;
	if (!p2m_reader_read(&t->reader)) {
		seen->bad++;
		seen->error = t->reader.error;
	}
}

/* The linear list is on offer at the last step only, and complete. */
static void expect_publication(struct kunit *test, struct test_list *t,
			       const struct publication *seen)
{
	KUNIT_EXPECT_EQ_MSG(test, seen->bad, 0, "unreadable steps: %s",
			    seen->error);
	KUNIT_EXPECT_GE_MSG(test, seen->steps, 5, "one for each field");
	KUNIT_EXPECT_EQ_MSG(test, seen->go, 1, "p2m_cr3 before the last step");
	KUNIT_EXPECT_TRUE_MSG(test, seen->last, "p2m_cr3 is not the last");
	KUNIT_EXPECT_EQ(test, t->shared.p2m_cr3,
			xen_pfn_to_cr3(virt_to_mfn(swapper_pg_dir)));
	KUNIT_EXPECT_EQ(test, t->shared.p2m_vaddr,
			(unsigned long)t->list.base);
	KUNIT_EXPECT_EQ(test, t->shared.p2m_generation, t->list.generation);
	KUNIT_EXPECT_EQ(test, t->shared.max_pfn, t->list.max_pfn);
	test_expect_readable(test, t);
}

static void p2m_publication_at_boot(struct kunit *test)
{
	struct test_list *t = test_list_new(test, TOP_PFNS);
	struct publication seen = {};

	KUNIT_ASSERT_EQ(test, p2m_grow(&t->list, 0, GIB_PFNS + 1), 0);
	KUNIT_EXPECT_EQ_MSG(test, t->shared.p2m_cr3, 0, "published by growth");
	KUNIT_EXPECT_EQ(test, t->shared.pfn_to_mfn_frame_list_list, 0);
	memset(&t->shared, 0, sizeof(t->shared));

	t->arg = &seen;
	t->step = publication_step;
	test_publish(t);
	t->step = NULL;
	expect_publication(test, t, &seen);
}

/* With everything wrong that another host can have left in the fields. */
static void p2m_publication_at_resume(struct kunit *test)
{
	struct test_list *t = test_list_published(test, TOP_PFNS);
	struct publication seen = {};

	KUNIT_ASSERT_EQ(test, p2m_grow(&t->list, GIB_PFNS, 1), 0);
	t->shared = (struct arch_shared_info) {
		.max_pfn = ~0UL,
		.p2m_cr3 = STALE_CR3,
		.p2m_vaddr = 0xdead,
		.p2m_generation = 1,
	};
	restore_tree(&t->list);
	t->arg = &seen;
	t->step = publication_step;
	republish(t);
	t->step = NULL;
	expect_publication(test, t, &seen);

	/* A cancelled suspend: what is still on offer is withdrawn first. */
	seen = (struct publication) {};
	t->step = publication_step;
	republish(t);
	t->step = NULL;
	expect_publication(test, t, &seen);
	KUNIT_EXPECT_GE_MSG(test, seen.steps, 6, "not withdrawn first");
}

static void p2m_publication_of_tree_only(struct kunit *test)
{
	struct test_list *t = test_list_new(test, TOP_PFNS);

	t->list.tree_only = true;
	KUNIT_ASSERT_EQ(test, p2m_set_growing(&t->list, 700, TEST_MFN(700)), 0);
	test_publish(t);
	KUNIT_EXPECT_EQ(test, t->shared.p2m_cr3, 0);
	test_expect_readable(test, t);
	KUNIT_EXPECT_EQ_MSG(test, t->reader.list.nr, 0,
			    "a linear list was read");
	KUNIT_EXPECT_EQ(test, p2m_view_entry(&t->reader.tree, 700),
			TEST_MFN(700));

	test_watch_start(t);
	KUNIT_EXPECT_EQ(test, p2m_grow(&t->list, GIB_PFNS, 1), 0);
	test_watch_stop(t);
	test_expect_watched(test, t, 1);

	/* Not even what another host has left there is kept. */
	replay_restore(test, t);
	KUNIT_EXPECT_EQ(test, t->shared.p2m_cr3, 0);
	test_expect_readable(test, t);
	KUNIT_EXPECT_EQ(test, p2m_view_entry(&t->reader.tree, 700),
			TEST_MFN(700));
}

static struct kunit_case restore_cases[] = {
	KUNIT_CASE(p2m_restore_keeps_lookups), /* #7 */
	KUNIT_CASE(p2m_restore_renews_all_tops), /* #15 */
	KUNIT_CASE(p2m_restore_takes_no_memory), /* #2 */
	KUNIT_CASE(p2m_restore_of_a_long_domu),
	KUNIT_CASE(p2m_publication_at_boot),
	KUNIT_CASE(p2m_publication_at_resume),
	KUNIT_CASE(p2m_publication_of_tree_only),
	{}
};

static struct kunit_suite restore_suite = {
	.name = "xen_p2m_restore",
	.init = test_list_case_init,
	.exit = test_list_case_exit,
	.test_cases = restore_cases,
};

kunit_test_suite(restore_suite);
