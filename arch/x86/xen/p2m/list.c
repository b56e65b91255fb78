// SPDX-License-Identifier: GPL-2.0-only
/*
 * How a list begins: empty, its whole reach mapped to the sentinels.
 */
#include <linux/align.h>
#include <linux/pgtable.h>
#include <linux/preempt.h>
#include <linux/string.h>

#include "list.h"
#include "table.h"
#include "tree.h"

static int __init_or_kunit p2m_protect_sentinels(struct p2m_list *list)
{
	const struct p2m_sentinels *sentinel = &list->sentinel;
	const struct p2m_ops *ops = list->ops;

	/* The leaf is no page table, but a stray store must not hit it. */
	return ops->protect(list, sentinel->leaf) ?:
	       ops->protect(list, sentinel->pte) ?:
	       ops->protect(list, sentinel->pmd);
}

/* Make the first @nr PUD entries of the area @val; @done of them are. */
static int __init_or_kunit p2m_set_pud_entries(struct p2m_list *list,
					       unsigned long nr, u64 val,
					       unsigned int *done)
{
	struct p2m_queue queue = { .list = list };
	unsigned long i;
	int err = 0;

	for (i = 0; i < nr && !err; i++)
		err = p2m_queue_add(&queue,
				    p2m_pud_entry(list, i << P2M_MID_SHIFT),
				    val);
	if (!err)
		err = p2m_queue_flush(&queue);
	*done = queue.done;

	return err;
}

static int __init_or_kunit p2m_map_sentinels(struct p2m_list *list)
{
	const struct p2m_sentinels *sentinel = &list->sentinel;
	unsigned int done, undone;
	int err;

	memset64(sentinel->pte, p2m_sentinel_entry(list), P2M_PER_PAGE);
	memset64(sentinel->pmd, p2m_table_link(list, sentinel->pte),
		 P2M_PER_PAGE);

	err = p2m_protect_sentinels(list);
	if (err)
		return err;

	err = p2m_set_pud_entries(list, list->reach >> P2M_MID_SHIFT,
				  p2m_table_link(list, sentinel->pmd), &done);
	if (err)
		p2m_set_pud_entries(list, done, 0, &undone);

	return err;
}

static void *__init_or_kunit p2m_alloc_filled(struct p2m_list *list, u64 word)
{
	void *page = list->ops->alloc(list, PAGE_SIZE);

	if (page)
		memset64(page, word, P2M_PER_PAGE);
	return page;
}

/* What every list has, however empty. */
static int __init_or_kunit p2m_alloc_fixed(struct p2m_list *list)
{
	struct p2m_sentinels *sentinel = &list->sentinel;

	sentinel->leaf = p2m_alloc_filled(list, INVALID_P2M_ENTRY);
	sentinel->pte = p2m_alloc_filled(list, 0);
	sentinel->pmd = p2m_alloc_filled(list, 0);
	list->scratch = p2m_alloc_filled(list, 0);
	if (!sentinel->leaf || !sentinel->pte || !sentinel->pmd ||
	    !list->scratch)
		return -ENOMEM;

	return p2m_tree_alloc(list);
}

/**
 * p2m_init - make an empty list: every pfn missing, the whole reach mapped
 * @list: zeroed memory, except for @list->tree_only
 * @base: kernel address, 1 GiB aligned, of @reach * 8 bytes.  The PUD tables
 *	of that area exist and its PUD entries are clear.
 * @reach: pfns; a multiple of 2^27 and at most P2M_MAX_REACH
 * @ops: the operations
 *
 * After a failure the caller frees what @list points to, after a flush and
 * after making it writable.
 *
 * Context: process, or early boot on the one cpu.
 * Return: 0, -EINVAL, -ENOMEM, -EIO, or the error of ops->protect().
 */
int __init_or_kunit p2m_init(struct p2m_list *list, unsigned long *base,
			     unsigned long reach, const struct p2m_ops *ops)
{
	int err;

	if (!reach || reach > P2M_MAX_REACH ||
	    !IS_ALIGNED(reach, 1UL << P2M_MID_SHIFT) ||
	    !IS_ALIGNED((unsigned long)base, PUD_SIZE))
		return -EINVAL;

	mutex_init(&list->lock);
	list->base = base;
	list->reach = reach;
	list->ops = ops;

	err = p2m_alloc_fixed(list);
	if (err)
		return err;

	preempt_disable();
	p2m_tree_refresh(list);
	err = p2m_map_sentinels(list);
	preempt_enable();

	return err;
}
