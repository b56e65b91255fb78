/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Runs: neighbouring pfns of one kind.
 */
#ifndef _XEN_P2M_RUNS_H
#define _XEN_P2M_RUNS_H

#include "lookup.h"

/**
 * struct p2m_run - neighbouring pfns of one kind
 * @pfn: the first
 * @end: one past the last
 * @kind: of all of them
 */
struct p2m_run {
	unsigned long pfn;
	unsigned long end;
	enum p2m_kind kind;
};

bool p2m_next_run(const struct p2m_list *list, struct p2m_run *run);

#endif /* _XEN_P2M_RUNS_H */
