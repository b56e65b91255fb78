// SPDX-License-Identifier: GPL-2.0-only
/*
 * Grows the list leaf by leaf until told to stop, by setting an entry that
 * needs its own leaf and making it missing again at once. It starts with the
 * highest leaf and goes down, so that max_pfn changes only with the first one
 * and only the generation tells readers about the others. With freeze, readers
 * do not even see that: the generation stays the same even number.
 */
#include <linux/delay.h>
#include <linux/kthread.h>
#include <linux/module.h>

#include <asm/xen/page.h>

#if __has_include("p2m.h")
#include "p2m.h"
#endif

#define GROW_ENTRY	FOREIGN_FRAME(1UL)	/* not a frame of this domain */

/* Both short and long pauses, so that some suit the speed of any reader. */
#define GROW_PAUSES	6

/* Not exported. */
static unsigned long set;
module_param(set, ulong, 0400);
MODULE_PARM_DESC(set, "address of set_phys_to_machine()");

static unsigned long first;
module_param(first, ulong, 0400);
MODULE_PARM_DESC(first, "the lowest pfn to grow to");

static unsigned long leaves = 1;
module_param(leaves, ulong, 0400);
MODULE_PARM_DESC(leaves, "number of leaves to grow by");

static unsigned long stride = P2M_PER_PAGE;
module_param(stride, ulong, 0400);
MODULE_PARM_DESC(stride, "pfns from one leaf to the next");

static unsigned int pause_ms;
module_param(pause_ms, uint, 0400);
MODULE_PARM_DESC(pause_ms, "milliseconds between two leaves, doubled up to 32 times");

static bool stay;
module_param(stay, bool, 0400);
MODULE_PARM_DESC(stay, "leave the entry in place");

static unsigned long freeze;
module_param(freeze, ulong, 0400);
MODULE_PARM_DESC(freeze, "address of our list: hide changes of its generation from readers");

static unsigned long hook;
module_param(hook, ulong, 0400);
MODULE_PARM_DESC(hook, "address of p2m_step_hook; needed to freeze");

static bool stop;
module_param(stop, bool, 0600);
MODULE_PARM_DESC(stop, "set to stop growing, and to show readers the list again");

static unsigned long grown;
module_param(grown, ulong, 0400);
MODULE_PARM_DESC(grown, "leaves so far");

#ifdef _XEN_P2M_H
static struct p2m_list *frozen;
static unsigned long generation;

/* Called after each store that readers can see. */
static void grow_freeze_step(struct p2m_list *list)
{
	if (list == frozen)
		WRITE_ONCE(list->ops->shared(list)->p2m_generation, generation);
}

static void grow_set_step(void (*step)(struct p2m_list *list))
{
	WRITE_ONCE(*(void (**)(struct p2m_list *list))hook, step);
}

static void grow_freeze(void)
{
	frozen = (struct p2m_list *)freeze;
	mutex_lock(&frozen->lock);
	generation = frozen->generation;
	grow_set_step(grow_freeze_step);
	mutex_unlock(&frozen->lock);
}

static void grow_thaw(void)
{
	mutex_lock(&frozen->lock);
	grow_set_step(NULL);
	frozen->ops->shared(frozen)->p2m_generation = frozen->generation;
	mutex_unlock(&frozen->lock);
}
#else
static void grow_freeze(void)
{
}

static void grow_thaw(void)
{
}
#endif

static bool grow_set(unsigned long pfn, unsigned long mfn)
{
	return ((typeof(&set_phys_to_machine))set)(pfn, mfn);
}

static int grow(void *data)
{
	unsigned long pfn = first + leaves * stride;

	while (grown < leaves && !READ_ONCE(stop)) {
		pfn -= stride;
		if (!grow_set(pfn, GROW_ENTRY) ||
		    (!stay && !grow_set(pfn, INVALID_P2M_ENTRY)))
			pr_err("p2m_grow: pfn %#lx refused\n", pfn);
		grown++;
		if (pause_ms)
			msleep(pause_ms << (grown % GROW_PAUSES));
	}
	if (freeze)
		grow_thaw();

	return 0;
}

/* The rig's kernels do not unload modules. */
static int __init grow_init(void)
{
	struct task_struct *grower;

	if (!set || !first || (first | stride) % P2M_PER_PAGE ||
	    (freeze && !hook))
		return -EINVAL;
	if (freeze)
		grow_freeze();
	grower = kthread_run(grow, NULL, "p2m_grow");

	return PTR_ERR_OR_ZERO(grower);
}
module_init(grow_init);

MODULE_DESCRIPTION("Grows the p2m list");
MODULE_LICENSE("GPL");
