// SPDX-License-Identifier: GPL-2.0-only
/*
 * Page-table entries of a list's mapping: where they are, and how several are
 * written at once.
 */
#include <linux/pgtable.h>

#include "table.h"

/**
 * p2m_pud_entry - the PUD entry through which a pfn's entry is mapped
 * @list: the list
 * @pfn: below @list->reach
 *
 * Context: any.
 * Return: its address; the entry may be clear.
 */
u64 *p2m_pud_entry(const struct p2m_list *list, unsigned long pfn)
{
	unsigned long addr = (unsigned long)(list->base + pfn);
	p4d_t *p4d = p4d_offset(pgd_offset_k(addr), addr);

	return (u64 *)pud_offset(p4d, addr);
}

/**
 * p2m_queue_flush - write the entries that wait in a queue
 * @queue: the queue; may be empty
 *
 * Context: preemption is off.
 * Return: 0, or -EIO if not all of them were written: see @queue->done.
 */
int p2m_queue_flush(struct p2m_queue *queue)
{
	unsigned int nr = queue->nr;
	unsigned int done;

	if (!nr)
		return 0;

	done = queue->list->ops->apply(queue->list, queue->update, nr);
	queue->done += done;
	queue->nr = 0;

	return done == nr ? 0 : -EIO;
}
