// SPDX-License-Identifier: GPL-2.0-only
/*
 * A snapshot of everything that a private list consists of, to tell whether
 * anything has changed: after a failure nothing may.
 */
#include <kunit/test.h>
#include <linux/string.h>

#include "lists.h"

static u64 state_mix(u64 hash, const void *words, size_t size)
{
	const u64 *word = words;
	size_t i;

	for (i = 0; i < size / sizeof(*word); i++)
		hash = reader_mix(hash, word[i]);

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
					 P2M_PER_PAGE,
					 shift - P2M_LEVEL_BITS);
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
	for (n = 0; n < P2M_PER_PAGE; n++) {
		u64 *pte = test_entry_page(pmd[n]);

		if (pte != t->list.sentinel.pte)
			state->tables = state_mix(state->tables, pte,
						  PAGE_SIZE);
	}
}

static void state_take_tables(struct test_list *t, struct test_state *state)
{
	const struct p2m_sentinels *sentinel = &t->list.sentinel;
	unsigned long pfn;

	state->tables = state_mix(0, sentinel->pte, PAGE_SIZE);
	state->tables = state_mix(state->tables, sentinel->pmd, PAGE_SIZE);
	for (pfn = 0; pfn < t->list.reach; pfn += TOP_PFNS) {
		u64 *entry = test_pud_entry(t, pfn);
		u64 *pmd = test_entry_page(*entry);

		state->tables = state_mix(state->tables, entry, sizeof(*entry));
		if (pmd != sentinel->pmd)
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
	for (n = 0; n < P2M_PER_PAGE; n++)
		if (tree->mid[n])
			state->tree = state_mix(state->tree, tree->mid[n],
						PAGE_SIZE);
}

/**
 * test_state_take - take a snapshot
 * @t: the list
 * @state: the snapshot
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
	state->entries = state_mix(state->entries, t->list.sentinel.leaf,
				   PAGE_SIZE);
	state_take_tables(t, state);
	state_take_tree(t, state);
}

/**
 * test_state_differs - what has changed
 * @a: before
 * @b: after
 *
 * Only the parity of the generation counts.
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

/**
 * test_expect_unchanged - nothing has changed
 * @test: the case
 * @t: the list
 * @before: its state before
 */
void test_expect_unchanged(struct kunit *test, struct test_list *t,
			   const struct test_state *before)
{
	struct test_state after;

	test_state_take(t, &after);
	KUNIT_EXPECT_STREQ(test, test_state_differs(before, &after) ?: "", "");
}
