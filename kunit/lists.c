// SPDX-License-Identifier: GPL-2.0-only
/*
 * Private lists.  Under Xen PV the operations end in the hypercalls of the
 * live list, elsewhere in plain stores, so the same cases run in both.
 *
 * New objects hold rubbish and freed ones are overwritten, so that a case
 * fails that relies on memory being clear, or on memory that is gone.
 */
#include <linux/align.h>
#include <linux/mm.h>
#include <linux/pgalloc.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/vmalloc.h>

#include <asm/tlbflush.h>
#include <xen/xen.h>

#include "lists.h"

#define FRESH_BYTE	0x5a
#define FREED_BYTE	0xa5

static struct test_list *to_test_list(struct p2m_list *list)
{
	return container_of(list, struct test_list, list);
}

/* True for the nth call, once. */
static bool test_fails(unsigned long *nth)
{
	return *nth && !--*nth;
}

/* True for the nth object, once.  A block that has it is not to be had. */
static bool test_alloc_fails(unsigned long *nth, unsigned int nr)
{
	if (nr == 1 || !*nth)
		return test_fails(nth);
	if (*nth <= nr)
		return true;

	*nth -= nr;
	return false;
}

/* Watching */

static void watch_error(struct test_watch *w, const char *error,
			unsigned long where, unsigned long what)
{
	if (w->error)
		return;
	w->error = error;
	w->where = where;
	w->what = what;
}

/* Old until the generation is odd, new once it is even again. */
static void watch_generation(struct test_watch *w, unsigned long generation,
			     u64 hash)
{
	if (generation == w->generation) {
		if (hash != w->hash)
			watch_error(w, "changed outside of a bracket",
				    w->steps, generation);
	} else if (generation == w->generation + 2) {
		w->generation = generation;
		w->hash = hash;
		w->commits++;
	} else if (generation != w->generation + 1) {
		watch_error(w, "generation jumped", w->generation, generation);
	}
}

static void watch_step(struct test_list *t)
{
	struct test_watch *w = &t->watch;
	struct p2m_reader *r = &t->reader;
	const char *error;

	w->steps++;
	r->allow_odd = true;
	if (!p2m_reader_read(r)) {
		watch_error(w, r->error, r->where, r->what);
	} else {
		watch_generation(w, r->seen.p2m_generation,
				 p2m_reader_hash(r));
		error = w->check ? w->check(r, w->arg) : NULL;
		if (error)
			watch_error(w, error, w->steps, r->seen.p2m_generation);
	}
	r->allow_odd = false;
}

/**
 * test_watch_start - look at every step from now on
 * @t: a published list
 *
 * At each the list has to be readable; it is as it was until the generation
 * is odd, and stays as it is once the generation is even again.
 */
void test_watch_start(struct test_list *t)
{
	struct test_watch *w = &t->watch;

	w->steps = 0;
	w->commits = 0;
	w->error = NULL;
	if (!p2m_reader_read(&t->reader))
		watch_error(w, t->reader.error, t->reader.where,
			    t->reader.what);
	w->generation = t->shared.p2m_generation;
	w->hash = p2m_reader_hash(&t->reader);
	w->on = true;
}

/**
 * test_watch_stop - stop looking, after a last look
 * @t: the list
 */
void test_watch_stop(struct test_list *t)
{
	struct test_watch *w = &t->watch;

	watch_step(t);
	w->on = false;
	if (w->generation != t->shared.p2m_generation)
		watch_error(w, "generation left odd", w->generation,
			    t->shared.p2m_generation);
}

static void test_op_step(struct p2m_list *list)
{
	struct test_list *t = to_test_list(list);

	if (t->step)
		t->step(t);
	if (t->watch.on)
		watch_step(t);
}

/* The operations */

static void *test_alloc_pages(unsigned int order)
{
	struct page *page = alloc_pages(GFP_KERNEL, order);

	if (!page)
		return NULL;
	split_page(page, order);

	return page_address(page);
}

static void *test_op_alloc(struct p2m_list *list, size_t size)
{
	struct test_list *t = to_test_list(list);
	unsigned int nr = size < PAGE_SIZE ? 1 : size / PAGE_SIZE;
	void *object;

	t->calls.alloc++;
	if (test_alloc_fails(&t->fail.alloc, nr))
		return NULL;

	if (size < PAGE_SIZE)
		object = kmalloc(size, GFP_KERNEL);
	else
		object = test_alloc_pages(get_order(size));
	if (!object)
		return NULL;

	memset(object, FRESH_BYTE, size);
	t->live += nr;
	return object;
}

static void test_op_free(struct p2m_list *list, void *object, size_t size)
{
	memset(object, FREED_BYTE, size);
	if (size == PAGE_SIZE)
		free_page((unsigned long)object);
	else
		kfree(object);
	to_test_list(list)->live--;
}

static int test_op_protect(struct p2m_list *list, void *page)
{
	struct test_list *t = to_test_list(list);

	t->calls.protect++;
	if (test_fails(&t->fail.protect))
		return -EBUSY;

	t->protected++;
	return xen_pv_domain() ? xen_p2m_ops.protect(list, page) : 0;
}

static int test_op_unprotect(struct p2m_list *list, void *page)
{
	to_test_list(list)->protected--;
	return xen_pv_domain() ? xen_p2m_ops.unprotect(list, page) : 0;
}

static bool test_write_entry(struct p2m_list *list,
			     const struct p2m_update *update)
{
	if (xen_pv_domain())
		return xen_p2m_ops.apply(list, update, 1) == 1;

	WRITE_ONCE(*update->entry, update->val);
	return true;
}

/* One at a time, so that each can be looked at. */
static unsigned int test_op_apply(struct p2m_list *list,
				  const struct p2m_update *updates,
				  unsigned int nr)
{
	struct test_list *t = to_test_list(list);
	unsigned int i;

	for (i = 0; i < nr; i++) {
		if (test_fails(&t->fail.apply) ||
		    !test_write_entry(list, &updates[i]))
			return i;
		t->calls.apply++;
		test_op_step(list);
	}

	return nr;
}

static void test_op_flush(struct p2m_list *list)
{
	to_test_list(list)->calls.flush++;
	if (xen_pv_domain())
		xen_p2m_ops.flush(list);
	else
		flush_tlb_all();
}

static struct arch_shared_info *test_op_shared(struct p2m_list *list)
{
	return &to_test_list(list)->shared;
}

const struct p2m_ops test_ops = {
	.alloc = test_op_alloc,
	.free = test_op_free,
	.protect = test_op_protect,
	.unprotect = test_op_unprotect,
	.apply = test_op_apply,
	.flush = test_op_flush,
	.shared = test_op_shared,
	.step = test_op_step,
};

/* Where the tables of a list are */

/**
 * test_pud_entry - the PUD entry by which a pfn's entry is mapped
 * @t: a list that has its area
 * @pfn: below the reach
 */
u64 *test_pud_entry(const struct test_list *t, unsigned long pfn)
{
	unsigned long addr = (unsigned long)(test_list_base(t) + pfn);
	p4d_t *p4d = p4d_offset(pgd_offset_k(addr), addr);

	return (u64 *)pud_offset(p4d, addr);
}

/**
 * test_pte_entry - the PTE by which a pfn's entry is mapped
 * @t: the list
 * @pfn: below the reach
 *
 * Return: NULL if there is none.
 */
u64 *test_pte_entry(const struct test_list *t, unsigned long pfn)
{
	unsigned int level;
	pte_t *pte = lookup_address((unsigned long)(test_list_base(t) + pfn),
				    &level);

	return level == PG_LEVEL_4K ? (u64 *)pte : NULL;
}

/**
 * test_list_remap - map an entry's page to something else, as a stale TLB does
 * @t: the list
 * @pfn: below the reach
 * @entry: what to map it to
 */
bool test_list_remap(struct test_list *t, unsigned long pfn, u64 entry)
{
	struct p2m_update update = { test_pte_entry(t, pfn), entry };
	bool ok = test_write_entry(&t->list, &update);

	test_op_flush(&t->list);
	return ok;
}

/* The table that an entry of another table leads to. */
static u64 *test_table_below(u64 entry)
{
	return mfn_to_virt(pte_mfn(__pte_ma(entry)));
}

static bool test_is_own_table(const u64 *table, const u64 *sentinel)
{
	return table != sentinel;
}

/* Building and giving back */

/* PUD tables of the area exist on 4-level machines, and otherwise stay. */
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
 * Taken high, where nothing else has left page tables behind.
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

static void test_free_table(struct test_list *t, u64 *table)
{
	struct p2m_list *list = &t->list;

	if (!test_op_unprotect(list, table))
		test_op_free(list, table, PAGE_SIZE);
}

static void test_free_pmd_table(struct test_list *t, u64 *pmd)
{
	unsigned int n;

	for (n = 0; n < P2M_NODE_SLOTS; n++) {
		u64 *pte = test_table_below(pmd[n]);

		if (test_is_own_table(pte, t->list.pte))
			test_free_table(t, pte);
	}
	test_free_table(t, pmd);
}

/* First out of reach of the hardware, only then back to the allocator. */
static void test_free_tables(struct test_list *t)
{
	unsigned long nr = t->list.reach >> P2M_MID_SHIFT, i;
	u64 **pmd = kcalloc(P2M_TOP_SLOTS, sizeof(*pmd),
			    GFP_KERNEL | __GFP_NOFAIL);

	for (i = 0; i < nr; i++) {
		struct p2m_update update = {
			.entry = test_pud_entry(t, i << P2M_MID_SHIFT),
		};

		if (!*update.entry)
			continue;
		pmd[i] = test_table_below(*update.entry);
		if (WARN_ON(!test_write_entry(&t->list, &update)))
			pmd[i] = NULL;
	}
	test_op_flush(&t->list);
	for (i = 0; i < nr; i++)
		if (pmd[i] && test_is_own_table(pmd[i], t->list.pmd))
			test_free_pmd_table(t, pmd[i]);
	kfree(pmd);
}

static void test_free_leaf(struct test_list *t, unsigned long slot)
{
	if (p2m_leaf_is_owned(&t->list, slot))
		test_op_free(&t->list, p2m_slot_leaf(&t->list, slot),
			     PAGE_SIZE);
	if (p2m_slot_is_mixed(slot))
		test_op_free(&t->list, p2m_slot_mixed(slot),
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
	for (n = 0; n < P2M_NODE_SLOTS; n++)
		test_free_nodes(t, node[n], shift - P2M_LEAF_SHIFT);
	test_op_free(&t->list, node, PAGE_SIZE);
}

static void test_free_tree(struct test_list *t)
{
	struct p2m_tree *tree = &t->list.tree;
	void *pages[] = { tree->top, tree->mid_missing, tree->mid };
	unsigned int i;

	for (i = 0; tree->mid && i < P2M_NODE_SLOTS; i++)
		if (t->list.count.tree_mids && tree->mid[i])
			test_op_free(&t->list, tree->mid[i], PAGE_SIZE);
	for (i = 0; i < ARRAY_SIZE(pages); i++)
		if (pages[i])
			test_op_free(&t->list, pages[i], PAGE_SIZE);
}

static void test_free_sentinels(struct test_list *t)
{
	void *tables[] = { t->list.leaf, t->list.pte, t->list.pmd };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(tables); i++)
		if (tables[i])
			test_free_table(t, tables[i]);
	if (t->list.pending)
		test_op_free(&t->list, t->list.pending, PAGE_SIZE);
}

/**
 * test_list_destroy - give back all that a list consists of
 * @t: the list, however far it got
 *
 * What the list had forgotten about is in @t->live afterwards.
 */
void test_list_destroy(struct test_list *t)
{
	unsigned int i;

	t->watch.on = false;
	t->step = NULL;
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

/**
 * test_list_case_init - room for the list of a case, in @test->priv
 * @test: the case
 *
 * Return: 0 or -ENOMEM.
 */
int test_list_case_init(struct kunit *test)
{
	test->priv = kunit_kzalloc(test, sizeof(struct test_list), GFP_KERNEL);

	return test->priv ? 0 : -ENOMEM;
}

/**
 * test_list_case_exit - destroy the list of a case
 * @test: the case
 *
 * Whatever the case did, the list must know of all that it has allocated.
 */
void test_list_case_exit(struct kunit *test)
{
	struct test_list *t = test->priv;

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
 * test_list_published - the same with one leaf, and published
 * @test: the case
 * @reach: pfns
 */
struct test_list *test_list_published(struct kunit *test, unsigned long reach)
{
	struct test_list *t = test_list_new(test, reach);

	KUNIT_ASSERT_EQ(test, p2m_grow(&t->list, 0, 1), 0);
	p2m_publish(&t->list);

	return t;
}

/* Everything, as numbers */

static u64 state_mix(u64 hash, const void *words, size_t size)
{
	const u64 *word = words;
	size_t i;

	for (i = 0; i < size / sizeof(*word); i++) {
		hash = (hash ^ word[i]) * 0x9e3779b97f4a7c15ULL;
		hash ^= hash >> 29;
	}

	return hash;
}

static void state_take_slots(struct test_list *t, struct test_state *state,
			     const unsigned long *slots, unsigned int nr,
			     unsigned int shift)
{
	struct p2m_mixed *mixed;
	unsigned int n;

	state->index = state_mix(state->index, slots, nr * sizeof(*slots));
	for (n = 0; n < nr; n++) {
		if (p2m_slot_is_constant(slots[n]))
			continue;
		if (shift != P2M_LEAF_SHIFT) {
			state_take_slots(t, state, (void *)slots[n],
					 P2M_NODE_SLOTS,
					 shift - P2M_LEAF_SHIFT);
			continue;
		}
		mixed = p2m_slot_mixed(slots[n]);
		if (p2m_slot_is_mixed(slots[n]))
			state->index = state_mix(state->index, mixed,
						 sizeof(*mixed));
		state->entries = state_mix(state->entries,
					   p2m_slot_leaf(&t->list, slots[n]),
					   PAGE_SIZE);
	}
}

static void state_take_pmd_table(struct test_list *t, struct test_state *state,
				 const u64 *pmd)
{
	unsigned int n;

	state->tables = state_mix(state->tables, pmd, PAGE_SIZE);
	for (n = 0; n < P2M_NODE_SLOTS; n++) {
		u64 *pte = test_table_below(pmd[n]);

		if (test_is_own_table(pte, t->list.pte))
			state->tables = state_mix(state->tables, pte,
						  PAGE_SIZE);
	}
}

static void state_take_tables(struct test_list *t, struct test_state *state)
{
	unsigned long pfn;

	state->tables = state_mix(0, t->list.pte, PAGE_SIZE);
	state->tables = state_mix(state->tables, t->list.pmd, PAGE_SIZE);
	for (pfn = 0; pfn < t->list.reach; pfn += TOP_PFNS) {
		u64 *entry = test_pud_entry(t, pfn);
		u64 *pmd = test_table_below(*entry);

		state->tables = state_mix(state->tables, entry, sizeof(*entry));
		if (test_is_own_table(pmd, t->list.pmd))
			state_take_pmd_table(t, state, pmd);
	}
}

static void state_take_tree(struct test_list *t, struct test_state *state)
{
	const struct p2m_tree *tree = &t->list.tree;
	unsigned int n;

	state->tree = state_mix(0, tree->top, PAGE_SIZE);
	state->tree = state_mix(state->tree, tree->mid, PAGE_SIZE);
	state->tree = state_mix(state->tree, tree->mid_missing, PAGE_SIZE);
	for (n = 0; n < P2M_NODE_SLOTS; n++)
		if (tree->mid[n])
			state->tree = state_mix(state->tree, tree->mid[n],
						PAGE_SIZE);
}

/**
 * test_state_take - a record of everything
 * @t: the list
 * @state: the record
 */
void test_state_take(struct test_list *t, struct test_state *state)
{
	struct arch_shared_info shared = t->shared;

	*state = (struct test_state) {
		.max_pfn = t->list.max_pfn,
		.generation = t->list.generation,
		.live = t->live,
		.protected = t->protected,
		.count = t->list.count,
	};
	shared.p2m_generation = 0;
	state->shared = state_mix(0, &shared, sizeof(shared));
	state_take_slots(t, state, t->list.top, P2M_TOP_SLOTS, P2M_MID_SHIFT);
	state->entries = state_mix(state->entries, t->list.leaf, PAGE_SIZE);
	state_take_tables(t, state);
	state_take_tree(t, state);
}

/**
 * test_state_differs - what has changed
 * @a: before
 * @b: after
 *
 * Of the generation only the parity counts.
 *
 * Return: the name of the first part that differs, or NULL.
 */
const char *test_state_differs(const struct test_state *a,
			       const struct test_state *b)
{
	if (a->index != b->index)
		return "index";
	if (a->entries != b->entries)
		return "entries";
	if (a->tables != b->tables)
		return "page tables";
	if (a->tree != b->tree)
		return "tree";
	if (a->shared != b->shared)
		return "published fields";
	if (a->max_pfn != b->max_pfn)
		return "max_pfn";
	if ((a->generation ^ b->generation) & 1)
		return "parity of the generation";
	if (a->live != b->live)
		return "number of objects";
	if (a->protected != b->protected)
		return "number of protected pages";
	if (memcmp(&a->count, &b->count, sizeof(a->count)))
		return "counters";
	return NULL;
}

/* What every case expects */

/**
 * test_expect_readable - a reader outside finds nothing to complain of
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
 * p2m_check() believes that what it finds are frames, so a reader that does
 * not goes first.  It takes a while, too: for cases that change much at once.
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

/**
 * test_expect_watched - all steps were as they have to be
 * @test: the case
 * @t: the list, after test_watch_stop()
 * @commits: brackets that there must have been
 */
void test_expect_watched(struct kunit *test, struct test_list *t,
			 unsigned long commits)
{
	const struct test_watch *w = &t->watch;

	KUNIT_EXPECT_NULL_MSG(test, w->error, "step: %s (at %#lx: %#lx)",
			      w->error, w->where, w->what);
	KUNIT_EXPECT_EQ_MSG(test, w->commits, commits, "number of commits");
}

/**
 * test_owned - has a pfn a leaf of its own?
 * @t: the list
 * @pfn: below the reach
 */
bool test_owned(const struct test_list *t, unsigned long pfn)
{
	unsigned int shift;
	unsigned long slot = p2m_slot(&t->list, pfn, &shift);

	return shift == P2M_LEAF_SHIFT && p2m_leaf_is_owned(&t->list, slot);
}

MODULE_DESCRIPTION("KUnit tests of the Xen PV p2m list");
MODULE_LICENSE("GPL");
