// SPDX-License-Identifier: GPL-2.0-only
/*
 * The operations of private lists: they count, fail when told to, and let a
 * test look at each step.  Under Xen PV they end in the hypercalls of the live
 * list, elsewhere in plain stores, so the same cases run in both.
 *
 * New objects hold garbage and freed ones are overwritten, so that a case
 * fails if it relies on memory being clear, or on memory that is gone.
 */
#include <linux/gfp.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/string.h>

#include <asm/tlbflush.h>
#include <xen/xen.h>

#include "lists.h"

#define FRESH_BYTE	0x5a
#define FREED_BYTE	0xa5

static struct test_list *to_test_list(struct p2m_list *list)
{
	return container_of(list, struct test_list, list);
}

/* True for the nth call, once. */
static bool test_fails(unsigned long *nth)
{
	return *nth && !--*nth;
}

/* True for the nth object, once: a block that contains it fails as a whole. */
static bool test_alloc_fails(unsigned long *nth, unsigned int nr)
{
	if (nr == 1 || !*nth)
		return test_fails(nth);
	if (*nth <= nr)
		return true;

	*nth -= nr;
	return false;
}

static void *test_alloc_pages(unsigned int order)
{
	struct page *page = alloc_pages(GFP_KERNEL, order);

	if (!page)
		return NULL;
	split_page(page, order);

	return page_address(page);
}

static void *test_op_alloc(struct p2m_list *list, size_t size)
{
	struct test_list *t = to_test_list(list);
	unsigned int nr = size < PAGE_SIZE ? 1 : size / PAGE_SIZE;
	void *object;

	t->calls.alloc++;
	if (test_alloc_fails(&t->fail.alloc, nr))
		return NULL;

	if (size < PAGE_SIZE)
		object = kmalloc(size, GFP_KERNEL);
	else
		object = test_alloc_pages(get_order(size));
	if (!object)
		return NULL;

	memset(object, FRESH_BYTE, size);
	t->live += nr;
	return object;
}

static void test_op_free(struct p2m_list *list, void *object, size_t size)
{
	memset(object, FREED_BYTE, size);
	if (size == PAGE_SIZE)
		free_page((unsigned long)object);
	else
		kfree(object);
	to_test_list(list)->live--;
}

static unsigned long test_op_mfn(const void *page)
{
	/* A migration must not make it another frame. */
	WARN_ON_ONCE(preemptible());

	return virt_to_mfn(page);
}

static unsigned long test_op_m2p(unsigned long mfn)
{
	return mfn_to_pfn_no_overrides(mfn);
}

static int test_op_protect(struct p2m_list *list, void *page)
{
	struct test_list *t = to_test_list(list);

	if (test_fails(&t->fail.protect))
		return -EBUSY;

	t->protected++;
	return xen_pv_domain() ? xen_p2m_ops.protect(list, page) : 0;
}

static int test_op_unprotect(struct p2m_list *list, void *page)
{
	to_test_list(list)->protected--;
	return xen_pv_domain() ? xen_p2m_ops.unprotect(list, page) : 0;
}

/**
 * test_write_entry - write a live page-table entry
 * @list: the list that it belongs to
 * @update: the entry and its value
 *
 * Return: false if Xen refuses it.
 */
bool test_write_entry(struct p2m_list *list, const struct p2m_update *update)
{
	if (xen_pv_domain())
		return xen_p2m_ops.apply(list, update, 1) == 1;

	WRITE_ONCE(*update->entry, update->val);
	return true;
}

static void test_step(struct test_list *t)
{
	if (t->step)
		t->step(t);
	if (t->watch.on)
		test_watch_step(t);
}

/**
 * test_stored - look at what readers outside can see after a store
 * @list: the list, not necessarily of a test
 */
void test_stored(struct p2m_list *list)
{
	if (list->ops == &test_ops)
		test_step(to_test_list(list));
}

/* One at a time, so that each can be watched. */
static unsigned int test_op_apply(struct p2m_list *list,
				  const struct p2m_update *updates,
				  unsigned int nr)
{
	struct test_list *t = to_test_list(list);
	unsigned int i;

	for (i = 0; i < nr; i++) {
		if (test_fails(&t->fail.apply) ||
		    !test_write_entry(list, &updates[i]))
			return i;
		t->calls.apply++;
		test_step(t);
	}

	return nr;
}

static void test_op_flush(struct p2m_list *list)
{
	struct test_list *t = to_test_list(list);

	if (t->flush)
		t->flush(t);
	if (xen_pv_domain())
		xen_p2m_ops.flush(list);
	else
		flush_tlb_all();
}

static struct arch_shared_info *test_op_shared(struct p2m_list *list)
{
	return &to_test_list(list)->shared;
}

const struct p2m_ops test_ops = {
	.alloc = test_op_alloc,
	.free = test_op_free,
	.mfn = test_op_mfn,
	.m2p = test_op_m2p,
	.protect = test_op_protect,
	.unprotect = test_op_unprotect,
	.apply = test_op_apply,
	.flush = test_op_flush,
	.shared = test_op_shared,
};
