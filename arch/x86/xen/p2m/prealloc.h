/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Memory allocated before a change begins, so that the change cannot run out
 * of it half way.
 */
#ifndef _XEN_P2M_PREALLOC_H
#define _XEN_P2M_PREALLOC_H

#include "list.h"

struct p2m_mixed;

/**
 * struct p2m_prealloc - free objects of one size
 * @size: bytes of each
 * @head: the first; each holds the address of the next
 */
struct p2m_prealloc {
	size_t size;
	void **head;
};

int p2m_prealloc_fill(struct p2m_list *list, struct p2m_prealloc *pool,
		      size_t size, unsigned int nr);
void p2m_prealloc_drain(struct p2m_list *list, struct p2m_prealloc *pool);
unsigned long *p2m_node_take(struct p2m_prealloc *pool, unsigned long constant);
struct p2m_mixed *p2m_mixed_take(struct p2m_prealloc *pool, unsigned long *leaf,
				 unsigned long constant);

/* Take an object of a pool that is not empty. */
static inline void *p2m_prealloc_take(struct p2m_prealloc *pool)
{
	void **object = pool->head;

	pool->head = *object;
	return object;
}

#endif /* _XEN_P2M_PREALLOC_H */
