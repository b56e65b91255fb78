/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Private p2m lists for tests: mapped for real, by the page tables of this
 * kernel, in an area of their own; with operations that count, that fail when
 * told to, and that let a test look at each step.
 */
#ifndef _XEN_P2M_KUNIT_LISTS_H
#define _XEN_P2M_KUNIT_LISTS_H

#include <kunit/test.h>

#include "p2m.h"
#include "p2m/grow.h"
#include "p2m/mark.h"
#include "p2m/publish.h"
#include "p2m/runs.h"
#include "p2m/set.h"
#include "reader.h"

#define TEST_EXTENTS	2048

/**
 * struct test_watch - what was seen while something changed
 * @on: look at every step
 * @steps: steps seen
 * @commits: how often the generation moved on by two
 * @generation: the last even one
 * @hash: of the mapping that was read then
 * @check: the test's own check of what was read; may be NULL.  Returns what is
 *	wrong, or NULL.
 * @arg: for @check
 * @error: what was wrong first, or NULL
 * @where: with it
 * @what: with it
 */
struct test_watch {
	bool on;
	unsigned long steps;
	unsigned long commits;
	unsigned long generation;
	u64 hash;
	const char *(*check)(const struct p2m_reader *r, void *arg);
	void *arg;
	const char *error;
	unsigned long where;
	unsigned long what;
};

/**
 * struct test_fail - which call of an operation shall fail, counted from 1
 * @alloc: object that alloc is asked for; each page of a block is one
 * @protect: of protect
 * @apply: entry handed to apply; those before it are written
 *
 * 0 is none.  Each fails once.
 */
struct test_fail {
	unsigned long alloc;
	unsigned long protect;
	unsigned long apply;
};

/**
 * struct test_calls - how often an operation was called
 * @alloc: alloc
 * @apply: entries written
 */
struct test_calls {
	unsigned long alloc;
	unsigned long apply;
};

/**
 * struct test_list - a list, and all that belongs to it
 * @list: the list
 * @shared: what it publishes
 * @area: where it is mapped, NULL while there is none
 * @live: objects and pages allocated and not freed
 * @protected: pages protected and not unprotected
 * @calls: what was called so far
 * @fail: what shall fail
 * @watch: the step watcher
 * @reader: what it reads with
 * @step: called at every step, before @watch; may be NULL
 * @flush: called at every flush; may be NULL
 * @release: called before the list is destroyed; may be NULL
 * @arg: for @step, @flush and @release
 */
struct test_list {
	struct p2m_list list;
	struct arch_shared_info shared;
	struct vm_struct *area;
	long live;
	long protected;
	struct test_calls calls;
	struct test_fail fail;
	struct test_watch watch;
	struct p2m_reader reader;
	void (*step)(struct test_list *t);
	void (*flush)(struct test_list *t);
	void (*release)(struct test_list *t);
	void *arg;
};

/**
 * struct test_state - everything that a list consists of, as numbers
 * @index: top, nodes and bits, leaf addresses included
 * @entries: what the leaves hold
 * @tables: PUD entries and all tables below
 * @tree: top and mids
 * @shared: the published fields, except the generation
 * @max_pfn: of the list
 * @generation: of the list
 * @live: objects
 * @protected: pages
 * @count: of the list
 */
struct test_state {
	u64 index;
	u64 entries;
	u64 tables;
	u64 tree;
	u64 shared;
	unsigned long max_pfn;
	unsigned long generation;
	long live;
	long protected;
	struct p2m_count count;
};

/* lists.c: building and destroying, cases */

int test_list_create(struct test_list *t, unsigned long reach);
void test_list_destroy(struct test_list *t);
int test_list_reserve(struct test_list *t, unsigned long reach);
unsigned long *test_list_base(const struct test_list *t);
int test_list_init(struct test_list *t, unsigned long reach);
bool test_list_is_unmapped(const struct test_list *t, unsigned long reach);

/* The init and exit of every suite on private lists. */
int test_list_case_init(struct kunit *test);
void test_list_case_exit(struct kunit *test);
struct test_list *test_list_new(struct kunit *test, unsigned long reach);
struct test_list *test_list_published(struct kunit *test, unsigned long reach);
void test_publish(struct test_list *t);

void test_expect_readable(struct kunit *test, struct test_list *t);
void test_expect_sound(struct kunit *test, struct test_list *t);

/* ops.c: the operations */

extern const struct p2m_ops test_ops;
bool test_write_entry(struct p2m_list *list, const struct p2m_update *update);
void test_stored(struct p2m_list *list);

/* tables.c: the page tables */

u64 *test_pud_entry(const struct test_list *t, unsigned long pfn);
u64 *test_pte_entry(const struct test_list *t, unsigned long pfn);
bool test_list_remap(struct test_list *t, unsigned long pfn, u64 entry);
void *test_entry_page(u64 entry);

/* watch.c: the step watcher */

void test_watch_start(struct test_list *t);
void test_watch_step(struct test_list *t);
void test_watch_stop(struct test_list *t);
void test_expect_watched(struct kunit *test, struct test_list *t,
			 unsigned long commits);

/* state.c: a snapshot of everything */

void test_state_take(struct test_list *t, struct test_state *state);
const char *test_state_differs(const struct test_state *a,
			       const struct test_state *b);
void test_expect_unchanged(struct kunit *test, struct test_list *t,
			   const struct test_state *before);

/* Names for numbers of pfns. */
#define LEAF_PFNS	P2M_PER_PAGE
#define GIB_PFNS	BIT(P2M_BOTTOM_SHIFT)
#define TOP_PFNS	BIT(P2M_MID_SHIFT)

/* A frame number that no other pfn and no domain has. */
#define TEST_MFN(pfn)	(0x123400000000UL + (pfn))

#endif /* _XEN_P2M_KUNIT_LISTS_H */
