// SPDX-License-Identifier: GPL-2.0-only
/*
 * Memory allocated ahead, so that the change which needs it cannot fail half
 * way.
 */
#include <linux/bits.h>
#include <linux/log2.h>
#include <linux/minmax.h>
#include <linux/string.h>

#include "p2m.h"

/* Pages of the largest block: the leaves of a bottom node. */
#define P2M_BLOCK_ORDER		9

/* The first object of the block is the next to be taken. */
static void p2m_stash_add(struct p2m_stash *stash, void *block, unsigned int nr)
{
	while (nr--) {
		void **object = block + nr * stash->size;

		*object = stash->head;
		stash->head = object;
	}
}

/**
 * p2m_stash_fill - allocate objects ahead
 * @list: for the operations
 * @stash: an empty stash
 * @size: bytes of each object, PAGE_SIZE or less
 * @nr: objects
 *
 * Pages come by the block, as large as is needed and to be had: the allocator
 * works once for all of them, and memory that is never given back stays
 * together.
 *
 * Return: 0, or -ENOMEM with the stash empty.
 */
int p2m_stash_fill(struct p2m_list *list, struct p2m_stash *stash, size_t size,
		   unsigned int nr)
{
	unsigned int order = size == PAGE_SIZE ? P2M_BLOCK_ORDER : 0;
	void *block;

	stash->size = size;
	while (nr) {
		order = min_t(unsigned int, order, ilog2(nr));
		block = list->ops->alloc(list, size << order);
		if (block) {
			p2m_stash_add(stash, block, BIT(order));
			nr -= BIT(order);
		} else if (!order--) {
			p2m_stash_drain(list, stash);
			return -ENOMEM;
		}
	}

	return 0;
}

/**
 * p2m_stash_drain - give back what a stash still has
 * @list: for the operations
 * @stash: the stash
 */
void p2m_stash_drain(struct p2m_list *list, struct p2m_stash *stash)
{
	while (stash->head)
		list->ops->free(list, p2m_stash_take(stash), stash->size);
}

/**
 * p2m_node_take - a node whose slots all mean what the whole stretch meant
 * @stash: pages
 * @constant: P2M_MISSING or P2M_IDENTITY
 */
unsigned long *p2m_node_take(struct p2m_stash *stash, unsigned long constant)
{
	unsigned long *node = p2m_stash_take(stash);

	memset64((u64 *)node, constant, P2M_NODE_SLOTS);
	return node;
}

/**
 * p2m_mixed_take - a leaf's description with all entries alike to begin with
 * @stash: objects of struct p2m_mixed
 * @leaf: the entries
 * @constant: P2M_MISSING or P2M_IDENTITY
 */
struct p2m_mixed *p2m_mixed_take(struct p2m_stash *stash, unsigned long *leaf,
				 unsigned long constant)
{
	struct p2m_mixed *mixed = p2m_stash_take(stash);

	mixed->leaf = leaf;
	memset(mixed->identity, constant == P2M_IDENTITY ? 0xff : 0,
	       sizeof(mixed->identity));
	return mixed;
}
