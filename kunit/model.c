// SPDX-License-Identifier: GPL-2.0-only
/*
 * The oracle.  Slow and obvious on purpose: an array per window, no sharing,
 * no bits, no levels.
 */
#include <linux/minmax.h>
#include <linux/overflow.h>

#include "model.h"

static unsigned long model_constant(enum p2m_kind kind, unsigned long pfn)
{
	return kind == P2M_IDENTITY ? IDENTITY_FRAME(pfn) : INVALID_P2M_ENTRY;
}

static unsigned long window_end(const struct model_window *w)
{
	return w->pfn + w->nr;
}

/* Pfns to compare one by one; windows are added in order. */
static void model_add_window(struct kunit *test, struct model *m,
			     unsigned long pfn, unsigned int leaves)
{
	struct model_window *w = &m->win[m->nr++];
	unsigned long i;

	w->pfn = pfn;
	w->nr = leaves * LEAF_PFNS;
	w->owned = 0;
	w->val = kunit_kmalloc(test, w->nr * sizeof(*w->val), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, w->val);
	for (i = 0; i < w->nr; i++)
		w->val[i] = INVALID_P2M_ENTRY;
}

/**
 * model_new - a model of an empty list
 * @test: the case, which owns the memory
 * @reach: pfns
 *
 * Windows lie around each kind of edge: of a leaf, a GiB, a top slot (also
 * the end of the tree), the reach.
 */
struct model *model_new(struct kunit *test, unsigned long reach)
{
	struct model *m = kunit_kzalloc(test, sizeof(*m), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, m);
	m->reach = reach;
	model_add_window(test, m, 0, 3);
	model_add_window(test, m, GIB_PFNS - 2 * LEAF_PFNS, 4);
	if (reach > TOP_PFNS)
		model_add_window(test, m, TOP_PFNS - 2 * LEAF_PFNS, 4);
	model_add_window(test, m, reach - 2 * LEAF_PFNS, 2);

	return m;
}

/* The window of a pfn, or NULL if it lies in a gap. */
static struct model_window *model_window_of(struct model *m, unsigned long pfn)
{
	unsigned int i;

	for (i = 0; i < m->nr; i++)
		if (pfn >= m->win[i].pfn && pfn < window_end(&m->win[i]))
			return &m->win[i];

	return NULL;
}

/* The gap of a pfn that has no window. */
static unsigned int model_gap_of(const struct model *m, unsigned long pfn)
{
	unsigned int i;

	for (i = 0; i < m->nr; i++)
		if (pfn < m->win[i].pfn)
			break;

	return i;
}

/* Where the window or gap of a pfn ends. */
static unsigned long model_part_end(struct model *m, unsigned long pfn)
{
	const struct model_window *w = model_window_of(m, pfn);
	unsigned int gap;

	if (w)
		return window_end(w);
	gap = model_gap_of(m, pfn);
	return gap < m->nr ? m->win[gap].pfn : m->reach;
}

/**
 * model_get - the answer for a pfn
 * @m: the model
 * @pfn: below the reach
 */
unsigned long model_get(struct model *m, unsigned long pfn)
{
	const struct model_window *w = model_window_of(m, pfn);

	if (w)
		return w->val[pfn - w->pfn];

	return model_constant(m->gap[model_gap_of(m, pfn)], pfn);
}

/**
 * model_set - a pfn was set
 * @m: the model
 * @pfn: in a window
 * @val: to what
 */
void model_set(struct model *m, unsigned long pfn, unsigned long val)
{
	struct model_window *w = model_window_of(m, pfn);

	w->val[pfn - w->pfn] = val;
}

static bool model_is_empty(unsigned long val)
{
	return val == INVALID_P2M_ENTRY || val & IDENTITY_FRAME_BIT;
}

/**
 * model_mark - a range was marked
 * @m: the model
 * @pfn: the first
 * @end: one past the last; each gap must be in the range as a whole or not
 *	at all
 * @kind: as what
 */
void model_mark(struct model *m, unsigned long pfn, unsigned long end,
		enum p2m_kind kind)
{
	unsigned long next;

	for (; pfn < end; pfn = next) {
		struct model_window *w = model_window_of(m, pfn);

		next = min(end, model_part_end(m, pfn));
		if (!w) {
			m->gap[model_gap_of(m, pfn)] = kind;
			continue;
		}
		for (; pfn < next; pfn++)
			if (model_is_empty(w->val[pfn - w->pfn]))
				w->val[pfn - w->pfn] =
					model_constant(kind, pfn);
	}
}

/**
 * model_owned - does a pfn have a leaf of its own?
 * @m: the model
 * @pfn: below the reach
 */
bool model_owned(struct model *m, unsigned long pfn)
{
	const struct model_window *w = model_window_of(m, pfn);

	return w && w->owned & BIT((pfn - w->pfn) / LEAF_PFNS);
}

/**
 * model_grow - a range was grown
 * @m: the model
 * @pfn: the first
 * @end: one past the last, in the same window
 *
 * Return: GiBs that lacked a leaf, that is, commits that this takes.
 */
unsigned int model_grow(struct model *m, unsigned long pfn, unsigned long end)
{
	struct model_window *w = model_window_of(m, pfn);
	unsigned long last = ~0UL;
	unsigned int commits = 0;

	for (pfn = round_down(pfn, LEAF_PFNS); pfn < end; pfn += LEAF_PFNS) {
		if (model_owned(m, pfn))
			continue;
		w->owned |= BIT((pfn - w->pfn) / LEAF_PFNS);
		commits += pfn / GIB_PFNS != last;
		last = pfn / GIB_PFNS;
	}

	return commits;
}

/**
 * model_max_pfn - one past the last pfn that has a leaf
 * @m: the model
 */
unsigned long model_max_pfn(const struct model *m)
{
	unsigned int i = m->nr;

	while (i--)
		if (m->win[i].owned)
			return m->win[i].pfn +
			       (__fls(m->win[i].owned) + 1) * LEAF_PFNS;

	return 0;
}

/* One past the pfns from @pfn on that are alike, in one window or gap. */
static unsigned long model_alike(struct model *m, unsigned long pfn,
				 enum p2m_kind kind)
{
	const struct model_window *w = model_window_of(m, pfn);
	unsigned long end = model_part_end(m, pfn);

	if (!w)
		return end;
	while (pfn < end && p2m_kind(w->val[pfn - w->pfn]) == kind)
		pfn++;

	return pfn;
}

/* As p2m_next_run(). */
static bool model_next_run(struct model *m, struct p2m_run *run)
{
	if (run->end >= m->reach)
		return false;

	run->pfn = run->end;
	run->kind = p2m_kind(model_get(m, run->pfn));
	do {
		run->end = model_alike(m, run->end, run->kind);
	} while (run->end < m->reach &&
		 p2m_kind(model_get(m, run->end)) == run->kind);

	return true;
}

/**
 * model_make_missing - as p2m_make_missing()
 * @m: the model
 * @pfn: the first
 * @end: one past the last; gaps as for model_mark()
 *
 * Return: as there.
 */
int model_make_missing(struct model *m, unsigned long pfn, unsigned long end)
{
	struct p2m_run run = { .end = pfn };
	unsigned int nr = 0;

	while (run.end < end && model_next_run(m, &run)) {
		if (run.kind == P2M_POPULATED || run.kind == P2M_FOREIGN)
			return -EEXIST;
		if (run.kind == P2M_IDENTITY && nr++ == P2M_MAX_RANGES)
			return -E2BIG;
	}
	model_mark(m, pfn, end, P2M_MISSING);

	return 0;
}

/**
 * model_matches_lookup - do both lookups give the answer of the model?
 * @m: the model
 * @list: the list
 * @pfn: below the reach
 */
bool model_matches_lookup(struct model *m, const struct p2m_list *list,
			  unsigned long pfn)
{
	unsigned long val = model_get(m, pfn);

	m->bad = pfn;
	return p2m_lookup(list, pfn) == val &&
	       p2m_lookup_slow(list, pfn) == val;
}

/* The ends of a gap and a few between: edges of every level, and others. */
static bool model_gap_matches(struct model *m, const struct p2m_list *list,
			      unsigned long pfn, unsigned long end)
{
	unsigned long at, step = (end - pfn) / 61 + 1;
	unsigned int shift;

	for (at = pfn; at < end; at += step)
		if (!model_matches_lookup(m, list, at))
			return false;
	for (shift = P2M_LEAF_SHIFT; shift <= P2M_MID_SHIFT;
	     shift += P2M_LEVEL_BITS) {
		at = round_down(end - 1, 1UL << shift);
		if (at <= pfn)
			break;
		if (!model_matches_lookup(m, list, at) ||
		    !model_matches_lookup(m, list, at - 1))
			return false;
	}

	return model_matches_lookup(m, list, end - 1);
}

/* Do all lookups give the answers of the model?  @m->bad says where not. */
static bool model_matches_list(struct model *m, const struct p2m_list *list)
{
	unsigned long pfn, next;

	for (pfn = 0; pfn < m->reach; pfn = next) {
		next = model_part_end(m, pfn);
		if (!model_window_of(m, pfn)) {
			if (!model_gap_matches(m, list, pfn, next))
				return false;
			continue;
		}
		for (; pfn < next; pfn++)
			if (!model_matches_lookup(m, list, pfn))
				return false;
	}

	return true;
}

/* Are the runs those of the model?  @m->bad says where not. */
static bool model_matches_runs(struct model *m, const struct p2m_list *list)
{
	struct p2m_run want = {}, got = {};
	bool more;

	do {
		more = model_next_run(m, &want);
		m->bad = want.pfn;
		if (p2m_next_run(list, &got) != more)
			return false;
		if (more && (got.pfn != want.pfn || got.end != want.end ||
			     got.kind != want.kind))
			return false;
	} while (more);

	return true;
}

static bool model_leaf_matches_view(struct model *m, const unsigned long *val,
				    const unsigned long *leaf)
{
	unsigned int i;

	for (i = 0; i < LEAF_PFNS; i++, m->bad++) {
		unsigned long entry = leaf ? READ_ONCE(leaf[i]) : ~0UL;

		if (entry != (model_is_empty(val[i]) ? ~0UL : val[i]))
			return false;
	}

	return true;
}

static bool model_window_matches_view(struct model *m,
				      const struct model_window *w,
				      const struct p2m_view *view)
{
	unsigned long i;

	for (i = 0; i < w->nr; i += LEAF_PFNS) {
		m->bad = w->pfn + i;
		if (!model_leaf_matches_view(m, w->val + i,
					     p2m_view_leaf(view, m->bad)))
			return false;
	}

	return true;
}

/**
 * model_matches_view - did a reader outside see what the model has?
 * @m: the model; @m->bad says where not
 * @view: from the reader
 *
 * To readers everything without a frame is all ones, hence every gap is.
 */
bool model_matches_view(struct model *m, const struct p2m_view *view)
{
	unsigned int i;

	for (i = 0; i < m->nr; i++)
		if (!model_window_matches_view(m, &m->win[i], view))
			return false;
	for (i = 0; i < view->nr; i++) {
		const struct p2m_extent *extent = &view->extent[i];

		m->bad = extent->pfn;
		if (extent->end - extent->pfn == LEAF_PFNS &&
		    !model_window_of(m, extent->pfn) &&
		    memchr_inv(extent->leaf, 0xff, PAGE_SIZE))
			return false;
	}

	return true;
}

/**
 * model_expect - everything is as in the model, by every way to look at it
 * @test: the case
 * @m: the model
 * @t: a published list
 */
void model_expect(struct kunit *test, struct model *m, struct test_list *t)
{
	struct p2m_reader *r = &t->reader;

	KUNIT_EXPECT_TRUE_MSG(test, model_matches_list(m, &t->list),
			      "lookup of pfn %#lx: %#lx, slow %#lx, not %#lx",
			      m->bad, p2m_lookup(&t->list, m->bad),
			      p2m_lookup_slow(&t->list, m->bad),
			      model_get(m, m->bad));
	KUNIT_EXPECT_TRUE_MSG(test, model_matches_runs(m, &t->list),
			      "run at pfn %#lx", m->bad);
	test_expect_readable(test, t);
	KUNIT_EXPECT_TRUE_MSG(test, model_matches_view(m, p2m_reader_view(r)),
			      "reader: entry of pfn %#lx", m->bad);
}
