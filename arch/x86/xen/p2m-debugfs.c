// SPDX-License-Identifier: GPL-2.0-only
/*
 * For people: debugfs xen/p2m (the whole reach as runs of one kind),
 * xen/p2m_stats (where the list is, what it costs, what is published) and
 * xen/p2m_check (the self-check, which looks at every entry when it is read).
 */
#include <linux/debugfs.h>
#include <linux/init.h>
#include <linux/sched.h>
#include <linux/seq_file.h>

#include <asm/xen/hypercall.h>
#include <xen/interface/memory.h>
#include <xen/xen.h>

#include "xen-ops.h"
#include "p2m.h"
#include "p2m/check.h"
#include "p2m/runs.h"

static const char * const xen_p2m_kind_name[] = {
	[P2M_MISSING] = "missing",
	[P2M_IDENTITY] = "identity",
	[P2M_POPULATED] = "populated",
	[P2M_FOREIGN] = "foreign",
};

static int xen_p2m_show(struct seq_file *m, void *v)
{
	struct p2m_run run = { };

	while (p2m_next_run(&xen_p2m, &run)) {
		seq_printf(m, "[%#lx, %#lx) %s\n", run.pfn, run.end,
			   xen_p2m_kind_name[run.kind]);
		cond_resched();
	}

	return 0;
}
DEFINE_SHOW_ATTRIBUTE(xen_p2m);

static void xen_p2m_show_pages(struct seq_file *m, const char *what,
			       unsigned long pages)
{
	seq_printf(m, "  %-22s %8lu KiB\n", what, pages * (PAGE_SIZE >> 10));
}

/* Pages that every list has: the sentinels; top, missing mid, array of mids. */
#define XEN_P2M_SENTINELS	3
#define XEN_P2M_TREE_PAGES	3

static void xen_p2m_show_memory(struct seq_file *m, const struct p2m_list *list)
{
	const struct p2m_count *count = &list->count;

	seq_puts(m, "memory\n");
	xen_p2m_show_pages(m, "leaves", count->leaves);
	xen_p2m_show_pages(m, "page tables", count->tables);
	xen_p2m_show_pages(m, "index", count->nodes);
	xen_p2m_show_pages(m, "frame tree", count->tree_mids + XEN_P2M_TREE_PAGES);
	xen_p2m_show_pages(m, "sentinels and scratch", XEN_P2M_SENTINELS + 1);
	seq_printf(m, "  %-22s %8zu bytes\n", "identity bits, list",
		   count->mixed * sizeof(struct p2m_mixed) + sizeof(*list));
}

static void xen_p2m_show_runs(struct seq_file *m, const struct p2m_list *list)
{
	unsigned long nr[ARRAY_SIZE(xen_p2m_kind_name)] = { };
	struct p2m_run run = { };
	unsigned int kind;

	while (p2m_next_run(list, &run)) {
		nr[run.kind]++;
		cond_resched();
	}

	seq_puts(m, "runs\n");
	for (kind = 0; kind < ARRAY_SIZE(nr); kind++)
		seq_printf(m, "  %-22s %8lu\n", xen_p2m_kind_name[kind], nr[kind]);
}

static void xen_p2m_show_published(struct seq_file *m)
{
	struct arch_shared_info *shared = &HYPERVISOR_shared_info->arch;

	seq_puts(m, "published\n");
	seq_printf(m, "  %-22s %#lx\n", "max_pfn", READ_ONCE(shared->max_pfn));
	seq_printf(m, "  %-22s %#lx\n", "frame_list_list",
		   READ_ONCE(shared->pfn_to_mfn_frame_list_list));
	seq_printf(m, "  %-22s %#lx\n", "p2m_cr3", READ_ONCE(shared->p2m_cr3));
	seq_printf(m, "  %-22s %#lx\n", "p2m_vaddr",
		   READ_ONCE(shared->p2m_vaddr));
	seq_printf(m, "  %-22s %lu\n", "p2m_generation",
		   READ_ONCE(shared->p2m_generation));
}

static int xen_p2m_stats_show(struct seq_file *m, void *v)
{
	seq_printf(m, "list      %#lx, reach %#lx pfns (%lu GiB)\n",
		   (unsigned long)xen_p2m.base, xen_p2m.reach,
		   xen_p2m.reach >> P2M_BOTTOM_SHIFT);
	seq_printf(m, "leaves    %lu\n", xen_p2m.count.leaves);
	xen_p2m_show_runs(m, &xen_p2m);
	xen_p2m_show_memory(m, &xen_p2m);
	xen_p2m_show_published(m);

	return 0;
}
DEFINE_SHOW_ATTRIBUTE(xen_p2m_stats);

static void xen_p2m_show_bad(struct seq_file *m, const char *what,
			     unsigned long nr, unsigned long *sum)
{
	seq_printf(m, "  %-34s %lu\n", what, nr);
	*sum += nr;
}

/* Frames of the domain by Xen's count. */
static long xen_p2m_owned(void)
{
	domid_t domid = DOMID_SELF;

	return HYPERVISOR_memory_op(XENMEM_current_reservation, &domid);
}

/* A look during which the domain's size did not change, in a few attempts. */
static long xen_p2m_check_at_rest(struct p2m_check *check)
{
	unsigned int tries = 4;
	long owned;

	do {
		owned = xen_p2m_owned();
		p2m_check(&xen_p2m, check);
	} while (owned != xen_p2m_owned() && --tries);

	return owned;
}

static int xen_p2m_check_show(struct seq_file *m, void *v)
{
	unsigned long bad = 0;
	struct p2m_check check;
	unsigned int kind;
	long elsewhere;

	elsewhere = xen_p2m_check_at_rest(&check);
	elsewhere -= check.kind[P2M_POPULATED];

	seq_puts(m, "entries\n");
	for (kind = 0; kind < ARRAY_SIZE(check.kind); kind++)
		seq_printf(m, "  %-34s %lu\n", xen_p2m_kind_name[kind],
			   check.kind[kind]);
	seq_printf(m, "  %-34s %lu\n", "of the foreign: firmware areas",
		   xen_p2m_firmware_pfns());
	seq_puts(m, "wrong\n");
	xen_p2m_show_bad(m, "m2p[p2m[pfn]] != pfn", check.bad_m2p, &bad);
	xen_p2m_show_bad(m, "leaf mapped elsewhere", check.bad_leaf, &bad);
	xen_p2m_show_bad(m, "leaf elsewhere in the tree", check.bad_tree, &bad);
	xen_p2m_show_bad(m, "list, leaf and lookup differ", check.bad_entry, &bad);
	xen_p2m_show_bad(m, "frame beyond max_pfn", check.bad_tail, &bad);
	xen_p2m_show_bad(m, "owned but not in the list", abs(elsewhere), &bad);
	if (bad)
		seq_printf(m, "self-check: FAILED (%lu)\n", bad);
	else
		seq_puts(m, "self-check: ok\n");

	return 0;
}
DEFINE_SHOW_ATTRIBUTE(xen_p2m_check);

/* The directory "xen", shared with debugfs.c where that is built. */
static struct dentry * __init xen_p2m_debugfs_dir(void)
{
#ifdef CONFIG_XEN_DEBUG_FS
	return xen_init_debugfs();
#else
	return debugfs_create_dir("xen", NULL);
#endif
}

static int __init xen_p2m_debugfs(void)
{
	struct dentry *dir;

	if (!xen_pv_domain())
		return 0;

	dir = xen_p2m_debugfs_dir();
	debugfs_create_file("p2m", 0400, dir, NULL, &xen_p2m_fops);
	debugfs_create_file("p2m_stats", 0400, dir, NULL, &xen_p2m_stats_fops);
	debugfs_create_file("p2m_check", 0400, dir, NULL, &xen_p2m_check_fops);

	return 0;
}
fs_initcall(xen_p2m_debugfs);
