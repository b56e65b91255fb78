// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the p2m costs its callers: a module that is built against our tree and
 * against the stock one, and uses the interface that both have.
 *
 * It does not count anything itself.  Each measurement is enclosed by two calls
 * of noop_direct_IO(), which nobody else calls, and rig/qemu-plugin/phases.c
 * counts from one to the next.  The kernel log has the measurements in the same
 * order, one line "row NAME CALLS NOTHING" for each: CALLS calls, from whose
 * cost that of the row NOTHING must be subtracted (- if none).
 */
#include <linux/fs.h>
#include <linux/irqflags.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/notifier.h>
#include <linux/sizes.h>
#include <linux/vmalloc.h>

#include <xen/balloon.h>
#include <xen/grant_table.h>
#include <xen/page.h>
#include <xen/xen.h>

#if __has_include("p2m.h")
#include <xen/p2m.h>
#include "p2m.h"
#endif

#define CALLS		4096
#define GROWN		512
#define GRANTS		512
#define FAR		BIT(26)		/* unused pfns, within the reach of both */

/* Not exported; the job looks up their addresses. */
static unsigned long set, reserve, claim_grants, map_grants, unmap_grants;
static unsigned long resume, resume_last, chain;
module_param(set, ulong, 0400);
MODULE_PARM_DESC(set, "set_phys_to_machine()");
module_param(reserve, ulong, 0400);
MODULE_PARM_DESC(reserve, "xen_p2m_reserve(), which stock has not");
module_param(claim_grants, ulong, 0400);
MODULE_PARM_DESC(claim_grants, "xen_p2m_claim_pages(); 0 in the stock kernel");
module_param(map_grants, ulong, 0400);
MODULE_PARM_DESC(map_grants, "set_foreign_p2m_mapping()");
module_param(unmap_grants, ulong, 0400);
MODULE_PARM_DESC(unmap_grants, "clear_foreign_p2m_mapping()");
module_param(resume, ulong, 0400);
MODULE_PARM_DESC(resume, "what a resume calls for the list");
module_param(resume_last, ulong, 0400);
MODULE_PARM_DESC(resume_last, "what it calls after that, or 0");
module_param(chain, ulong, 0400);
MODULE_PARM_DESC(chain, "the notifiers that it calls then");

static void bench_mark(void)
{
	noop_direct_IO(NULL, NULL);
}

static void bench_say(const char *name, unsigned long calls, const char *nothing)
{
	pr_info("p2m_bench: row %s %lu %s\n", name, calls, nothing);
}

/* A measurement in user space is enclosed by row=NAME and row=end. */
static int bench_row(const char *val, const struct kernel_param *kp)
{
	if (!sysfs_streq(val, "end"))
		pr_info("p2m_bench: row %.*s 1 -\n",
			(int)strcspn(val, "\n"), val);
	bench_mark();

	return 0;
}
static const struct kernel_param_ops bench_row_ops = { .set = bench_row };
module_param_cb(row, &bench_row_ops, NULL, 0200);
MODULE_PARM_DESC(row, "the row that starts, or end");

/* Loops: one function for each kind of call, which is inlined */

struct bench {
	unsigned long n;	/* a pfn, or an mfn, or a PTE */
	unsigned long step;
	unsigned long mask;	/* of random pfns; 0: in order */
	unsigned long mfn;
};

static bool (*set_entry)(unsigned long pfn, unsigned long mfn);

static noinline bool set_nothing(unsigned long pfn, unsigned long mfn)
{
	asm volatile("");
	return true;
}
static bool (*set_no_entry)(unsigned long pfn, unsigned long mfn) = set_nothing;

static __always_inline unsigned long call_nothing(const struct bench *b,
						  unsigned long n)
{
	return n;
}

static __always_inline unsigned long call_lookup(const struct bench *b,
						 unsigned long n)
{
	return __pfn_to_mfn(n);
}

static __always_inline unsigned long call_mfn_to_pfn(const struct bench *b,
						     unsigned long n)
{
	return mfn_to_pfn(n);
}

static __always_inline unsigned long call_pte_pfn(const struct bench *b,
						  unsigned long n)
{
	return pte_pfn(__pte_ma(n));
}

static __always_inline unsigned long call_no_set(const struct bench *b,
						 unsigned long n)
{
	return set_no_entry(n, b->mfn);
}

static __always_inline unsigned long call_set(const struct bench *b,
					      unsigned long n)
{
	return set_entry(n, b->mfn);
}

static __always_inline void
bench_loop(const struct bench *b,
	   unsigned long (*call)(const struct bench *b, unsigned long n))
{
	unsigned long i, n = b->n, flags;

	local_irq_save(flags);
	bench_mark();
	for (i = 0; i < CALLS; i++, n += b->step)
		asm volatile("" : : "r" (call(b, n)));
	bench_mark();
	local_irq_restore(flags);
}

/* Visits each pfn once, in an order that defeats prefetchers and caches. */
static __always_inline void
bench_random(const struct bench *b,
	     unsigned long (*call)(const struct bench *b, unsigned long n))
{
	unsigned long i, flags, n = 0;

	local_irq_save(flags);
	bench_mark();
	for (i = 0; i < CALLS; i++) {
		n = (n * 1664525 + 1013904223) & b->mask;
		asm volatile("" : : "r" (call(b, b->n + n)));
	}
	bench_mark();
	local_irq_restore(flags);
}

#define LOOP(name, loop)						\
	static noinline void loop##_##name(const struct bench *b)	\
	{								\
		bench_##loop(b, call_##name);				\
	}

LOOP(nothing, loop)
LOOP(lookup, loop)
LOOP(mfn_to_pfn, loop)
LOOP(pte_pfn, loop)
LOOP(no_set, loop)
LOOP(set, loop)
LOOP(nothing, random)
LOOP(lookup, random)

static void bench_run(const char *name, const char *nothing,
		      void (*loop)(const struct bench *b), struct bench b)
{
	bench_say(name, CALLS, nothing);
	loop(&b);
}

/* The first of @nr consecutive pfns whose lookups all give @mfn, or 0. */
static unsigned long bench_find(unsigned long mfn, unsigned long nr)
{
	unsigned long pfn, found = 0;

	for (pfn = 0; pfn < BIT(20) && found < nr; pfn++)
		found = __pfn_to_mfn(pfn) == mfn ? found + 1 : 0;

	return found == nr ? pfn - nr : 0;
}

static unsigned long bench_pte(unsigned long mfn)
{
	return (mfn << PAGE_SHIFT) | pgprot_val(PAGE_KERNEL);
}

/* Entries of every kind */

#define OWN		0x1000UL		/* a pfn with a frame of ours */
#define IDENTITY	(BIT(20) * 3 / 4)	/* one of an identity range */

static void bench_nothing(void)
{
	bench_run("nothing", "-", loop_nothing, (struct bench) { OWN, 1 });
	bench_run("nothing_random", "-", random_nothing,
		  (struct bench) { OWN, .mask = BIT(16) - 1 });
	bench_run("no_set", "-", loop_no_set, (struct bench) { OWN, 1 });
}

static void bench_lookups(unsigned long missing, unsigned long ballooned)
{
	bench_run("hit", "nothing", loop_lookup, (struct bench) { OWN, 1 });
	bench_run("hit_strided", "nothing", loop_lookup,
		  (struct bench) { OWN, 13 });
	bench_run("hit_random", "nothing_random", random_lookup,
		  (struct bench) { OWN, .mask = BIT(16) - 1 });
	bench_run("identity", "nothing", loop_lookup,
		  (struct bench) { IDENTITY, 1 });
	bench_run("missing", "nothing", loop_lookup,
		  (struct bench) { missing, 1 });
	bench_run("ballooned", "nothing", loop_lookup,
		  (struct bench) { ballooned });
	bench_run("mfn_to_pfn", "nothing", loop_mfn_to_pfn,
		  (struct bench) { pfn_to_mfn(OWN) });
	bench_run("mfn_to_pfn_identity", "nothing", loop_mfn_to_pfn,
		  (struct bench) { IDENTITY, 1 });
	bench_run("pte_pfn", "nothing", loop_pte_pfn,
		  (struct bench) { bench_pte(pfn_to_mfn(OWN)) });
	bench_run("pte_pfn_identity", "nothing", loop_pte_pfn,
		  (struct bench) { bench_pte(IDENTITY) });
}

static void bench_sets(unsigned long missing, unsigned long ballooned)
{
	bench_run("set", "no_set", loop_set,
		  (struct bench) { OWN, .mfn = pfn_to_mfn(OWN) });
	bench_run("set_ballooned_again", "no_set", loop_set,
		  (struct bench) { ballooned, .mfn = INVALID_P2M_ENTRY });
	bench_run("set_missing_again", "no_set", loop_set,
		  (struct bench) { missing, 1, .mfn = INVALID_P2M_ENTRY });
	bench_run("set_identity_again", "no_set", loop_set,
		  (struct bench) { IDENTITY, .mfn = IDENTITY_FRAME(IDENTITY) });
}

/*
 * In its own domain, a foreign frame has a pfn for which we have another frame.
 * Nobody uses the page @other meanwhile.
 */
static void bench_foreign(unsigned long pfn, struct page *other)
{
	unsigned long foreign = pfn_to_mfn(page_to_pfn(other));

	set_entry(page_to_pfn(other), foreign + 1);
	set_entry(pfn, FOREIGN_FRAME(foreign));
	bench_run("foreign", "nothing", loop_lookup, (struct bench) { pfn });
	bench_run("mfn_to_pfn_foreign", "nothing", loop_mfn_to_pfn,
		  (struct bench) { foreign });
	bench_run("pte_pfn_foreign", "nothing", loop_pte_pfn,
		  (struct bench) { bench_pte(foreign) });
	set_entry(pfn, INVALID_P2M_ENTRY);
	set_entry(page_to_pfn(other), foreign);
}

/* @page is ballooned out, and its entry becomes foreign at the end. */
static int bench_entries(struct page *page)
{
	unsigned long missing = bench_find(INVALID_P2M_ENTRY, CALLS);
	unsigned long ballooned = page_to_pfn(page);
	struct page *other = alloc_page(GFP_KERNEL);

	if (!missing || !other)
		return -ENODEV;

	bench_nothing();
	bench_lookups(missing, ballooned);
	bench_sets(missing, ballooned);
	bench_foreign(ballooned, other);
	__free_page(other);

	return 0;
}

/* Growth, as by callers that know the range */

static int bench_reserve(unsigned long pfn, unsigned long leaves)
{
#ifdef _XEN_P2M_H
	return ((typeof(&xen_p2m_reserve))reserve)(pfn, leaves * P2M_PER_PAGE);
#else
	int err = 0;

	for (; leaves-- && !err; pfn += P2M_PER_PAGE)
		err = xen_alloc_p2m_entry(pfn);

	return err;
#endif
}

static int bench_growth(void)
{
	/* The first one also allocates page tables. */
	int err = bench_reserve(FAR, 1);

	bench_say("grow_1", 1, "-");
	bench_mark();
	err = err ?: bench_reserve(FAR + P2M_PER_PAGE, 1);
	bench_mark();

	bench_say("grow_512", GROWN, "-");
	bench_mark();
	err = err ?: bench_reserve(FAR + GROWN * P2M_PER_PAGE, GROWN);
	bench_mark();

	return err;
}

/* The cost of a batch of grants for the list, before and after Xen maps it */

typedef unsigned int bench_claim_t(const struct gnttab_map_grant_ref *map_ops,
				   const struct gnttab_map_grant_ref *kmap_ops,
				   struct page **pages, unsigned int count);

static void bench_grants(const char *map_name, const char *unmap_name,
			 struct page **pages, unsigned int nr)
{
	typeof(&set_foreign_p2m_mapping) enter = (void *)map_grants;
	typeof(&clear_foreign_p2m_mapping) leave = (void *)unmap_grants;
	bench_claim_t *claim = (void *)claim_grants;
	struct gnttab_map_grant_ref *map = vcalloc(nr, sizeof(*map));
	struct gnttab_unmap_grant_ref *unmap = vcalloc(nr, sizeof(*unmap));
	unsigned int i;

	if (!map || !unmap)
		goto out;
	for (i = 0; i < nr; i++) {
		map[i].dev_bus_addr = PFN_PHYS(machine_to_phys_nr - 1 - i);
		map[i].host_addr = (unsigned long)page_address(pages[i]);
		map[i].handle = i;
		unmap[i].handle = i;
	}
	bench_say(map_name, nr, "-");
	bench_mark();
	if (claim)
		claim(map, NULL, pages, nr);
	enter(map, NULL, pages, nr);
	bench_mark();
	bench_say(unmap_name, nr, "-");
	bench_mark();
	leave(unmap, NULL, pages, nr);
	bench_mark();
	for (i = 0; i < nr; i++)
		ClearPageForeign(pages[i]);
out:
	vfree(map);
	vfree(unmap);
}

/* Resuming after a cancelled suspend */
static void bench_resume(void)
{
	void (*first)(void) = (void *)resume, (*last)(void) = (void *)resume_last;
	unsigned long flags;

	bench_say("resume", 1, "-");
	local_irq_save(flags);
	bench_mark();
	first();
	if (last)
		last();
	bench_mark();
	local_irq_restore(flags);
}

/* All that a resume does for the list and the balloon. */
static void bench_resume_whole(const char *name)
{
	void (*first)(void) = (void *)resume, (*last)(void) = (void *)resume_last;
	unsigned long flags;

	bench_say(name, 1, "-");
	bench_mark();
	local_irq_save(flags);
	first();
	if (last)
		last();
	local_irq_restore(flags);
	raw_notifier_call_chain((struct raw_notifier_head *)chain, 0, NULL);
	bench_mark();
}

/* With the same list, and 8 GiB in the balloon or not; the list grows for it. */
static int bench_resume_ballooned(const char *val, const struct kernel_param *kp)
{
	unsigned int nr = PFN_DOWN(8ULL * SZ_1G);
	struct page **pages = vcalloc(nr, sizeof(*pages));
	int err;

	if (!pages)
		return -ENOMEM;
	err = xen_alloc_ballooned_pages(nr, pages);
	if (!err) {
		bench_resume_whole("resume_0");
		xen_free_ballooned_pages(nr, pages);
		bench_resume_whole("resume_8G");
	}
	vfree(pages);

	return err;
}
static const struct kernel_param_ops bench_resume_ops = {
	.set = bench_resume_ballooned,
};
module_param_cb(resume_ballooned, &bench_resume_ops, NULL, 0200);
MODULE_PARM_DESC(resume_ballooned, "written: measures that, once all else has been");

static struct page *bench_pages[GRANTS];

static int __init bench_init(void)
{
	int err;

	if (!xen_pv_domain() || !set || !map_grants || !unmap_grants ||
	    !resume || !chain)
		return -ENODEV;
	set_entry = (void *)set;

	bench_say("unpopulated_512", 1, "-");
	bench_mark();
	err = xen_alloc_unpopulated_pages(GRANTS, bench_pages);
	bench_mark();
	if (err)
		return err;

	bench_resume();
	err = bench_entries(bench_pages[0]);
	bench_grants("grant_map_1", "grant_unmap_1", bench_pages, 1);
	bench_grants("grant_map_32", "grant_unmap_32", bench_pages, 32);
	bench_grants("grant_map_512", "grant_unmap_512", bench_pages, 512);
	err = err ?: bench_growth();
	xen_free_unpopulated_pages(GRANTS, bench_pages);
	if (!err)
		pr_info("p2m_bench: done\n");

	return err;
}
module_init(bench_init);

MODULE_DESCRIPTION("What the Xen PV p2m costs");
MODULE_LICENSE("GPL");
