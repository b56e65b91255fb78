// SPDX-License-Identifier: GPL-2.0-only
/*
 * Private lists: how they are built and destroyed, the start and the end of a
 * case that has one, and what all of those cases expect.
 */
#include <kunit/test.h>
#include <linux/align.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/preempt.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/vmalloc.h>

#include "p2m/check.h"
#include "lists.h"

/* Building */

/* The PUD tables; with four levels they exist, with five they stay. */
static int test_alloc_pud_tables(unsigned long addr, unsigned long end)
{
	for (; addr < end; addr += PUD_SIZE) {
		p4d_t *p4d = p4d_alloc(&init_mm, pgd_offset_k(addr), addr);

		if (!p4d || !pud_alloc(&init_mm, p4d, addr))
			return -ENOMEM;
	}

	return 0;
}

/**
 * test_list_reserve - an area for a list
 * @t: a test list without one
 * @reach: pfns
 *
 * High in the vmalloc area, where nothing has left page tables behind.
 *
 * Return: 0 or -ENOMEM.
 */
int test_list_reserve(struct test_list *t, unsigned long reach)
{
	unsigned long size = reach * sizeof(unsigned long);
	unsigned long start = ALIGN(VMALLOC_START / 2 + VMALLOC_END / 2,
				    PUD_SIZE);
	unsigned long base;

	t->area = __get_vm_area_caller(size + PUD_SIZE, VM_MAP, start,
				       VMALLOC_END,
				       __builtin_return_address(0));
	if (!t->area)
		return -ENOMEM;

	base = (unsigned long)test_list_base(t);
	return test_alloc_pud_tables(base, base + size);
}

/**
 * test_list_base - the part of the area that a list may have
 * @t: the list
 */
unsigned long *test_list_base(const struct test_list *t)
{
	return PTR_ALIGN(t->area->addr, PUD_SIZE);
}

/**
 * test_list_is_unmapped - is nothing mapped for any pfn?
 * @t: a list that has its area
 * @reach: pfns
 */
bool test_list_is_unmapped(const struct test_list *t, unsigned long reach)
{
	unsigned long pfn;

	for (pfn = 0; pfn < reach; pfn += TOP_PFNS)
		if (*test_pud_entry(t, pfn))
			return false;

	return true;
}

/**
 * test_list_init - p2m_init() with the operations of a test
 * @t: a list that has its area
 * @reach: pfns
 *
 * Return: as p2m_init().
 */
int test_list_init(struct test_list *t, unsigned long reach)
{
	return p2m_init(&t->list, test_list_base(t), reach, &test_ops);
}

/**
 * test_list_create - an empty list that publishes nothing
 * @t: zeroed memory
 * @reach: pfns
 *
 * Return: 0 or a negative errno; test_list_destroy() is needed either way.
 */
int test_list_create(struct test_list *t, unsigned long reach)
{
	int err = p2m_reader_init(&t->reader, &t->shared, TEST_EXTENTS);

	if (!err)
		err = test_list_reserve(t, reach);
	if (!err && !test_list_is_unmapped(t, reach))
		err = -EBUSY;

	return err ?: test_list_init(t, reach);
}

/* Destroying */

static void test_free_table(struct test_list *t, u64 *table)
{
	struct p2m_list *list = &t->list;

	if (!WARN_ON_ONCE(test_ops.unprotect(list, table)))
		test_ops.free(list, table, PAGE_SIZE);
}

static void test_free_pmd_table(struct test_list *t, u64 *pmd)
{
	unsigned int n;

	for (n = 0; n < P2M_PER_PAGE; n++) {
		u64 *pte = test_entry_page(pmd[n]);

		if (pte != t->list.sentinel.pte)
			test_free_table(t, pte);
	}
	test_free_table(t, pmd);
}

/*
 * Unlink them all first, and free them once no cpu can walk them.  Xen leaves
 * what becomes of an unlinked table to the next MMU hypercall of the same vcpu
 * (PTF_defer in arch/x86/mm.c), so this must not move to another before.
 */
static void test_free_tables(struct test_list *t)
{
	unsigned long nr = t->list.reach >> P2M_MID_SHIFT, i;
	u64 **pmd = kcalloc(P2M_TOP_SLOTS, sizeof(*pmd),
			    GFP_KERNEL | __GFP_NOFAIL);

	preempt_disable();
	for (i = 0; i < nr; i++) {
		struct p2m_update update = {
			.entry = test_pud_entry(t, i << P2M_MID_SHIFT),
		};

		if (!*update.entry)
			continue;
		pmd[i] = test_entry_page(*update.entry);
		if (WARN_ON(!test_write_entry(&t->list, &update)))
			pmd[i] = NULL;
	}
	test_ops.flush(&t->list);
	preempt_enable();
	for (i = 0; i < nr; i++)
		if (pmd[i] && pmd[i] != t->list.sentinel.pmd)
			test_free_pmd_table(t, pmd[i]);
	kfree(pmd);
}

static void test_free_leaf(struct test_list *t, unsigned long slot)
{
	if (p2m_slot_has_leaf(&t->list, slot))
		test_ops.free(&t->list, p2m_slot_leaf(&t->list, slot),
			     PAGE_SIZE);
	if (p2m_slot_is_mixed(slot))
		test_ops.free(&t->list, p2m_slot_mixed(slot),
			     sizeof(struct p2m_mixed));
}

static void test_free_nodes(struct test_list *t, unsigned long slot,
			    unsigned int shift)
{
	unsigned long *node = (unsigned long *)slot;
	unsigned int n;

	if (shift == P2M_LEAF_SHIFT) {
		test_free_leaf(t, slot);
		return;
	}
	if (p2m_slot_is_constant(slot))
		return;
	for (n = 0; n < P2M_PER_PAGE; n++)
		test_free_nodes(t, node[n], shift - P2M_LEVEL_BITS);
	test_ops.free(&t->list, node, PAGE_SIZE);
}

static void test_free_tree(struct test_list *t)
{
	struct p2m_tree *tree = &t->list.tree;
	void *pages[] = { tree->top, tree->mid_missing, tree->mid };
	unsigned int i;

	for (i = 0; tree->mid && i < P2M_PER_PAGE; i++)
		if (t->list.count.tree_mids && tree->mid[i])
			test_ops.free(&t->list, tree->mid[i], PAGE_SIZE);
	for (i = 0; i < ARRAY_SIZE(pages); i++)
		if (pages[i])
			test_ops.free(&t->list, pages[i], PAGE_SIZE);
}

static void test_free_sentinels(struct test_list *t)
{
	const struct p2m_sentinels *sentinel = &t->list.sentinel;
	void *tables[] = { sentinel->leaf, sentinel->pte, sentinel->pmd };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(tables); i++)
		if (tables[i])
			test_free_table(t, tables[i]);
	if (t->list.scratch)
		test_ops.free(&t->list, t->list.scratch, PAGE_SIZE);
}

/**
 * test_list_destroy - give back all that a list consists of
 * @t: the list, however far it got
 *
 * What the list has lost track of is left in @t->live.
 */
void test_list_destroy(struct test_list *t)
{
	unsigned int i;

	t->watch.on = false;
	t->step = NULL;
	t->flush = NULL;
	if (t->release)
		t->release(t);
	t->release = NULL;
	if (t->area && t->list.reach) {
		test_free_tables(t);
		for (i = 0; i < P2M_TOP_SLOTS; i++)
			test_free_nodes(t, t->list.top[i], P2M_MID_SHIFT);
		test_free_tree(t);
		test_free_sentinels(t);
	}
	if (t->area)
		free_vm_area(t->area);
	p2m_reader_destroy(&t->reader);
	t->area = NULL;
	memset(&t->list, 0, sizeof(t->list));
}

/* The list of a case */

/**
 * test_list_case_init - room for the list of a case, in @test->priv
 * @test: the case
 *
 * Return: 0 or -ENOMEM.
 */
int test_list_case_init(struct kunit *test)
{
	test->priv = kunit_kzalloc(test, sizeof(struct test_list), GFP_KERNEL);
	if (!test->priv)
		return -ENOMEM;

	WRITE_ONCE(p2m_step_hook, test_stored);

	return 0;
}

/**
 * test_list_case_exit - destroy the list of a case
 * @test: the case
 *
 * Whatever the case did, the list must know all that it has allocated.
 */
void test_list_case_exit(struct kunit *test)
{
	struct test_list *t = test->priv;

	WRITE_ONCE(p2m_step_hook, NULL);
	if (!t)
		return;
	test_list_destroy(t);
	KUNIT_EXPECT_EQ_MSG(test, t->live, 0, "objects leaked or freed twice");
}

/**
 * test_list_new - the list of a test case, destroyed when the case ends
 * @test: the case
 * @reach: pfns
 */
struct test_list *test_list_new(struct kunit *test, unsigned long reach)
{
	struct test_list *t = test->priv;

	KUNIT_ASSERT_EQ_MSG(test, test_list_create(t, reach), 0,
			    "cannot build a private list");
	return t;
}

/**
 * test_publish - p2m_publish()
 * @t: the list
 */
void test_publish(struct test_list *t)
{
	preempt_disable();
	p2m_publish(&t->list);
	preempt_enable();
}

/**
 * test_list_published - the same with one leaf, and published
 * @test: the case
 * @reach: pfns
 */
struct test_list *test_list_published(struct kunit *test, unsigned long reach)
{
	struct test_list *t = test_list_new(test, reach);

	KUNIT_ASSERT_EQ(test, p2m_grow(&t->list, 0, 1), 0);
	test_publish(t);

	return t;
}

/* What every case expects */

/**
 * test_expect_readable - a reader outside finds nothing wrong
 * @test: the case
 * @t: a published list
 */
void test_expect_readable(struct kunit *test, struct test_list *t)
{
	struct p2m_reader *r = &t->reader;

	KUNIT_EXPECT_TRUE_MSG(test, p2m_reader_read(r),
			      "reader: %s (at %#lx: %#lx)", r->error, r->where,
			      r->what);
	KUNIT_EXPECT_EQ(test, t->shared.p2m_generation, t->list.generation);
	KUNIT_EXPECT_EQ(test, t->shared.max_pfn, t->list.max_pfn);
}

/**
 * test_expect_sound - the list agrees with itself, by every way there is
 * @test: the case
 * @t: a published list
 *
 * p2m_check() trusts the frames that it finds, so the reader, which does not,
 * goes first.  It takes a while: for cases that change much at once.
 */
void test_expect_sound(struct kunit *test, struct test_list *t)
{
	struct p2m_check check;

	test_expect_readable(test, t);
	if (t->reader.error)
		return;
	p2m_check(&t->list, &check);
	KUNIT_EXPECT_EQ_MSG(test, check.bad_leaf, 0, "index and tables differ");
	KUNIT_EXPECT_EQ_MSG(test, check.bad_tree, 0, "index and tree differ");
	KUNIT_EXPECT_EQ_MSG(test, check.bad_entry, 0, "entries differ");
	KUNIT_EXPECT_EQ_MSG(test, check.bad_tail, 0, "frames past max_pfn");
}

MODULE_DESCRIPTION("KUnit tests of the Xen PV p2m list");
MODULE_LICENSE("GPL");
