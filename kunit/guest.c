// SPDX-License-Identifier: GPL-2.0-only
/*
 * Suite xen_p2m_guest: the list that the running PV domain lives by, through
 * the functions that the rest of the kernel calls, and as read from outside.
 *
 * "#n" and "Bn" name the defects of stock Linux that a case would show there;
 * see docs/stock-defects.md.
 */
#include <kunit/test.h>
#include <linux/delay.h>
#include <linux/ioport.h>
#include <linux/memblock.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/stop_machine.h>

#include <asm/tlbflush.h>
#include <asm/xen/hypercall.h>
#include <asm/xen/hypervisor.h>
#include <xen/balloon.h>
#include <xen/grant_table.h>
#include <xen/interface/grant_table.h>
#include <xen/interface/memory.h>
#include <xen/mem-reservation.h>
#include <xen/p2m.h>
#include <xen/page.h>
#include <xen/swiotlb-xen.h>
#include <xen/xen.h>
#include <xen/xen-ops.h>

#include "xen-ops.h"
#include "p2m.h"
#include "p2m/check.h"
#include "p2m/runs.h"
#include "reader.h"

#define GUEST_EXTENTS	8192

static int guest_init(struct kunit *test)
{
	if (!xen_pv_domain())
		kunit_skip(test, "not a Xen PV domain");
	return 0;
}

static void guest_expect_sound(struct kunit *test)
{
	struct p2m_check check;

	p2m_check(&xen_p2m, &check);
	KUNIT_EXPECT_EQ(test, check.bad_m2p, 0);
	KUNIT_EXPECT_EQ(test, check.bad_leaf, 0);
	KUNIT_EXPECT_EQ(test, check.bad_tree, 0);
	KUNIT_EXPECT_EQ(test, check.bad_entry, 0);
	KUNIT_EXPECT_EQ(test, check.bad_tail, 0);
	KUNIT_EXPECT_FALSE(test, xen_p2m.generation & 1);
}

/* What a reader outside would see, checked by its rules. */
static void guest_expect_readable(struct kunit *test)
{
	struct p2m_reader reader;
	bool ok;

	KUNIT_ASSERT_EQ(test, p2m_reader_init(&reader,
					      &HYPERVISOR_shared_info->arch,
					      GUEST_EXTENTS), 0);
	reader.check_m2p = true;
	ok = p2m_reader_read(&reader);
	KUNIT_EXPECT_TRUE_MSG(test, ok, "%s at %#lx: %#lx", reader.error,
			      reader.where, reader.what);
	KUNIT_EXPECT_GT(test, reader.list.nr, 0);
	/* A domU withdraws a tree that does not reach to the list's end. */
	KUNIT_EXPECT_EQ(test, reader.tree.nr > 0,
			xen_initial_domain() ||
			xen_p2m.max_pfn <= P2M_TREE_REACH);
	p2m_reader_destroy(&reader);
}

static void guest_published(struct kunit *test)
{
	struct arch_shared_info *shared = &HYPERVISOR_shared_info->arch;

	KUNIT_EXPECT_EQ(test, shared->p2m_vaddr, (unsigned long)xen_p2m_addr);
	KUNIT_EXPECT_EQ(test, shared->p2m_vaddr & (PUD_SIZE - 1), 0);
	KUNIT_EXPECT_NE(test, shared->p2m_cr3, 0);
	KUNIT_EXPECT_EQ(test, shared->max_pfn, xen_p2m.max_pfn);
	KUNIT_EXPECT_EQ(test, shared->p2m_generation, xen_p2m.generation);
	KUNIT_EXPECT_EQ(test, xen_p2m_size, P2M_MAX_REACH);
	guest_expect_readable(test);
	guest_expect_sound(test);
}

/* B2: max_pfn follows what is populated, not what may come. */
static void guest_max_pfn_is_tight(struct kunit *test)
{
	struct p2m_run run = { };
	unsigned long end = 0;

	while (p2m_next_run(&xen_p2m, &run))
		if (run.kind == P2M_POPULATED || run.kind == P2M_FOREIGN)
			end = run.end;
	KUNIT_EXPECT_EQ(test, xen_p2m.max_pfn, ALIGN(end, P2M_PER_PAGE));
}

static unsigned long guest_pte_pfn(unsigned long mfn)
{
	return pte_pfn(__pte_ma(PFN_PHYS(mfn) | _PAGE_PRESENT));
}

/* A pfn that has a frame, now and later; the stack may be in vmalloc space. */
static unsigned long guest_own_pfn(void)
{
	return virt_to_pfn(&xen_p2m);
}

static void guest_round_trips(struct kunit *test)
{
	unsigned long pfn = guest_own_pfn();
	unsigned long mfn = pfn_to_mfn(pfn);
	unsigned long identity = P2M_MAX_REACH - 1;

	KUNIT_EXPECT_EQ(test, __pfn_to_mfn(pfn), mfn);
	KUNIT_EXPECT_EQ(test, mfn_to_pfn(mfn), pfn);
	KUNIT_EXPECT_EQ(test, bfn_to_local_pfn(mfn), pfn);
	KUNIT_EXPECT_EQ(test, guest_pte_pfn(mfn), pfn);
	KUNIT_EXPECT_TRUE(test, phys_to_machine_mapping_valid(pfn));

	KUNIT_EXPECT_EQ(test, __pfn_to_mfn(identity), IDENTITY_FRAME(identity));
	KUNIT_EXPECT_EQ(test, pfn_to_mfn(identity), identity);
	KUNIT_EXPECT_EQ(test, mfn_to_pfn(identity), identity);
	KUNIT_EXPECT_EQ(test, guest_pte_pfn(identity), identity);
	KUNIT_EXPECT_EQ(test, bfn_to_local_pfn(identity), ~0UL);

	KUNIT_EXPECT_EQ(test, __pfn_to_mfn(P2M_MAX_REACH),
			IDENTITY_FRAME(P2M_MAX_REACH));
	KUNIT_EXPECT_EQ(test, __pfn_to_mfn(~0UL), INVALID_P2M_ENTRY);
}

/* Map another page where the leaf of @pfn is mapped. */
static void guest_map_leaf(struct kunit *test, unsigned long pfn,
			   const void *leaf, pgprot_t prot)
{
	unsigned int level;
	struct p2m_update update;

	preempt_disable();
	update.entry = (u64 *)lookup_address((unsigned long)(xen_p2m_addr + pfn),
					     &level);
	update.val = pte_val_ma(pfn_pte(virt_to_pfn(leaf), prot));
	KUNIT_EXPECT_EQ(test, xen_p2m_ops.apply(&xen_p2m, &update, 1), 1);
	preempt_enable();
	xen_p2m_ops.flush(&xen_p2m);
}

/*
 * Give a page a frame; returns it, ~0 if that fails.  It is this host's, and no
 * suspend waits for the thread that runs the cases.
 */
static unsigned long guest_populate(struct page *page)
{
	xen_pfn_t frame = page_to_pfn(page);
	bool done;

	preempt_disable();
	done = xenmem_reservation_increase(1, &frame) == 1 &&
	       xenmem_reservation_va_mapping_update(1, &page, &frame) == 1;
	preempt_enable();

	return done ? frame : ~0UL;
}

/*
 * #5: after growth another cpu may go on reading the sentinel.  Look up as if
 * this one did, in both directions, a frame that Xen has given a fresh pfn.
 */
static void guest_stale_translation(struct kunit *test)
{
	unsigned long pfn, mfn;
	unsigned int shift;
	xen_pfn_t frame;
	struct page *page;
	void *leaf;

	KUNIT_ASSERT_EQ(test, xen_alloc_unpopulated_pages(1, &page), 0);
	pfn = page_to_pfn(page);
	mfn = guest_populate(page);
	KUNIT_ASSERT_NE(test, mfn, ~0UL);
	leaf = p2m_slot_leaf(&xen_p2m, p2m_slot(&xen_p2m, pfn, &shift));

	guest_map_leaf(test, pfn, xen_p2m.sentinel.leaf, PAGE_KERNEL_RO);
	KUNIT_EXPECT_EQ(test, xen_p2m_addr[pfn], INVALID_P2M_ENTRY);
	KUNIT_EXPECT_EQ(test, __pfn_to_mfn(pfn), mfn);
	KUNIT_EXPECT_EQ(test, mfn_to_pfn(mfn), pfn);
	KUNIT_EXPECT_EQ(test, bfn_to_local_pfn(mfn), pfn);
	guest_map_leaf(test, pfn, leaf, PAGE_KERNEL);

	xenmem_reservation_va_mapping_reset(1, &page);
	frame = mfn;
	KUNIT_EXPECT_EQ(test, xenmem_reservation_decrease(1, &frame), 1);
	xen_free_unpopulated_pages(1, &page);
	guest_expect_sound(test);
}

/* A store that the compiler knows nothing of, as one by another cpu. */
static void guest_store_unseen(unsigned long pfn, unsigned long val)
{
	asm volatile("mov %1, (%0)" : : "r" (&xen_p2m_addr[pfn]), "r" (val));
}

/* Two looks at an entry are two loads, also where nothing separates them. */
static void guest_each_look_is_a_load(struct kunit *test)
{
	unsigned long pfn, first, second;
	struct page *page;

	KUNIT_ASSERT_EQ(test, xen_alloc_unpopulated_pages(1, &page), 0);
	pfn = page_to_pfn(page);
	first = xen_p2m_entry(pfn);
	guest_store_unseen(pfn, FOREIGN_FRAME(1));
	second = xen_p2m_entry(pfn);
	guest_store_unseen(pfn, INVALID_P2M_ENTRY);
	KUNIT_EXPECT_EQ(test, first, INVALID_P2M_ENTRY);
	KUNIT_EXPECT_EQ(test, second, FOREIGN_FRAME(1));
	xen_free_unpopulated_pages(1, &page);
}

/* The kernel cannot write to what stands for all pfns without frames. */
static void guest_sentinels_are_read_only(struct kunit *test)
{
	unsigned long ones = INVALID_P2M_ENTRY;
	const struct p2m_sentinels *sentinel = &xen_p2m.sentinel;
	void *sentinels[] = { sentinel->leaf, sentinel->pte, sentinel->pmd };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(sentinels); i++)
		KUNIT_EXPECT_NE(test, copy_to_kernel_nofault(sentinels[i], &ones,
							     sizeof(ones)), 0);
	KUNIT_EXPECT_NE(test, copy_to_kernel_nofault(xen_p2m_addr +
						     P2M_MAX_REACH - 1, &ones,
						     sizeof(ones)), 0);
}

static void guest_makes_room_and_takes_it_back(struct kunit *test)
{
	unsigned long pfn = BIT(33) + 7, nr = 3 * BIT(18) + 100;
	unsigned long generation = xen_p2m.generation;
	struct p2m_ranges undo;

	KUNIT_ASSERT_EQ(test, xen_p2m_make_missing(pfn, nr, &undo), 0);
	KUNIT_EXPECT_EQ(test, __pfn_to_mfn(pfn - 1), IDENTITY_FRAME(pfn - 1));
	KUNIT_EXPECT_EQ(test, __pfn_to_mfn(pfn), INVALID_P2M_ENTRY);
	KUNIT_EXPECT_EQ(test, __pfn_to_mfn(pfn + nr - 1), INVALID_P2M_ENTRY);
	KUNIT_EXPECT_EQ(test, __pfn_to_mfn(pfn + nr), IDENTITY_FRAME(pfn + nr));
	KUNIT_EXPECT_TRUE(test, set_phys_to_machine(pfn, INVALID_P2M_ENTRY));

	xen_p2m_undo_missing(&undo);
	KUNIT_EXPECT_EQ(test, __pfn_to_mfn(pfn), IDENTITY_FRAME(pfn));
	KUNIT_EXPECT_EQ(test, __pfn_to_mfn(pfn + nr - 1),
			IDENTITY_FRAME(pfn + nr - 1));
	KUNIT_EXPECT_EQ(test, xen_p2m.generation, generation);

	pfn = guest_own_pfn();
	KUNIT_EXPECT_EQ(test, xen_p2m_make_missing(pfn, 1, &undo), -EEXIST);
	KUNIT_EXPECT_EQ(test, xen_p2m_make_missing(P2M_MAX_REACH - 1, 2, &undo),
			-ERANGE);
}

static void guest_exchanges_memory(struct kunit *test)
{
	unsigned int order = 2;
	void *buffer = (void *)__get_free_pages(GFP_KERNEL, order);
	dma_addr_t dma;

	KUNIT_ASSERT_NOT_NULL(test, buffer);
	KUNIT_ASSERT_EQ(test, xen_create_contiguous_region(__pa(buffer), order,
							   32, &dma), 0);
	KUNIT_EXPECT_EQ(test, virt_to_mfn(buffer + PAGE_SIZE),
			virt_to_mfn(buffer) + 1);
	guest_expect_sound(test);
	xen_destroy_contiguous_region(__pa(buffer), order);
	guest_expect_sound(test);
	free_pages((unsigned long)buffer, order);
}

/* A page of ours, granted to ourselves, and pages to map it at. */
#define GUEST_PAGES	4

struct guest_grant {
	void *page;
	int ref;
	struct page *at[GUEST_PAGES];
	struct gnttab_map_grant_ref map[GUEST_PAGES];
	struct gnttab_unmap_grant_ref unmap[GUEST_PAGES];
};

static void guest_grant_init(struct kunit *test, struct guest_grant *g)
{
	domid_t self = 0;

	if (!xen_initial_domain())
		kunit_skip(test, "needs to know its own domid, as dom0 does");
	g->page = (void *)get_zeroed_page(GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, g->page);
	g->ref = gnttab_grant_foreign_access(self, virt_to_gfn(g->page), 0);
	KUNIT_ASSERT_GT(test, g->ref, 0);
	KUNIT_ASSERT_EQ(test, gnttab_alloc_pages(GUEST_PAGES, g->at), 0);
}

static void guest_grant_exit(struct guest_grant *g)
{
	gnttab_free_pages(GUEST_PAGES, g->at);
	gnttab_end_foreign_access(g->ref, virt_to_page(g->page));
}

static int guest_grant_map(struct guest_grant *g, struct page **at,
			   unsigned int nr)
{
	unsigned int i;

	for (i = 0; i < nr; i++)
		gnttab_set_map_op(&g->map[i],
				  (unsigned long)page_address(at[i]),
				  GNTMAP_host_map, g->ref, 0);
	return gnttab_map_refs(g->map, NULL, at, nr);
}

static int guest_grant_unmap(struct guest_grant *g, struct page **at,
			     unsigned int nr)
{
	unsigned int i;

	for (i = 0; i < nr; i++)
		gnttab_set_unmap_op(&g->unmap[i],
				    (unsigned long)page_address(at[i]),
				    GNTMAP_host_map, g->map[i].handle);
	return gnttab_unmap_refs(g->unmap, NULL, at, nr);
}

static void guest_grant_is_entered(struct kunit *test)
{
	unsigned long pfn, mfn;
	struct guest_grant g = { };

	guest_grant_init(test, &g);
	pfn = page_to_pfn(g.at[0]);
	mfn = virt_to_mfn(g.page);

	KUNIT_EXPECT_EQ(test, __pfn_to_mfn(pfn), INVALID_P2M_ENTRY);
	KUNIT_ASSERT_EQ(test, guest_grant_map(&g, g.at, 1), 0);
	KUNIT_ASSERT_EQ(test, g.map[0].status, GNTST_okay);
	KUNIT_EXPECT_EQ(test, __pfn_to_mfn(pfn), FOREIGN_FRAME(mfn));
	KUNIT_EXPECT_EQ(test, mfn_to_pfn(mfn), virt_to_pfn(g.page));
	guest_expect_readable(test);

	KUNIT_EXPECT_EQ(test, guest_grant_unmap(&g, g.at, 1), 0);
	KUNIT_EXPECT_EQ(test, __pfn_to_mfn(pfn), INVALID_P2M_ENTRY);
	guest_grant_exit(&g);
	guest_expect_sound(test);
}

/* A page for a grant whose entry has no leaf yet; NULL if there is none. */
static struct page *guest_page_without_leaf(struct page *near)
{
	unsigned long pfn, end = page_to_pfn(near) + PAGES_PER_SECTION;

	for (pfn = page_to_pfn(near) - PAGES_PER_SECTION; pfn < end; pfn++)
		if (pfn_valid(pfn) && __pfn_to_mfn(pfn) == INVALID_P2M_ENTRY &&
		    !p2m_has_leaf(&xen_p2m, pfn))
			return pfn_to_page(pfn);

	return NULL;
}

static void guest_grant_map_twice(struct kunit *test, struct guest_grant *g,
				  struct page **twice)
{
	unsigned int i;

	for (i = 0; i < 2; i++)
		gnttab_set_map_op(&g->map[i],
				  (unsigned long)page_address(g->at[i]),
				  GNTMAP_host_map, g->ref, 0);
	KUNIT_ASSERT_EQ(test, gnttab_map_refs(g->map, NULL, twice, 2), 0);
	KUNIT_EXPECT_NE(test, g->map[1].status, GNTST_okay);
}

/*
 * Grants are mapped in softirq, too, where nothing can grow: without a leaf
 * both are refused, with one the second that is for the same pfn.
 */
static void guest_grant_without_leaf_is_refused(struct kunit *test)
{
	unsigned long generation, pfn;
	struct guest_grant g = { };
	struct page *twice[2];

	guest_grant_init(test, &g);
	twice[0] = guest_page_without_leaf(g.at[0]);
	twice[1] = twice[0];
	KUNIT_ASSERT_NOT_NULL(test, twice[0]);
	pfn = page_to_pfn(twice[0]);
	generation = xen_p2m.generation;

	guest_grant_map_twice(test, &g, twice);
	KUNIT_EXPECT_NE(test, g.map[0].status, GNTST_okay);
	KUNIT_EXPECT_FALSE(test, __set_phys_to_machine(pfn, FOREIGN_FRAME(1)));
	KUNIT_EXPECT_FALSE(test, p2m_has_leaf(&xen_p2m, pfn));
	KUNIT_EXPECT_EQ(test, xen_p2m.generation, generation);

	KUNIT_ASSERT_EQ(test, xen_p2m_reserve(pfn, 1), 0);
	guest_grant_map_twice(test, &g, twice);
	KUNIT_EXPECT_EQ(test, g.map[0].status, GNTST_okay);

	gnttab_set_unmap_op(&g.unmap[0], (unsigned long)page_address(g.at[0]),
			    GNTMAP_host_map, g.map[0].handle);
	KUNIT_EXPECT_EQ(test, gnttab_unmap_refs(g.unmap, NULL, twice, 1), 0);
	KUNIT_EXPECT_EQ(test, __pfn_to_mfn(pfn), INVALID_P2M_ENTRY);
	guest_grant_exit(&g);
	guest_expect_sound(test);
}

/* #10: only the second grant for a pfn is refused. */
static void guest_grant_over_live_entry_is_refused(struct kunit *test)
{
	struct guest_grant g = { };
	struct page *twice[2];
	unsigned long pfn;
	unsigned int i;

	guest_grant_init(test, &g);
	twice[0] = g.at[0];
	twice[1] = g.at[0];
	pfn = page_to_pfn(g.at[0]);

	/* Two addresses, as gntdev has them; one pfn to stand for both. */
	for (i = 0; i < 2; i++)
		gnttab_set_map_op(&g.map[i],
				  (unsigned long)page_address(g.at[i]),
				  GNTMAP_host_map, g.ref, 0);
	KUNIT_ASSERT_EQ(test, gnttab_map_refs(g.map, NULL, twice, 2), 0);
	KUNIT_EXPECT_EQ(test, g.map[0].status, GNTST_okay);
	KUNIT_EXPECT_NE(test, g.map[1].status, GNTST_okay);
	KUNIT_EXPECT_EQ(test, p2m_kind(__pfn_to_mfn(pfn)), P2M_FOREIGN);

	/* gntdev unmaps the refused slot too: the first one keeps its page. */
	gnttab_set_unmap_op(&g.unmap[1],
			    (unsigned long)page_address(g.at[1]),
			    GNTMAP_host_map, INVALID_GRANT_HANDLE);
	KUNIT_EXPECT_EQ(test, gnttab_unmap_refs(&g.unmap[1], NULL, twice, 1),
			0);
	KUNIT_EXPECT_EQ(test, p2m_kind(__pfn_to_mfn(pfn)), P2M_FOREIGN);
	KUNIT_EXPECT_TRUE(test, PageForeign(g.at[0]));

	KUNIT_EXPECT_EQ(test, guest_grant_unmap(&g, twice, 1), 0);
	KUNIT_EXPECT_EQ(test, g.unmap[0].status, GNTST_okay);
	/* It is no error if the entry is gone already. */
	KUNIT_EXPECT_EQ(test, clear_foreign_p2m_mapping(g.unmap, NULL, twice, 1),
			0);
	KUNIT_EXPECT_EQ(test, __pfn_to_mfn(pfn), INVALID_P2M_ENTRY);
	guest_grant_exit(&g);
}

/* One slot fails in Xen, one has a page that is RAM; the others are mapped. */
static void guest_grant_batch_with_failures(struct kunit *test)
{
	struct guest_grant g = { };
	struct page *at[GUEST_PAGES], *ram = alloc_page(GFP_KERNEL);
	unsigned long mfn;
	unsigned int i;

	KUNIT_ASSERT_NOT_NULL(test, ram);
	guest_grant_init(test, &g);
	memcpy(at, g.at, sizeof(at));
	at[2] = ram;
	mfn = pfn_to_mfn(page_to_pfn(ram));

	for (i = 0; i < GUEST_PAGES; i++)
		gnttab_set_map_op(&g.map[i],
				  (unsigned long)page_address(at[i]),
				  GNTMAP_host_map, i == 1 ? 0x7ffffff : g.ref,
				  0);
	KUNIT_ASSERT_EQ(test, gnttab_map_refs(g.map, NULL, at, GUEST_PAGES), 0);
	KUNIT_EXPECT_EQ(test, g.map[0].status, GNTST_okay);
	KUNIT_EXPECT_NE(test, g.map[1].status, GNTST_okay);
	KUNIT_EXPECT_NE(test, g.map[2].status, GNTST_okay);
	KUNIT_EXPECT_EQ(test, g.map[3].status, GNTST_okay);
	KUNIT_EXPECT_EQ(test, __pfn_to_mfn(page_to_pfn(at[1])),
			INVALID_P2M_ENTRY);
	KUNIT_EXPECT_EQ(test, pfn_to_mfn(page_to_pfn(ram)), mfn);
	KUNIT_EXPECT_FALSE(test, PageForeign(ram));

	/* No grant has taken the place of the page's own mapping. */
	KUNIT_EXPECT_EQ(test, copy_to_kernel_nofault(page_address(ram), &mfn,
						     sizeof(mfn)), 0);
	__free_page(ram);

	KUNIT_EXPECT_EQ(test, guest_grant_unmap(&g, &at[0], 1), 0);
	g.map[0] = g.map[3];
	KUNIT_EXPECT_EQ(test, guest_grant_unmap(&g, &at[3], 1), 0);
	guest_grant_exit(&g);
	guest_expect_sound(test);
}

/* Xen would put the second grant in the place of the first one. */
static void guest_grant_at_live_address_is_refused(struct kunit *test)
{
	struct guest_grant g = { };
	struct page *twice[2];
	u64 word = 1;

	guest_grant_init(test, &g);
	*(u64 *)g.page = 0x5a5a;
	twice[0] = g.at[0];
	twice[1] = g.at[0];

	KUNIT_ASSERT_EQ(test, guest_grant_map(&g, twice, 2), 0);
	KUNIT_EXPECT_EQ(test, g.map[0].status, GNTST_okay);
	KUNIT_EXPECT_NE(test, g.map[1].status, GNTST_okay);
	KUNIT_EXPECT_EQ(test,
			copy_from_kernel_nofault(&word, page_address(g.at[0]),
						 sizeof(word)), 0);
	KUNIT_EXPECT_EQ(test, word, 0x5a5a);

	KUNIT_EXPECT_EQ(test, guest_grant_unmap(&g, g.at, 1), 0);
	KUNIT_EXPECT_EQ(test, g.unmap[0].status, GNTST_okay);
	guest_grant_exit(&g);
	guest_expect_sound(test);
}

/* A page in use would fail each request, as the cache is last-in first-out. */
static void guest_page_in_use_leaves_the_cache(struct kunit *test)
{
	struct gnttab_page_cache cache;
	struct guest_grant g = { };
	struct page *page;

	guest_grant_init(test, &g);
	KUNIT_ASSERT_EQ(test, guest_grant_map(&g, g.at, 1), 0);
	gnttab_page_cache_init(&cache);
	gnttab_page_cache_put(&cache, &g.at[1], 1);
	gnttab_page_cache_put(&cache, &g.at[0], 1);

	KUNIT_EXPECT_EQ(test, gnttab_page_cache_get(&cache, &page), 0);
	KUNIT_EXPECT_PTR_EQ(test, page, g.at[1]);
	KUNIT_EXPECT_EQ(test, cache.num_pages, 0);

	KUNIT_EXPECT_EQ(test, guest_grant_unmap(&g, g.at, 1), 0);
	guest_grant_exit(&g);
	guest_expect_sound(test);
}

/* It must not become RAM either: what is mapped there would be gone. */
static void guest_page_in_use_leaves_the_balloon(struct kunit *test)
{
	unsigned long lent = balloon_stats.target_unpopulated;
	struct guest_grant g = { };
	struct page *page, *again;

	guest_grant_init(test, &g);
	KUNIT_ASSERT_EQ(test, xen_alloc_ballooned_pages(1, &page), 0);
	KUNIT_ASSERT_EQ(test, xen_p2m_reserve_pages(&page, 1), 1);
	KUNIT_ASSERT_EQ(test, guest_grant_map(&g, &page, 1), 0);
	KUNIT_ASSERT_EQ(test, g.map[0].status, GNTST_okay);

	xen_free_ballooned_pages(1, &page);
	KUNIT_EXPECT_EQ(test, balloon_stats.target_unpopulated, lent + 1);
	KUNIT_ASSERT_EQ(test, xen_alloc_ballooned_pages(1, &again), 0);
	KUNIT_EXPECT_PTR_NE(test, page, again);
	xen_free_ballooned_pages(1, &again);

	KUNIT_EXPECT_EQ(test, guest_grant_unmap(&g, &page, 1), 0);
	if (page != again)
		xen_free_ballooned_pages(1, &page);
	KUNIT_EXPECT_EQ(test, balloon_stats.target_unpopulated, lent);
	guest_grant_exit(&g);
	guest_expect_sound(test);
}

/* Xen has not unmapped it, so nothing else may be mapped there. */
static void guest_entry_of_failed_unmap_is_kept(struct kunit *test)
{
	struct guest_grant g = { };
	unsigned long pfn;

	guest_grant_init(test, &g);
	pfn = page_to_pfn(g.at[0]);
	KUNIT_ASSERT_EQ(test, guest_grant_map(&g, g.at, 1), 0);

	gnttab_set_unmap_op(&g.unmap[0], (unsigned long)page_address(g.at[1]),
			    GNTMAP_host_map, g.map[0].handle);
	KUNIT_EXPECT_EQ(test, gnttab_unmap_refs(g.unmap, NULL, g.at, 1), 0);
	KUNIT_EXPECT_NE(test, g.unmap[0].status, GNTST_okay);
	KUNIT_EXPECT_EQ(test, p2m_kind(__pfn_to_mfn(pfn)), P2M_FOREIGN);

	KUNIT_EXPECT_EQ(test, guest_grant_unmap(&g, g.at, 1), 0);
	KUNIT_EXPECT_EQ(test, __pfn_to_mfn(pfn), INVALID_P2M_ENTRY);
	guest_grant_exit(&g);
	guest_expect_sound(test);
}

static void guest_clear_leaves_ram_alone(struct kunit *test)
{
	struct gnttab_unmap_grant_ref unmap = { };
	struct page *page = alloc_page(GFP_KERNEL);
	unsigned long mfn;

	KUNIT_ASSERT_NOT_NULL(test, page);
	mfn = pfn_to_mfn(page_to_pfn(page));
	KUNIT_EXPECT_EQ(test, clear_foreign_p2m_mapping(&unmap, NULL, &page, 1),
			-EINVAL);
	KUNIT_EXPECT_EQ(test, pfn_to_mfn(page_to_pfn(page)), mfn);
	__free_page(page);
}

static int guest_republish(void *unused)
{
	xen_p2m_resume();
	return 0;
}

/* A cancelled suspend: nothing has moved, everything is rewritten. */
static void guest_republishes(struct kunit *test)
{
	struct arch_shared_info before = HYPERVISOR_shared_info->arch;

	memset64((u64 *)xen_p2m.tree.top, 0, P2M_PER_PAGE);
	memset64((u64 *)xen_p2m.tree.mid_missing, ~0UL, P2M_PER_PAGE);
	HYPERVISOR_shared_info->arch.pfn_to_mfn_frame_list_list = 0;
	HYPERVISOR_shared_info->arch.p2m_cr3 = ~0UL;

	KUNIT_ASSERT_EQ(test, stop_machine(guest_republish, NULL, NULL), 0);
	KUNIT_EXPECT_EQ(test, memcmp(&HYPERVISOR_shared_info->arch, &before,
				     sizeof(before)), 0);
	guest_expect_readable(test);
	guest_expect_sound(test);
}

/* #1: stock fails, lies or crashes from pfn 2^27 on. */
static void guest_far_frames(struct kunit *test)
{
	unsigned long mfn = FOREIGN_FRAME(0x1234);
	unsigned long far[] = {
		BIT(27) - 1, BIT(27), BIT(28) - 1, BIT(32), P2M_MAX_REACH - 1,
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(far); i++) {
		KUNIT_EXPECT_TRUE(test, set_phys_to_machine(far[i], mfn));
		KUNIT_EXPECT_EQ(test, __pfn_to_mfn(far[i]), mfn);
		KUNIT_EXPECT_EQ(test, __pfn_to_mfn(far[i] - 1),
				IDENTITY_FRAME(far[i] - 1));
		KUNIT_EXPECT_GT(test, HYPERVISOR_shared_info->arch.max_pfn,
				far[i]);
		KUNIT_EXPECT_TRUE(test, set_phys_to_machine(far[i],
							    IDENTITY_FRAME(far[i])));
	}
	KUNIT_EXPECT_FALSE(test, set_phys_to_machine(P2M_MAX_REACH, mfn));
	KUNIT_EXPECT_FALSE(test, set_phys_to_machine(P2M_MAX_REACH,
						     INVALID_P2M_ENTRY));
	KUNIT_EXPECT_EQ(test, xen_p2m_reserve(P2M_MAX_REACH, 1), -ERANGE);
	KUNIT_EXPECT_EQ(test, xen_p2m_reserve(P2M_MAX_REACH - 1, 2), -ERANGE);
	guest_expect_readable(test);
	guest_expect_sound(test);
}

/*
 * Readers pay for a page table per GiB, and for a tree below 512 GiB: where the
 * kernel can choose, it takes pfns that are near.
 */
static void guest_unpopulated_is_near(struct kunit *test)
{
	struct page *page;

	KUNIT_ASSERT_EQ(test, xen_alloc_unpopulated_pages(1, &page), 0);
	KUNIT_EXPECT_LT(test, (u64)page_to_pfn(page),
			max_t(u64, P2M_TREE_REACH, 2 * max_possible_pfn));
	xen_free_unpopulated_pages(1, &page);
}

/* A few batches and a bit more; Xen refuses a frame in the middle of one. */
#define GUEST_FRAMES	(3 * P2M_MAX_UPDATES + 5)
#define GUEST_REFUSED	(P2M_MAX_UPDATES + 7)

static unsigned int guest_count_kind(struct page **pages, unsigned int nr,
				     enum p2m_kind kind)
{
	unsigned int i, found = 0;

	for (i = 0; i < nr; i++)
		found += p2m_kind(__pfn_to_mfn(page_to_pfn(pages[i]))) == kind;

	return found;
}

/* Each page is memory of its own, and the frame's number leads back to it. */
static void guest_expect_usable(struct kunit *test, struct page **pages,
				const xen_pfn_t *frames, unsigned int nr)
{
	unsigned int i, wrong = 0;

	for (i = 0; i < nr; i++)
		*(u64 *)page_address(pages[i]) = frames[i];
	for (i = 0; i < nr; i++)
		wrong += *(u64 *)page_address(pages[i]) != frames[i] ||
			 mfn_to_pfn(frames[i]) != page_to_pfn(pages[i]);
	KUNIT_EXPECT_EQ(test, wrong, 0);
}

static void guest_frames_come_and_go(struct kunit *test)
{
	unsigned int rest = GUEST_FRAMES - GUEST_REFUSED, i;
	unsigned int first, populated, missing, second;
	xen_pfn_t frames[GUEST_FRAMES], frame;
	struct page *pages[GUEST_FRAMES];

	KUNIT_ASSERT_EQ(test, xen_alloc_unpopulated_pages(GUEST_FRAMES, pages),
			0);
	for (i = 0; i < GUEST_FRAMES; i++)
		frames[i] = page_to_pfn(pages[i]);

	/* As in guest_populate(). */
	preempt_disable();
	i = xenmem_reservation_increase(GUEST_FRAMES, frames);
	/* No page table may be mapped writable. */
	frame = frames[GUEST_REFUSED];
	frames[GUEST_REFUSED] = virt_to_mfn(swapper_pg_dir);
	first = xenmem_reservation_va_mapping_update(GUEST_FRAMES, pages,
						     frames);
	populated = guest_count_kind(pages, GUEST_REFUSED, P2M_POPULATED);
	missing = guest_count_kind(pages + GUEST_REFUSED, rest, P2M_MISSING);
	frames[GUEST_REFUSED] = frame;
	second = xenmem_reservation_va_mapping_update(rest,
						      pages + GUEST_REFUSED,
						      frames + GUEST_REFUSED);
	preempt_enable();

	KUNIT_ASSERT_EQ(test, i, GUEST_FRAMES);
	KUNIT_EXPECT_EQ(test, first, GUEST_REFUSED);
	KUNIT_EXPECT_EQ(test, populated, GUEST_REFUSED);
	KUNIT_EXPECT_EQ(test, missing, rest);
	KUNIT_EXPECT_EQ(test, second, rest);
	guest_expect_usable(test, pages, frames, GUEST_FRAMES);
	guest_expect_sound(test);

	xenmem_reservation_va_mapping_reset(GUEST_FRAMES, pages);
	KUNIT_EXPECT_EQ(test, guest_count_kind(pages, GUEST_FRAMES,
					       P2M_MISSING), GUEST_FRAMES);
	flush_tlb_all();
	KUNIT_EXPECT_EQ(test, xenmem_reservation_decrease(GUEST_FRAMES, frames),
			GUEST_FRAMES);
	xen_free_unpopulated_pages(GUEST_FRAMES, pages);
	guest_expect_sound(test);
}

/* Readers start over at each commit, so a request takes one, or two. */
static void guest_reserves_at_once(struct kunit *test)
{
	unsigned long leaves = xen_p2m.count.leaves;
	unsigned long generation = xen_p2m.generation;
	unsigned int nr = 6 * P2M_PER_PAGE;
	struct page **pages = kvcalloc(nr, sizeof(*pages), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, pages);
	KUNIT_ASSERT_EQ(test, xen_alloc_unpopulated_pages(nr, pages), 0);
	KUNIT_EXPECT_GE(test, xen_p2m.count.leaves - leaves, 4);
	KUNIT_EXPECT_LE(test, xen_p2m.generation - generation, 2 * 2);
	KUNIT_EXPECT_EQ(test, xen_p2m_reserve_pages(pages, nr), nr);
	KUNIT_EXPECT_LE(test, xen_p2m.generation - generation, 2 * 2);
	xen_free_unpopulated_pages(nr, pages);
	kvfree(pages);
}

static bool guest_alloc_may_wait_for_io;

static void *guest_alloc(struct p2m_list *list, size_t size)
{
	guest_alloc_may_wait_for_io |= !(current->flags & PF_MEMALLOC_NOIO);
	return xen_p2m_ops.alloc(list, size);
}

/*
 * Who hands out pages holds a lock that a backend may need to serve our own
 * writeback: nothing that is allocated under it may wait for that.
 */
static void guest_lends_without_io(struct kunit *test)
{
	unsigned int nr = 12 * P2M_PER_PAGE;	/* some have no leaf yet */
	struct page **pages = kvcalloc(nr, sizeof(*pages), GFP_KERNEL);
	unsigned long leaves = xen_p2m.count.leaves;
	static struct p2m_ops ops;
	int err;

	KUNIT_ASSERT_NOT_NULL(test, pages);
	guest_alloc_may_wait_for_io = false;
	ops = xen_p2m_ops;
	ops.alloc = guest_alloc;
	xen_p2m.ops = &ops;
	err = xen_alloc_unpopulated_pages(nr, pages);
	xen_p2m.ops = &xen_p2m_ops;

	KUNIT_ASSERT_EQ(test, err, 0);
	KUNIT_EXPECT_GT(test, xen_p2m.count.leaves, leaves);
	KUNIT_EXPECT_FALSE(test, guest_alloc_may_wait_for_io);
	xen_free_unpopulated_pages(nr, pages);
	kvfree(pages);
}

/* Readers pay for what lies below the highest pfn in use. */
static void guest_unpopulated_goes_upwards(struct kunit *test)
{
	unsigned int i, nr = P2M_PER_PAGE, wrong = 0;
	struct page **pages = kvcalloc(2 * nr, sizeof(*pages), GFP_KERNEL);
	struct page **more = pages + nr;

	KUNIT_ASSERT_NOT_NULL(test, pages);
	KUNIT_ASSERT_EQ(test, xen_alloc_unpopulated_pages(nr, pages), 0);
	KUNIT_ASSERT_EQ(test, xen_alloc_unpopulated_pages(nr, more), 0);
	/* Those that were in use before come first. */
	KUNIT_EXPECT_GT(test, page_to_pfn(more[nr - 1]),
			page_to_pfn(pages[nr - 1]));

	xen_free_unpopulated_pages(nr, more);
	xen_free_unpopulated_pages(nr, pages);
	KUNIT_EXPECT_EQ(test, xen_alloc_unpopulated_pages(nr, more), 0);
	for (i = 0; i < nr; i++)
		wrong += more[i] != pages[i];
	KUNIT_EXPECT_EQ(test, wrong, 0);
	xen_free_unpopulated_pages(nr, more);
	kvfree(pages);
}

static long guest_owned(void)
{
	domid_t domid = DOMID_SELF;

	return HYPERVISOR_memory_op(XENMEM_current_reservation, &domid);
}

/* As if a live migration had brought a frame with the page. */
static void guest_frame_arrives(struct kunit *test, struct page *page)
{
	xen_pfn_t frame = page_to_pfn(page);

	KUNIT_ASSERT_EQ(test, xenmem_reservation_increase(1, &frame), 1);
	KUNIT_ASSERT_TRUE(test, set_phys_to_machine(page_to_pfn(page), frame));
}

static void guest_expect_given_back(struct kunit *test, struct page *page,
				    long owned)
{
	KUNIT_EXPECT_EQ(test, __pfn_to_mfn(page_to_pfn(page)),
			INVALID_P2M_ENTRY);
	KUNIT_EXPECT_EQ(test, guest_owned(), owned);
}

/* Found when the page comes back, or is lent out next. */
static void guest_frame_arrives_unpopulated(struct kunit *test)
{
	struct page *page, *again;
	long owned;

	KUNIT_ASSERT_EQ(test, xen_alloc_unpopulated_pages(1, &page), 0);
	owned = guest_owned();
	guest_frame_arrives(test, page);
	xen_free_unpopulated_pages(1, &page);
	guest_expect_given_back(test, page, owned);

	guest_frame_arrives(test, page);
	KUNIT_ASSERT_EQ(test, xen_alloc_unpopulated_pages(1, &again), 0);
	KUNIT_EXPECT_PTR_EQ(test, page, again);
	guest_expect_given_back(test, page, owned);
	xen_free_unpopulated_pages(1, &again);
	guest_expect_sound(test);
}

/* Found when a backend takes the page from its cache. */
static void guest_frame_arrives_in_a_cache(struct kunit *test)
{
	struct gnttab_page_cache cache;
	struct page *page, *again;
	long owned;

	KUNIT_ASSERT_EQ(test, gnttab_alloc_pages(1, &page), 0);
	owned = guest_owned();
	gnttab_page_cache_init(&cache);
	gnttab_page_cache_put(&cache, &page, 1);
	guest_frame_arrives(test, page);
	KUNIT_EXPECT_EQ(test, gnttab_page_cache_get(&cache, &again), 0);
	KUNIT_EXPECT_PTR_EQ(test, page, again);
	guest_expect_given_back(test, page, owned);
	gnttab_free_pages(1, &again);
	guest_expect_sound(test);
}

/* Ballooned to so many pages. */
static void guest_balloon_to(struct kunit *test, unsigned long nr)
{
	unsigned int look;

	balloon_set_new_target(nr);
	for (look = 0; look < 600; look++) {
		if (READ_ONCE(balloon_stats.current_pages) == nr)
			break;
		msleep(50);
	}
	KUNIT_ASSERT_EQ(test, balloon_stats.current_pages, nr);
}

/* Found when the page comes back, is lent out, or gets a frame from Xen. */
static void guest_frame_arrives_ballooned(struct kunit *test)
{
	unsigned long size = balloon_stats.target_pages;
	struct page *page, *again;
	long owned;

	guest_balloon_to(test, size - P2M_PER_PAGE);
	owned = guest_owned();
	KUNIT_ASSERT_EQ(test, xen_alloc_ballooned_pages(1, &page), 0);
	guest_frame_arrives(test, page);
	xen_free_ballooned_pages(1, &page);
	guest_expect_given_back(test, page, owned);

	guest_frame_arrives(test, page);
	KUNIT_ASSERT_EQ(test, xen_alloc_ballooned_pages(1, &again), 0);
	KUNIT_EXPECT_PTR_EQ(test, page, again);
	guest_expect_given_back(test, page, owned);
	xen_free_ballooned_pages(1, &again);

	guest_frame_arrives(test, page);
	guest_balloon_to(test, size);
	KUNIT_EXPECT_EQ(test, guest_owned(), owned + P2M_PER_PAGE);
	guest_expect_sound(test);
}

static struct kunit_case guest_cases[] = {
	KUNIT_CASE(guest_published),
	KUNIT_CASE(guest_max_pfn_is_tight),
	KUNIT_CASE(guest_round_trips),
	KUNIT_CASE(guest_stale_translation),
	KUNIT_CASE(guest_each_look_is_a_load),
	KUNIT_CASE(guest_sentinels_are_read_only),
	KUNIT_CASE(guest_makes_room_and_takes_it_back),
	KUNIT_CASE(guest_exchanges_memory),
	KUNIT_CASE(guest_frames_come_and_go),
	KUNIT_CASE(guest_reserves_at_once),
	KUNIT_CASE(guest_lends_without_io),
	KUNIT_CASE(guest_unpopulated_goes_upwards),
	KUNIT_CASE(guest_frame_arrives_unpopulated), /* #21 */
	KUNIT_CASE(guest_frame_arrives_in_a_cache), /* #21 */
	KUNIT_CASE(guest_frame_arrives_ballooned), /* #21 */
	KUNIT_CASE(guest_grant_is_entered),
	KUNIT_CASE(guest_grant_over_live_entry_is_refused),
	KUNIT_CASE(guest_grant_without_leaf_is_refused),
	KUNIT_CASE(guest_grant_batch_with_failures),
	KUNIT_CASE(guest_grant_at_live_address_is_refused),
	KUNIT_CASE(guest_page_in_use_leaves_the_cache),
	KUNIT_CASE(guest_page_in_use_leaves_the_balloon),
	KUNIT_CASE(guest_entry_of_failed_unmap_is_kept),
	KUNIT_CASE(guest_clear_leaves_ram_alone),
	KUNIT_CASE(guest_republishes),
	KUNIT_CASE(guest_unpopulated_is_near),
	/* Last, because max_pfn never falls again. */
	KUNIT_CASE(guest_far_frames),
	{ }
};

static struct kunit_suite guest_suite = {
	.name = "xen_p2m_guest",
	.init = guest_init,
	.test_cases = guest_cases,
};

kunit_test_suite(guest_suite);
