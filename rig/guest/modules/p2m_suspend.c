// SPDX-License-Identifier: GPL-2.0-only
/*
 * What happens to the list in a suspend: counts the allocations and the time
 * between the call of one function and the return of another. On request it
 * corrupts all derived data just before Xen takes over, so that whatever is
 * right afterwards must have been rebuilt. Also works with the stock kernel,
 * except for the corruption.
 */
#include <linux/debugfs.h>
#include <linux/kprobes.h>
#include <linux/module.h>
#include <linux/seq_file.h>
#include <linux/syscore_ops.h>
#include <linux/timex.h>

#include <xen/xen.h>

#if __has_include("p2m.h")
#include "p2m.h"
#endif

static char *first = "xen_p2m_resume";
module_param(first, charp, 0400);
MODULE_PARM_DESC(first, "function whose call starts the span (default: xen_p2m_resume)");

static char *last = "xen_p2m_resume";
module_param(last, charp, 0400);
MODULE_PARM_DESC(last, "function whose return ends it (default: xen_p2m_resume)");

static unsigned long list;
module_param(list, ulong, 0400);
MODULE_PARM_DESC(list, "address of our list: corrupt what is derived from it");

/* Written in stop_machine(), on one cpu. */
static unsigned long spans, allocations, cycles;
static unsigned long began;
static bool inside;

static int suspend_allocates(struct kprobe *probe, struct pt_regs *regs)
{
	if (READ_ONCE(inside))
		allocations++;

	return 0;
}

static int suspend_begins(struct kprobe *probe, struct pt_regs *regs)
{
	spans++;
	WRITE_ONCE(inside, true);
	began = get_cycles();

	return 0;
}

static int suspend_ends(struct kretprobe_instance *instance,
			struct pt_regs *regs)
{
	cycles = get_cycles() - began;
	WRITE_ONCE(inside, false);

	return 0;
}

static struct kprobe probes[] = {
	{ .symbol_name = "__alloc_pages_noprof", .pre_handler = suspend_allocates },
	{ .symbol_name = "kmem_cache_alloc_noprof", .pre_handler = suspend_allocates },
	{ .symbol_name = "kmem_cache_alloc_node_noprof", .pre_handler = suspend_allocates },
	{ .symbol_name = "__kmalloc_cache_noprof", .pre_handler = suspend_allocates },
	{ .symbol_name = "__kmalloc_noprof", .pre_handler = suspend_allocates },
	{ .pre_handler = suspend_begins },
};

static struct kretprobe end_probe = { .handler = suspend_ends };

#ifdef _XEN_P2M_H
static void suspend_spoil_page(void *page)
{
	if (page)
		memset(page, 0x5a, PAGE_SIZE);
}

/* The toolstack has already read all this; it must read it again next time. */
static int suspend_spoil(void *data)
{
	struct p2m_list *spoilt = (struct p2m_list *)list;
	struct arch_shared_info *shared = spoilt->ops->shared(spoilt);
	struct p2m_tree *tree = &spoilt->tree;
	unsigned int top;

	for (top = 0; top < P2M_PER_PAGE; top++)
		suspend_spoil_page(tree->mid[top]);
	suspend_spoil_page(tree->mid_missing);
	suspend_spoil_page(tree->top);
	shared->p2m_vaddr = 0x5a5a;
	shared->p2m_cr3 = 0x5a5a;
	shared->p2m_generation = 0x5a5b;
	shared->max_pfn = 0x5a5a;
	pr_info("p2m_suspend: spoilt\n");

	return 0;
}
#else
static int suspend_spoil(void *data)
{
	return -EOPNOTSUPP;
}
#endif

static const struct syscore_ops suspend_ops = { .suspend = suspend_spoil };

static struct syscore suspend_syscore = { .ops = &suspend_ops };

static int suspend_show(struct seq_file *m, void *v)
{
	seq_printf(m, "spans %lu\nallocations %lu\ncycles %lu\n",
		   spans, allocations, cycles);

	return 0;
}
DEFINE_SHOW_ATTRIBUTE(suspend);

static int __init suspend_init(void)
{
	unsigned int n;
	int err;

	probes[ARRAY_SIZE(probes) - 1].symbol_name = first;
	end_probe.kp.symbol_name = last;
	err = register_kretprobe(&end_probe);
	for (n = 0; !err && n < ARRAY_SIZE(probes); n++)
		err = register_kprobe(&probes[n]);
	if (err)
		return err;

	if (list)
		register_syscore(&suspend_syscore);
	debugfs_create_file("p2m_suspend", 0400, NULL, NULL, &suspend_fops);

	return 0;
}
module_init(suspend_init);

MODULE_DESCRIPTION("What happens to the p2m list in a suspend");
MODULE_LICENSE("GPL");
