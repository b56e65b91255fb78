/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Page-table entries: computed, found, and queued for being written.  An
 * entry holds a machine frame, so preemption is off wherever one is computed,
 * kept or decoded (invariant 6 of list.h).
 */
#ifndef _XEN_P2M_TABLE_H
#define _XEN_P2M_TABLE_H

#include "list.h"

static inline u64 p2m_table_entry(const struct p2m_list *list, const void *page,
				  pgprot_t prot)
{
	return pte_val_ma(mfn_pte(list->ops->mfn(page), prot));
}

/* The entry that leads to another table. */
static inline u64 p2m_table_link(const struct p2m_list *list, const u64 *table)
{
	return p2m_table_entry(list, table, __pgprot(_KERNPG_TABLE));
}

static inline u64 p2m_leaf_entry(const struct p2m_list *list,
				 const unsigned long *leaf)
{
	return p2m_table_entry(list, leaf, PAGE_KERNEL);
}

static inline u64 p2m_sentinel_entry(const struct p2m_list *list)
{
	return p2m_table_entry(list, list->sentinel.leaf, PAGE_KERNEL_RO);
}

u64 *p2m_pud_entry(const struct p2m_list *list, unsigned long pfn);

/**
 * struct p2m_queue - entries on their way to live tables
 * @list: whose operation writes them
 * @done: entries written so far
 * @nr: entries waiting
 * @update: these
 */
struct p2m_queue {
	struct p2m_list *list;
	unsigned int done;
	unsigned int nr;
	struct p2m_update update[P2M_MAX_UPDATES];
};

int p2m_queue_flush(struct p2m_queue *queue);

/**
 * p2m_queue_add - write an entry, together with others
 * @queue: the queue, which is flushed if this fills it
 * @entry: kernel address of the entry
 * @val: its new value, with a machine frame
 *
 * Context: preemption is off from here until the queue is flushed.
 * Return: as p2m_queue_flush().
 */
static inline int p2m_queue_add(struct p2m_queue *queue, u64 *entry, u64 val)
{
	queue->update[queue->nr++] = (struct p2m_update) { entry, val };

	return queue->nr == P2M_MAX_UPDATES ? p2m_queue_flush(queue) : 0;
}

#endif /* _XEN_P2M_TABLE_H */
