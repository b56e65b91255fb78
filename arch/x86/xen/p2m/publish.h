/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What readers outside are told; see publish.c.
 */
#ifndef _XEN_P2M_PUBLISH_H
#define _XEN_P2M_PUBLISH_H

#include "list.h"

/* For the suites, which look at each step that readers outside can see. */
#if IS_ENABLED(CONFIG_XEN_P2M_KUNIT_TEST)
extern void (*p2m_step_hook)(struct p2m_list *list);

static inline void p2m_step(struct p2m_list *list)
{
	void (*hook)(struct p2m_list *list) = READ_ONCE(p2m_step_hook);

	if (hook)
		hook(list);
}
#else
static inline void p2m_step(struct p2m_list *list)
{
}
#endif

/**
 * p2m_store - one atomic store that readers outside can see
 * @list: the list
 * @where: a published field, or a word of the frame tree
 * @val: its new value
 *
 * Ordered by the caller's wmb(), which pairs with the reader's second load of
 * the generation.
 *
 * Context: preemption is off.
 */
static inline void p2m_store(struct p2m_list *list, unsigned long *where,
			     unsigned long val)
{
	WRITE_ONCE(*where, val);
	p2m_step(list);
}

void p2m_publish(struct p2m_list *list);
void p2m_republish(struct p2m_list *list);
void p2m_publish_max_pfn(struct p2m_list *list, unsigned long max_pfn);
void p2m_bracket_open(struct p2m_list *list);
void p2m_bracket_close(struct p2m_list *list);

#endif /* _XEN_P2M_PUBLISH_H */
