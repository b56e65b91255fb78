// SPDX-License-Identifier: GPL-2.0-only
/*
 * Memory allocated before a change begins, and the nodes and leaf
 * descriptions that are made of it.
 */
#include <linux/bits.h>
#include <linux/log2.h>
#include <linux/minmax.h>
#include <linux/string.h>

#include "lookup.h"
#include "prealloc.h"

/* Pages of the largest block, as a power of two: the leaves of a GiB. */
#define P2M_BLOCK_ORDER		P2M_LEVEL_BITS

/* The first object of the block is the next to be taken. */
static void p2m_prealloc_add(struct p2m_prealloc *pool, void *block,
			     unsigned int nr)
{
	while (nr--) {
		void **object = block + nr * pool->size;

		*object = pool->head;
		pool->head = object;
	}
}

/**
 * p2m_prealloc_fill - allocate objects in advance
 * @list: for its operations
 * @pool: an empty pool
 * @size: bytes of each object, at most PAGE_SIZE
 * @nr: objects
 *
 * Pages are allocated in blocks as large as needed and available: the
 * allocator works once for all of them, and memory that is never freed stays
 * together.
 *
 * Context: process, or early boot; may sleep.
 * Return: 0, or -ENOMEM with the pool empty.
 */
int p2m_prealloc_fill(struct p2m_list *list, struct p2m_prealloc *pool,
		      size_t size, unsigned int nr)
{
	unsigned int order = size == PAGE_SIZE ? P2M_BLOCK_ORDER : 0;
	void *block;

	pool->size = size;
	while (nr) {
		order = min_t(unsigned int, order, ilog2(nr));
		block = list->ops->alloc(list, size << order);
		if (block) {
			p2m_prealloc_add(pool, block, BIT(order));
			nr -= BIT(order);
		} else if (!order--) {
			p2m_prealloc_drain(list, pool);
			return -ENOMEM;
		}
	}

	return 0;
}

/**
 * p2m_prealloc_drain - free what a pool still holds
 * @list: for its operations
 * @pool: the pool
 *
 * Context: process, or early boot.
 */
void p2m_prealloc_drain(struct p2m_list *list, struct p2m_prealloc *pool)
{
	while (pool->head)
		list->ops->free(list, p2m_prealloc_take(pool), pool->size);
}

/**
 * p2m_node_take - make a node of a page, all slots alike
 * @pool: pages; not empty
 * @constant: the slots: P2M_SLOT_MISSING or P2M_SLOT_IDENTITY
 *
 * Context: any.
 */
unsigned long *p2m_node_take(struct p2m_prealloc *pool, unsigned long constant)
{
	unsigned long *node = p2m_prealloc_take(pool);

	memset64((u64 *)node, constant, P2M_PER_PAGE);
	return node;
}

/**
 * p2m_mixed_take - make a p2m_mixed of an object, all bits alike
 * @pool: objects of struct p2m_mixed; not empty
 * @leaf: the leaf, or the sentinel
 * @constant: what the slot was before; P2M_SLOT_IDENTITY sets all bits,
 *	anything else clears them
 *
 * Context: any.
 */
struct p2m_mixed *p2m_mixed_take(struct p2m_prealloc *pool, unsigned long *leaf,
				 unsigned long constant)
{
	struct p2m_mixed *mixed = p2m_prealloc_take(pool);

	mixed->leaf = leaf;
	memset(mixed->identity, constant == P2M_SLOT_IDENTITY ? 0xff : 0,
	       sizeof(mixed->identity));
	return mixed;
}
