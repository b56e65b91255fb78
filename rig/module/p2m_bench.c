// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the p2m costs its callers, in instructions: a module that is built
 * against our tree and against the stock one, and goes through the interface
 * that both have.  Under QEMU's -icount the TSC counts instructions.
 */
#include <linux/irqflags.h>
#include <linux/mm.h>
#include <linux/module.h>

#include <asm/tsc.h>
#include <xen/balloon.h>
#include <xen/page.h>
#include <xen/xen.h>

#define CALLS	4096
#define ROUNDS	3

/* Not exported; the job looks its address up. */
static unsigned long set;
module_param(set, ulong, 0400);
MODULE_PARM_DESC(set, "address of set_phys_to_machine()");

static bool (*set_entry)(unsigned long pfn, unsigned long mfn);

struct bench {
	const char *name;
	unsigned long pfn;
	unsigned long step;
	unsigned long mfn;
};

static noinline bool set_nothing(unsigned long pfn, unsigned long mfn)
{
	asm volatile("");
	return true;
}

static bool (*set_no_entry)(unsigned long pfn, unsigned long mfn) = set_nothing;

/* One call each, inlined into a loop of its own. */

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

static __always_inline u64
bench_loop(const struct bench *b,
	   unsigned long (*call)(const struct bench *b, unsigned long n))
{
	unsigned long i, n = b->pfn;
	u64 began = rdtsc_ordered();

	for (i = 0; i < CALLS; i++, n += b->step)
		asm volatile("" : : "r" (call(b, n)));
	return rdtsc_ordered() - began;
}

static noinline u64 loop_nothing(const struct bench *b)
{
	return bench_loop(b, call_nothing);
}

static noinline u64 loop_lookup(const struct bench *b)
{
	return bench_loop(b, call_lookup);
}

static noinline u64 loop_mfn_to_pfn(const struct bench *b)
{
	return bench_loop(b, call_mfn_to_pfn);
}

static noinline u64 loop_no_set(const struct bench *b)
{
	return bench_loop(b, call_no_set);
}

static noinline u64 loop_set(const struct bench *b)
{
	return bench_loop(b, call_set);
}

/* The smallest of some rounds: an interrupt of Xen's may be in the others. */
static u64 bench_least(u64 (*loop)(const struct bench *b),
		       const struct bench *b)
{
	u64 least = U64_MAX;
	unsigned int i;

	for (i = 0; i < ROUNDS; i++) {
		unsigned long flags;

		local_irq_save(flags);
		least = min(least, loop(b));
		local_irq_restore(flags);
	}

	return least;
}

static void bench_run(u64 (*loop)(const struct bench *b),
		      u64 (*nothing)(const struct bench *b),
		      const struct bench *b)
{
	u64 cost = bench_least(loop, b) - bench_least(nothing, b);

	/* Tenths, rounded. */
	cost = (cost * 10 + CALLS / 2) / CALLS;
	pr_info("p2m_bench: %s %llu.%llu\n", b->name, cost / 10, cost % 10);
}

static void bench_lookup(const char *name, unsigned long pfn,
			 unsigned long step)
{
	struct bench b = { .name = name, .pfn = pfn, .step = step };

	bench_run(loop_lookup, loop_nothing, &b);
}

static void bench_mfn_to_pfn(const char *name, unsigned long mfn,
			     unsigned long step)
{
	struct bench b = { .name = name, .pfn = mfn, .step = step };

	bench_run(loop_mfn_to_pfn, loop_nothing, &b);
}

static void bench_set(const char *name, unsigned long pfn, unsigned long step,
		      unsigned long mfn)
{
	struct bench b = {
		.name = name, .pfn = pfn, .step = step, .mfn = mfn
	};

	bench_run(loop_set, loop_no_set, &b);
}

/* The first of @nr pfns whose lookups are all @mfn; 0: there are none. */
static unsigned long bench_find(unsigned long mfn, unsigned long nr)
{
	unsigned long pfn, found = 0;

	for (pfn = 0; pfn < BIT(20) && found < nr; pfn++)
		found = __pfn_to_mfn(pfn) == mfn ? found + 1 : 0;

	return found == nr ? pfn - nr : 0;
}

static int __init bench_init(void)
{
	unsigned long own = 0x1000, identity = BIT(20) * 3 / 4;
	unsigned long missing = bench_find(INVALID_P2M_ENTRY, CALLS);
	struct page *page;

	pr_info("p2m_bench: at %llu\n", rdtsc_ordered());
	if (!xen_pv_domain() || !set || !missing)
		return -ENODEV;
	set_entry = (void *)set;

	bench_lookup("hit", own, 1);
	bench_lookup("hit_strided", own, 13);
	bench_lookup("identity", identity, 1);
	bench_lookup("missing", missing, 1);
	bench_mfn_to_pfn("mfn_to_pfn", pfn_to_mfn(own), 0);
	bench_mfn_to_pfn("mfn_to_pfn_identity", identity, 1);
	bench_set("set", own, 0, pfn_to_mfn(own));
	bench_set("set_missing_again", missing, 1, INVALID_P2M_ENTRY);
	bench_set("set_identity_again", identity, 0, IDENTITY_FRAME(identity));

	if (!xen_alloc_ballooned_pages(1, &page)) {
		unsigned long pfn = page_to_pfn(page);

		bench_lookup("ballooned", pfn, 0);
		bench_set("set_ballooned_again", pfn, 0, INVALID_P2M_ENTRY);
		xen_free_ballooned_pages(1, &page);
	}
	pr_info("p2m_bench: done\n");

	return 0;
}
module_init(bench_init);

MODULE_DESCRIPTION("Instruction counts of the Xen PV p2m");
MODULE_LICENSE("GPL");
