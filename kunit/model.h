/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The oracle: what a list has to answer, in the plainest possible form.  A few
 * windows of pfns as flat arrays, and one meaning for each gap between them.
 */
#ifndef _XEN_P2M_KUNIT_MODEL_H
#define _XEN_P2M_KUNIT_MODEL_H

#include <kunit/test.h>

#include "lists.h"

#define MODEL_WINDOWS		6
#define MODEL_WINDOW_LEAVES	4

/**
 * struct model_window - some leaves
 * @pfn: the first, at the start of a leaf
 * @nr: pfns, whole leaves
 * @val: the answer for each
 * @owned: one bit per leaf: it has a page of its own
 */
struct model_window {
	unsigned long pfn;
	unsigned long nr;
	unsigned long *val;
	unsigned long owned;
};

/**
 * struct model - all answers of a list
 * @reach: pfns
 * @nr: windows
 * @win: the windows, in order
 * @gap: what lies before each window, and after the last
 * @bad: the pfn that the last comparison stopped at
 */
struct model {
	unsigned long reach;
	unsigned int nr;
	struct model_window win[MODEL_WINDOWS];
	enum p2m_kind gap[MODEL_WINDOWS + 1];
	unsigned long bad;
};

struct model *model_new(struct kunit *test, unsigned long reach);
unsigned long model_get(struct model *m, unsigned long pfn);
void model_set(struct model *m, unsigned long pfn, unsigned long val);
void model_mark(struct model *m, unsigned long pfn, unsigned long end,
		enum p2m_kind kind);
bool model_owned(struct model *m, unsigned long pfn);
unsigned int model_grow(struct model *m, unsigned long pfn, unsigned long end);
unsigned long model_max_pfn(const struct model *m);
int model_make_missing(struct model *m, unsigned long pfn, unsigned long end);

bool model_matches_lookup(struct model *m, const struct p2m_list *list,
			  unsigned long pfn);
bool model_matches_view(struct model *m, const struct p2m_view *view);
void model_expect(struct kunit *test, struct model *m, struct test_list *t);

#endif /* _XEN_P2M_KUNIT_MODEL_H */
