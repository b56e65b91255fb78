// SPDX-License-Identifier: GPL-2.0-only
/*
 * Suite xen_p2m_smp: several cpus at once.  Threads note what they find wrong;
 * the case itself reports it.  Nothing depends on speed: each waits for passes
 * of the others, not for time.  With one cpu the threads take turns.
 *
 * "#n" names a defect of stock Linux that a case would show there; see
 * docs/stock-defects.md.
 */
#include <kunit/test.h>
#include <linux/bitmap.h>
#include <linux/cpumask.h>
#include <linux/kthread.h>
#include <linux/minmax.h>
#include <linux/sched.h>
#include <linux/sched/task.h>

#include "lists.h"
#include "p2m/check.h"

#define SMP_THREADS	4

struct smp_case;

/**
 * struct smp_thread - one thread of a case
 * @c: the case
 * @id: its number
 * @task: the task
 * @passes: how often it has done its work
 * @seen: for use by the work
 * @error: what it found wrong first, or NULL
 * @where: with it
 * @what: with it
 */
struct smp_thread {
	struct smp_case *c;
	unsigned int id;
	struct task_struct *task;
	unsigned long passes;
	unsigned long *seen;
	const char *error;
	unsigned long where;
	unsigned long what;
};

/**
 * struct smp_case - threads that do the same work on one list
 * @t: the list
 * @work: one pass of the work
 * @once: do one pass only
 * @nr: threads
 * @thread: the threads
 */
struct smp_case {
	struct test_list *t;
	void (*work)(struct smp_thread *th);
	bool once;
	unsigned int nr;
	struct smp_thread thread[SMP_THREADS];
};

static void smp_error(struct smp_thread *th, const char *error,
		      unsigned long where, unsigned long what)
{
	if (th->error)
		return;
	th->where = where;
	th->what = what;
	th->error = error;
}

static int smp_main(void *arg)
{
	struct smp_thread *th = arg;

	while (!kthread_should_stop()) {
		if (!th->c->once || !th->passes)
			th->c->work(th);
		/* Pairs with smp_wait_passes(): the work before the count. */
		smp_store_release(&th->passes, th->passes + 1);
		cond_resched();
	}

	return 0;
}

/* Let others run; on a single cpu that takes a sleep. */
static void smp_relax(void)
{
	if (num_online_cpus() == 1)
		schedule_timeout_uninterruptible(1);
	else
		cond_resched();
}

/* Wait until each thread has ended @nr more passes. */
static void smp_wait_passes(struct smp_case *c, unsigned long nr)
{
	unsigned long until[SMP_THREADS];
	unsigned int i;

	for (i = 0; i < c->nr; i++)
		until[i] = READ_ONCE(c->thread[i].passes) + nr;
	for (i = 0; i < c->nr; i++)
		/* Pairs with smp_main(). */
		while (smp_load_acquire(&c->thread[i].passes) < until[i])
			smp_relax();
}

static void smp_stop(struct kunit *test, struct smp_case *c)
{
	unsigned int i;

	for (i = 0; i < c->nr; i++) {
		struct smp_thread *th = &c->thread[i];

		kthread_stop(th->task);
		KUNIT_EXPECT_NULL_MSG(test, th->error,
				      "thread %u: %s (%#lx, %#lx)", i,
				      th->error, th->where, th->what);
	}
}

/* The next cpu, round robin; the first one is left to the case itself. */
static unsigned int smp_next_cpu(unsigned int cpu)
{
	unsigned int first = cpumask_first(cpu_online_mask);

	cpu = cpumask_next(cpu, cpu_online_mask);
	if (cpu >= nr_cpu_ids)
		cpu = cpumask_next(first, cpu_online_mask);

	return cpu < nr_cpu_ids ? cpu : first;
}

/* The threads, spread over the other cpus. */
static void smp_start(struct kunit *test, struct smp_case *c)
{
	unsigned int i, cpu = cpumask_first(cpu_online_mask);

	for (i = 0; i < SMP_THREADS; i++) {
		struct smp_thread *th = &c->thread[i];

		th->c = c;
		th->id = i;
		th->task = kthread_create(smp_main, th, "p2m_test/%u", i);
		if (IS_ERR(th->task))
			smp_stop(test, c);
		KUNIT_ASSERT_FALSE_MSG(test, IS_ERR(th->task),
				       "cannot create a thread");
		cpu = smp_next_cpu(cpu);
		kthread_bind(th->task, cpu);
		wake_up_process(th->task);
		c->nr++;
	}
}

static struct smp_case *smp_new(struct kunit *test, struct test_list *t,
				void (*work)(struct smp_thread *th))
{
	struct smp_case *c = kunit_kzalloc(test, sizeof(*c), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, c);
	c->t = t;
	c->work = work;
	return c;
}

/* Growers */

#define GROWERS_LEAVES	48UL
#define GROWERS_FIRST	(GIB_PFNS - GROWERS_LEAVES / 2 * LEAF_PFNS)

/* All grow the same leaves, each in its own order, and set their own entry. */
static void work_grow(struct smp_thread *th)
{
	static const unsigned int stride[SMP_THREADS] = { 1, 5, 7, 47 };
	struct p2m_list *list = &th->c->t->list;
	unsigned int i;
	int err;

	for (i = 0; i < GROWERS_LEAVES; i++) {
		unsigned long leaf = i * stride[th->id] % GROWERS_LEAVES;
		unsigned long pfn = GROWERS_FIRST + leaf * LEAF_PFNS + th->id;
		unsigned long nr = i % 3 * LEAF_PFNS + 1;

		nr = min(nr, GROWERS_FIRST + GROWERS_LEAVES * LEAF_PFNS - pfn);
		err = p2m_grow(list, pfn, nr);
		if (err)
			smp_error(th, "growth failed", pfn, err);
		if (!p2m_set(list, pfn, TEST_MFN(pfn)))
			smp_error(th, "set failed after growth", pfn, 0);
		if (p2m_lookup(list, pfn) != TEST_MFN(pfn))
			smp_error(th, "lookup after set", pfn,
				  p2m_lookup(list, pfn));
		cond_resched();
	}
}

/* #3, #4: stock hits a BUG when two cpus grow the tree in one GiB. */
static void p2m_growers_at_once(struct kunit *test)
{
	struct test_list *t = test_list_published(test, TOP_PFNS);
	struct smp_case *c = smp_new(test, t, work_grow);
	struct p2m_list *list = &t->list;
	unsigned long pfn, wrong = 0;
	unsigned int i;

	c->once = true;
	test_watch_start(t);
	smp_start(test, c);
	smp_wait_passes(c, 1);
	smp_stop(test, c);
	test_watch_stop(t);

	test_expect_watched(test, t, list->generation / 2 - 1);
	KUNIT_EXPECT_GE_MSG(test, t->watch.commits, 2, "less than one per GiB");
	KUNIT_EXPECT_LE_MSG(test, t->watch.commits, GROWERS_LEAVES,
			    "some mapped nothing");
	KUNIT_EXPECT_EQ(test, list->count.leaves, GROWERS_LEAVES + 1);
	KUNIT_EXPECT_EQ(test, list->max_pfn,
			GROWERS_FIRST + GROWERS_LEAVES * LEAF_PFNS);
	for (i = 0; i < GROWERS_LEAVES * LEAF_PFNS; i++) {
		pfn = GROWERS_FIRST + i;
		wrong += p2m_lookup(list, pfn) !=
			 (pfn % LEAF_PFNS < SMP_THREADS ? TEST_MFN(pfn) :
							  INVALID_P2M_ENTRY);
	}
	KUNIT_EXPECT_EQ_MSG(test, wrong, 0, "entries lost or made up");
	test_expect_sound(test, t);
}

/* Lookups */

#define LOOKUP_LEAVES	40UL
#define LOOKUP_PFNS	(LOOKUP_LEAVES * LEAF_PFNS)
#define LOOKUP_STRIDE	16

/* Identity: four leaves, and the first 100 entries of the next one. */
static unsigned long lookup_before(unsigned long pfn)
{
	if (pfn >= 4 * LEAF_PFNS && pfn < 8 * LEAF_PFNS + 100)
		return IDENTITY_FRAME(pfn);

	return INVALID_P2M_ENTRY;
}

static unsigned long lookup_after(unsigned long pfn)
{
	return pfn % LOOKUP_STRIDE ? lookup_before(pfn) : TEST_MFN(pfn);
}

/* Old or new, and old never after new. */
static void lookup_check(struct smp_thread *th, unsigned long pfn,
			 unsigned long mfn)
{
	if (mfn != lookup_before(pfn) && mfn != lookup_after(pfn))
		smp_error(th, "neither old nor new", pfn, mfn);
	if (pfn % LOOKUP_STRIDE)
		return;
	if (mfn == lookup_after(pfn))
		__set_bit(pfn / LOOKUP_STRIDE, th->seen);
	else if (test_bit(pfn / LOOKUP_STRIDE, th->seen))
		smp_error(th, "old after new", pfn, mfn);
}

static void work_look_up(struct smp_thread *th)
{
	struct p2m_list *list = &th->c->t->list;
	unsigned long pfn;

	for (pfn = 0; pfn < LOOKUP_PFNS; pfn++) {
		lookup_check(th, pfn, p2m_lookup(list, pfn));
		lookup_check(th, pfn, p2m_lookup_slow(list, pfn));
	}
}

static void grow_and_fill(struct kunit *test, struct p2m_list *list,
			  unsigned long first, unsigned long nr)
{
	unsigned long pfn;

	KUNIT_EXPECT_EQ(test, p2m_grow(list, first, nr), 0);
	for (pfn = first; pfn < first + nr; pfn += LOOKUP_STRIDE)
		KUNIT_EXPECT_TRUE(test, p2m_set(list, pfn, TEST_MFN(pfn)));
}

/* #5: the translations that these cpus use are as stale as they can be. */
static void p2m_lookups_while_growing(struct kunit *test)
{
	struct test_list *t = test_list_new(test, TOP_PFNS);
	struct smp_case *c = smp_new(test, t, work_look_up);
	unsigned long leaf, pfn, wrong = 0;
	unsigned int i;

	for (i = 0; i < SMP_THREADS; i++) {
		c->thread[i].seen = kunit_kzalloc(test, LOOKUP_PFNS / 8,
						  GFP_KERNEL);
		KUNIT_ASSERT_NOT_NULL(test, c->thread[i].seen);
	}
	KUNIT_ASSERT_EQ(test, p2m_mark(&t->list, 4 * LEAF_PFNS,
				       4 * LEAF_PFNS + 100, P2M_IDENTITY), 0);
	smp_start(test, c);
	smp_wait_passes(c, 1);
	for (leaf = 0; leaf < LOOKUP_LEAVES; leaf += 2) {
		grow_and_fill(test, &t->list, leaf * LEAF_PFNS, 2 * LEAF_PFNS);
		smp_wait_passes(c, leaf % 8 == 0);
	}
	smp_wait_passes(c, 2);
	smp_stop(test, c);

	for (i = 0; i < SMP_THREADS; i++)
		KUNIT_EXPECT_EQ_MSG(test,
				    bitmap_weight(c->thread[i].seen,
						  LOOKUP_PFNS / LOOKUP_STRIDE),
				    LOOKUP_PFNS / LOOKUP_STRIDE,
				    "entries that thread %u saw", i);
	for (pfn = 0; pfn < LOOKUP_PFNS; pfn++)
		wrong += p2m_lookup(&t->list, pfn) != lookup_after(pfn);
	KUNIT_EXPECT_EQ_MSG(test, wrong, 0, "wrong entries at the end");
	test_publish(t);
	test_expect_readable(test, t);
}

/* Setters */

#define SETTER_LEAVES	20UL

/* As soon as the index has a leaf, any cpu can set its entries. */
static void work_set(struct smp_thread *th)
{
	struct p2m_list *list = &th->c->t->list;
	unsigned long leaf, pfn;

	for (leaf = 0; leaf < SETTER_LEAVES; leaf++) {
		pfn = leaf * LEAF_PFNS + th->id;
		if (p2m_lookup(list, pfn) != INVALID_P2M_ENTRY)
			smp_error(th, "not missing before", pfn, 0);
		while (!p2m_has_leaf(&th->c->t->list, pfn) &&
		       !kthread_should_stop())
			smp_relax();
		if (!p2m_set(list, pfn, TEST_MFN(pfn)))
			smp_error(th, "set failed", pfn, leaf);
		if (p2m_lookup(list, pfn) != TEST_MFN(pfn))
			smp_error(th, "set was lost", pfn,
				  p2m_lookup(list, pfn));
	}
}

static void p2m_setters_while_growing(struct kunit *test)
{
	struct test_list *t = test_list_new(test, TOP_PFNS);
	struct smp_case *c = smp_new(test, t, work_set);
	unsigned long pfn, want, wrong = 0;
	unsigned int leaf, err = 0;

	c->once = true;
	smp_start(test, c);
	for (leaf = 0; leaf < SETTER_LEAVES; leaf++) {
		err |= p2m_grow(&t->list, leaf * LEAF_PFNS, 1);
		cond_resched();
	}
	/* The threads would wait forever for a leaf that did not come. */
	if (!err)
		smp_wait_passes(c, 1);
	smp_stop(test, c);

	KUNIT_EXPECT_EQ(test, err, 0);
	for (pfn = 0; pfn < SETTER_LEAVES * LEAF_PFNS; pfn++) {
		want = pfn % LEAF_PFNS < SMP_THREADS ? TEST_MFN(pfn) :
						       INVALID_P2M_ENTRY;
		wrong += p2m_lookup(&t->list, pfn) != want;
	}
	KUNIT_EXPECT_EQ_MSG(test, wrong, 0, "entries lost or made up");
	test_publish(t);
	test_expect_readable(test, t);
}

/* Identity */

#define IDENTITY_ROUNDS	100
#define IDENTITY_FIRST	LEAF_PFNS

/* A frame or identity, but never missing. */
static void work_identity(struct smp_thread *th)
{
	struct p2m_list *list = &th->c->t->list;
	unsigned long pfn, fast, slow;

	for (pfn = IDENTITY_FIRST; pfn < 2 * IDENTITY_FIRST; pfn++) {
		fast = p2m_lookup(list, pfn);
		slow = p2m_lookup_slow(list, pfn);
		if (fast != IDENTITY_FRAME(pfn) && fast != TEST_MFN(pfn))
			smp_error(th, "neither frame nor identity", pfn, fast);
		if (slow != IDENTITY_FRAME(pfn) && slow != TEST_MFN(pfn))
			smp_error(th, "neither frame nor identity", pfn, slow);
	}
}

static unsigned int set_leaf(struct p2m_list *list, bool identity)
{
	unsigned int failed = 0;
	unsigned long pfn;

	for (pfn = IDENTITY_FIRST; pfn < 2 * IDENTITY_FIRST; pfn++)
		failed += !p2m_set(list, pfn, identity ? IDENTITY_FRAME(pfn) :
							 TEST_MFN(pfn));
	return failed;
}

/*
 * The order of bit and entry.  The wait is there because an entry may change
 * only once while a lookup is under way: no caller does it faster.
 */
static void p2m_identity_comes_and_goes(struct kunit *test)
{
	struct test_list *t = test_list_new(test, TOP_PFNS);
	struct smp_case *c = smp_new(test, t, work_identity);
	unsigned int round, failed = 0;

	KUNIT_ASSERT_EQ(test, p2m_mark(&t->list, 0, GIB_PFNS, P2M_IDENTITY), 0);
	KUNIT_ASSERT_EQ(test, p2m_grow(&t->list, IDENTITY_FIRST, 1), 0);
	smp_start(test, c);
	smp_wait_passes(c, 1);
	for (round = 0; round < IDENTITY_ROUNDS; round++) {
		failed += set_leaf(&t->list, round % 2);
		smp_wait_passes(c, 2);
	}
	smp_stop(test, c);

	KUNIT_EXPECT_EQ_MSG(test, failed, 0, "sets that failed");
	KUNIT_EXPECT_EQ(test, p2m_lookup(&t->list, IDENTITY_FIRST),
			IDENTITY_FRAME(IDENTITY_FIRST));
}

/* The self-check */

#define CHECK_GIBS	8UL
#define CHECK_NEW	(CHECK_GIBS * GIB_PFNS + 5)

/* Runs during a self-check, which has the lock at first. */
static int check_grow(void *arg)
{
	struct p2m_list *list = arg;

	return p2m_set_growing(list, CHECK_NEW, TEST_MFN(CHECK_NEW));
}

/* The same during growth, the end of which it must not have to wait for. */
static int late_grow(void *arg)
{
	struct p2m_list *list = arg;
	int err = check_grow(arg);

	return p2m_has_leaf(list, CHECK_GIBS * GIB_PFNS - 1) ? -EBUSY : err;
}

/* The lock is held: let somebody else wait for it. */
static void check_flush(struct test_list *t)
{
	t->flush = NULL;
	wake_up_process(t->arg);
	while (list_empty(&t->list.lock.wait_list))
		schedule_timeout_uninterruptible(1);
}

/* A backend that must grow does not wait for the whole walk. */
static void p2m_check_lets_growers_in(struct kunit *test)
{
	struct test_list *t = test_list_published(test, TOP_PFNS);
	struct p2m_list *list = &t->list;
	struct task_struct *grower;
	struct p2m_check check;
	unsigned long pfn, gib;

	for (gib = 0; gib < CHECK_GIBS; gib++) {
		pfn = gib * GIB_PFNS + 5;
		KUNIT_ASSERT_EQ(test, p2m_set_growing(list, pfn, TEST_MFN(pfn)),
				0);
	}
	grower = kthread_create(check_grow, list, "p2m_test/grow");
	KUNIT_ASSERT_FALSE(test, IS_ERR(grower));
	get_task_struct(grower);
	t->arg = grower;
	t->flush = check_flush;
	p2m_check(list, &check);
	KUNIT_EXPECT_EQ(test, kthread_stop_put(grower), 0);

	KUNIT_EXPECT_NULL_MSG(test, t->flush, "nobody has waited");
	KUNIT_EXPECT_EQ(test, p2m_lookup(list, CHECK_NEW), TEST_MFN(CHECK_NEW));
	KUNIT_EXPECT_EQ_MSG(test, check.kind[P2M_POPULATED], CHECK_GIBS + 1,
			    "the list grew after the walk only");
	KUNIT_EXPECT_EQ(test, check.kind[P2M_POPULATED] +
			check.kind[P2M_MISSING], list->reach);
	KUNIT_EXPECT_EQ(test, check.bad_leaf + check.bad_tree +
			check.bad_entry + check.bad_tail, 0);
}

/* Growth holds the lock while it allocates. */
static void *late_alloc(struct p2m_list *list, size_t size)
{
	struct test_list *t = container_of(list, struct test_list, list);

	if (t->flush)
		t->flush(t);
	return test_ops.alloc(list, size);
}

/* A backend that needs one leaf does not wait for a hotplugged terabyte. */
static void p2m_growth_lets_growers_in(struct kunit *test)
{
	struct test_list *t = test_list_published(test, TOP_PFNS);
	struct p2m_list *list = &t->list;
	struct p2m_ops ops = test_ops;
	struct task_struct *grower;

	grower = kthread_create(late_grow, list, "p2m_test/grow");
	KUNIT_ASSERT_FALSE(test, IS_ERR(grower));
	get_task_struct(grower);
	t->arg = grower;
	t->flush = check_flush;
	ops.alloc = late_alloc;
	list->ops = &ops;
	KUNIT_EXPECT_EQ(test, p2m_grow(list, 0, CHECK_GIBS * GIB_PFNS), 0);
	KUNIT_EXPECT_EQ(test, kthread_stop_put(grower), 0);
	list->ops = &test_ops;

	KUNIT_EXPECT_NULL_MSG(test, t->flush, "nobody has waited");
}

static struct kunit_case smp_cases[] = {
	KUNIT_CASE(p2m_growers_at_once), /* #3, #4 */
	KUNIT_CASE(p2m_lookups_while_growing), /* #5 */
	KUNIT_CASE(p2m_setters_while_growing), /* #5 */
	KUNIT_CASE(p2m_identity_comes_and_goes),
	KUNIT_CASE(p2m_check_lets_growers_in),
	KUNIT_CASE(p2m_growth_lets_growers_in),
	{}
};

static struct kunit_suite smp_suite = {
	.name = "xen_p2m_smp",
	.init = test_list_case_init,
	.exit = test_list_case_exit,
	.test_cases = smp_cases,
};

kunit_test_suite(smp_suite);
