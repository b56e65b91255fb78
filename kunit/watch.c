// SPDX-License-Identifier: GPL-2.0-only
/*
 * The step watcher: after each store that a reader outside could see, it reads
 * the list as such a reader does, and notes what is wrong first.
 */
#include <kunit/test.h>

#include "lists.h"

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

/**
 * test_watch_step - look at what a step has left
 * @t: a list that is watched
 */
void test_watch_step(struct test_list *t)
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
 * At each step the list must be readable.  It must not change before the
 * generation is odd, nor after it is even again.
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

	test_watch_step(t);
	w->on = false;
	if (w->generation != t->shared.p2m_generation)
		watch_error(w, "generation left odd", w->generation,
			    t->shared.p2m_generation);
}

/**
 * test_expect_watched - all steps were as they should be
 * @test: the case
 * @t: the list, after test_watch_stop()
 * @commits: commits that there must have been
 */
void test_expect_watched(struct kunit *test, struct test_list *t,
			 unsigned long commits)
{
	const struct test_watch *w = &t->watch;

	KUNIT_EXPECT_NULL_MSG(test, w->error, "step: %s (at %#lx: %#lx)",
			      w->error, w->where, w->what);
	KUNIT_EXPECT_EQ_MSG(test, w->commits, commits, "number of commits");
}
