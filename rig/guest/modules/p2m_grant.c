// SPDX-License-Identifier: GPL-2.0-only
/*
 * Maps another domain's grants as the kernel's backends and gntdev do, and in
 * ways that none of them should: debugfs p2m_grant/ has a file per case; reading
 * it runs the case and reports what went wrong, with a count in the last line.
 * The pages contain the pattern of p2m_grants (rig/guest/programs/) for seed 1.
 */
#include <linux/debugfs.h>
#include <linux/dma-mapping.h>
#include <linux/gfp.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/platform_device.h>
#include <linux/seq_file.h>
#include <linux/uaccess.h>
#include <linux/workqueue.h>

#include <asm/xen/page.h>
#include <xen/grant_table.h>
#include <xen/xen.h>

#define GRANT_MAX	4096
#define GRANT_BAD_REF	0x7ffffff
#define GRANT_SEED	1ULL
#define GRANT_WORDS	(PAGE_SIZE / sizeof(u64))
#define GRANT_SHOWN	8
#define GRANT_CACHED	4U
#define GRANT_DMA	8U

static ushort domid;
module_param(domid, ushort, 0400);
MODULE_PARM_DESC(domid, "the domain that granted its pages to this one");

static char *refs = "";
module_param(refs, charp, 0400);
MODULE_PARM_DESC(refs, "their references, at most 4096, such as 8-519,700");

/* The number of references, followed by the references. */
static int grant_ref[GRANT_MAX + 1];

/* Pages without frames; a case needs up to four for each reference. */
static struct page *grant_set[4][GRANT_MAX];

/* Pages of RAM. */
static struct page *grant_ram[GRANT_MAX];

/*
 * A slot maps a reference at the address of its page in at; the entry of its
 * page in pages must refer to the frame.  With kat it is mapped there too and,
 * like gntdev, first through the PTE of at.
 */
struct grant_batch {
	struct page *pages[GRANT_MAX];
	struct page *at[GRANT_MAX];
	struct page *kat[GRANT_MAX];
	int ref[GRANT_MAX];
	bool pairs;
	struct gnttab_map_grant_ref map[GRANT_MAX], kmap[GRANT_MAX];
	struct gnttab_unmap_grant_ref unmap[GRANT_MAX], kunmap[GRANT_MAX];
};

static struct grant_batch grant_first, grant_second;

/* One case at a time; it reports here. */
static DEFINE_MUTEX(grant_lock);
static struct seq_file *grant_report;
static unsigned long grant_wrong;

static unsigned int grant_nr(void)
{
	return grant_ref[0];
}

static void grant_expect(bool good, unsigned int slot, const char *what)
{
	if (!good && grant_wrong++ < GRANT_SHOWN)
		seq_printf(grant_report, "slot %u: %s\n", slot, what);
}

static unsigned long grant_entry(struct page *page)
{
	return __pfn_to_mfn(page_to_pfn(page));
}

static bool grant_is_foreign(unsigned long mfn)
{
	return mfn != INVALID_P2M_ENTRY && (mfn & FOREIGN_FRAME_BIT);
}

static unsigned long grant_address(struct page *page)
{
	return (unsigned long)page_address(page);
}

static phys_addr_t grant_pte_address(struct page *page)
{
	unsigned int level;

	return arbitrary_virt_to_machine(lookup_address(grant_address(page),
							&level)).maddr;
}

/* Each reference once, with the same pages for the entries and the mappings. */
static void grant_fill(struct grant_batch *batch, struct page **pages)
{
	unsigned int i;

	batch->pairs = false;
	for (i = 0; i < grant_nr(); i++) {
		batch->pages[i] = pages[i];
		batch->at[i] = pages[i];
		batch->ref[i] = grant_ref[i + 1];
	}
}

/* Like gntdev, which first maps for user space, here at @user, then in @pages. */
static void grant_fill_pairs(struct grant_batch *batch, struct page **pages,
			     struct page **user)
{
	unsigned int i;

	grant_fill(batch, pages);
	batch->pairs = true;
	for (i = 0; i < grant_nr(); i++) {
		batch->at[i] = user[i];
		batch->kat[i] = pages[i];
	}
}

static bool grant_reads_nothing(struct page *page)
{
	u64 word;

	return copy_from_kernel_nofault(&word, page_address(page),
					sizeof(word));
}

static bool grant_reads(struct page *page, unsigned int slot)
{
	const u64 *word = page_address(page);
	unsigned int i;

	if (grant_reads_nothing(page))
		return false;
	for (i = 0; i < GRANT_WORDS; i++)
		if (word[i] != (GRANT_SEED << 48 | (u64)slot << 16 | i))
			return false;

	return true;
}

static void grant_prepare(struct grant_batch *batch, unsigned int i)
{
	u32 flags = GNTMAP_host_map;
	phys_addr_t at = grant_address(batch->at[i]);

	if (batch->pairs) {
		gnttab_set_map_op(&batch->kmap[i], grant_address(batch->kat[i]),
				  flags, batch->ref[i], domid);
		at = grant_pte_address(batch->at[i]);
		flags |= GNTMAP_contains_pte;
	}
	gnttab_set_map_op(&batch->map[i], at, flags, batch->ref[i], domid);
}

static void grant_map(struct grant_batch *batch)
{
	unsigned int i;
	int err;

	for (i = 0; i < grant_nr(); i++)
		grant_prepare(batch, i);
	err = gnttab_map_refs(batch->map, batch->pairs ? batch->kmap : NULL,
			      batch->pages, grant_nr());
	grant_expect(!err, 0, "the whole batch failed");
}

static void grant_prepare_unmap(struct gnttab_unmap_grant_ref *unmap,
				const struct gnttab_map_grant_ref *map)
{
	gnttab_set_unmap_op(unmap, map->host_addr, map->flags,
			    map->status == GNTST_okay ? map->handle :
							INVALID_GRANT_HANDLE);
}

/* All slots, including those that are not mapped, like gntdev. */
static void grant_unmap(struct grant_batch *batch)
{
	unsigned int i;
	int err;

	for (i = 0; i < grant_nr(); i++) {
		grant_prepare_unmap(&batch->unmap[i], &batch->map[i]);
		grant_prepare_unmap(&batch->kunmap[i], &batch->kmap[i]);
	}
	err = gnttab_unmap_refs(batch->unmap,
				batch->pairs ? batch->kunmap : NULL,
				batch->pages, grant_nr());
	grant_expect(!err, 0, "unmapping the whole batch failed");
}

/* A slot that must be mapped as if it were the only one. */
static void grant_expect_mapped(struct grant_batch *batch, unsigned int i)
{
	grant_expect(batch->map[i].status == GNTST_okay, i, "is not mapped");
	grant_expect(grant_reads(batch->at[i], i), i, "reads wrong");
	grant_expect(grant_is_foreign(grant_entry(batch->pages[i])), i,
		     "has no foreign entry");
	grant_expect(PageForeign(batch->pages[i]), i, "has an unmarked page");
	if (batch->pairs) {
		grant_expect(batch->kmap[i].status == GNTST_okay, i,
			     "is not mapped for the kernel");
		grant_expect(grant_reads(batch->kat[i], i), i,
			     "reads wrong for the kernel");
	}
}

static void grant_expect_refused(struct grant_batch *batch, unsigned int i)
{
	grant_expect(batch->map[i].status < 0, i, "has no grant error");
	if (batch->pairs)
		grant_expect(batch->kmap[i].status < 0, i,
			     "has no grant error for the kernel");
}

static void grant_expect_unmapped(struct grant_batch *batch, unsigned int i)
{
	grant_expect(batch->unmap[i].status == GNTST_okay, i,
		     "cannot be unmapped");
	grant_expect(grant_reads_nothing(batch->at[i]), i, "can still be read");
	if (batch->pairs) {
		grant_expect(batch->kunmap[i].status == GNTST_okay, i,
			     "cannot be unmapped for the kernel");
		grant_expect(grant_reads_nothing(batch->kat[i]), i,
			     "can still be read by the kernel");
	}
}

static void grant_expect_all(struct grant_batch *batch,
			     void (*expect)(struct grant_batch *batch,
					    unsigned int i))
{
	unsigned int i;

	for (i = 0; i < grant_nr(); i++)
		expect(batch, i);
}

/* All pages without frames must be as before the case. */
static void grant_expect_nothing_left(void)
{
	unsigned int i, set;

	for (set = 0; set < ARRAY_SIZE(grant_set); set++) {
		for (i = 0; i < grant_nr(); i++) {
			struct page *page = grant_set[set][i];

			grant_expect(grant_entry(page) == INVALID_P2M_ENTRY, i,
				     "left an entry");
			grant_expect(!PageForeign(page), i,
				     "left a marked page");
			grant_expect(grant_reads_nothing(page), i,
				     "left a mapping");
		}
	}
}

static void grant_end_first(void)
{
	grant_expect_all(&grant_first, grant_expect_mapped);
	grant_unmap(&grant_first);
	grant_expect_all(&grant_first, grant_expect_unmapped);
}

static void grant_once(void)
{
	grant_fill(&grant_first, grant_set[0]);
	grant_map(&grant_first);
	grant_end_first();
}

static void grant_once_pairs(void)
{
	grant_fill_pairs(&grant_first, grant_set[0], grant_set[1]);
	grant_map(&grant_first);
	grant_end_first();
}

/* A second batch for the same entries, at other addresses. */
static void grant_twice(void)
{
	grant_fill(&grant_first, grant_set[0]);
	grant_map(&grant_first);
	grant_fill(&grant_second, grant_set[1]);
	memcpy(grant_second.pages, grant_set[0], sizeof(grant_set[0]));
	grant_map(&grant_second);
	grant_expect_all(&grant_second, grant_expect_refused);
	grant_end_first();
}

static void grant_twice_pairs(void)
{
	grant_fill_pairs(&grant_first, grant_set[0], grant_set[1]);
	grant_map(&grant_first);
	grant_fill_pairs(&grant_second, grant_set[2], grant_set[3]);
	memcpy(grant_second.pages, grant_set[0], sizeof(grant_set[0]));
	grant_map(&grant_second);
	grant_expect_all(&grant_second, grant_expect_refused);
	grant_end_first();
}

/* Another grant at each address of the first batch: Xen would replace that one. */
static void grant_fill_other(struct grant_batch *batch)
{
	unsigned int i;

	for (i = 0; i < grant_nr(); i++)
		batch->ref[i] = grant_ref[(i + 1) % grant_nr() + 1];
}

static void grant_same_address(void)
{
	grant_fill(&grant_first, grant_set[0]);
	grant_map(&grant_first);
	grant_fill(&grant_second, grant_set[0]);
	grant_fill_other(&grant_second);
	grant_map(&grant_second);
	grant_expect_all(&grant_second, grant_expect_refused);
	grant_end_first();
}

static void grant_same_address_pairs(void)
{
	grant_fill_pairs(&grant_first, grant_set[0], grant_set[1]);
	grant_map(&grant_first);
	grant_fill_pairs(&grant_second, grant_set[0], grant_set[2]);
	grant_fill_other(&grant_second);
	grant_map(&grant_second);
	grant_expect_all(&grant_second, grant_expect_refused);
	grant_end_first();
}

/* The address of a page that a grant has, for a page that none has. */
static void grant_others_address(void)
{
	grant_fill(&grant_first, grant_set[0]);
	grant_map(&grant_first);
	grant_fill(&grant_second, grant_set[1]);
	memcpy(grant_second.at, grant_set[0], sizeof(grant_set[0]));
	grant_map(&grant_second);
	grant_expect_all(&grant_second, grant_expect_refused);
	grant_end_first();
}

/* What was refused is unmapped anyway. */
static void grant_unmap_refused(void)
{
	grant_fill(&grant_first, grant_set[0]);
	grant_map(&grant_first);
	grant_fill(&grant_second, grant_set[1]);
	memcpy(grant_second.pages, grant_set[0], sizeof(grant_set[0]));
	grant_map(&grant_second);
	grant_unmap(&grant_second);
	grant_end_first();
}

/* The same, like gntdev. */
static void grant_unmap_refused_pairs(void)
{
	grant_fill_pairs(&grant_first, grant_set[0], grant_set[1]);
	grant_map(&grant_first);
	grant_fill_pairs(&grant_second, grant_set[2], grant_set[3]);
	memcpy(grant_second.pages, grant_set[0], sizeof(grant_set[0]));
	grant_map(&grant_second);
	grant_unmap(&grant_second);
	grant_end_first();
}

/* A page twice in one batch: the first slot gets it. */
static void grant_twice_in_batch(void)
{
	unsigned int i, half = grant_nr() / 2;

	grant_fill(&grant_first, grant_set[0]);
	for (i = 0; i < half; i++)
		grant_first.pages[half + i] = grant_set[0][i];
	grant_map(&grant_first);
	for (i = 0; i < half; i++) {
		grant_expect_mapped(&grant_first, i);
		grant_expect_refused(&grant_first, half + i);
	}
	grant_unmap(&grant_first);
	for (i = 0; i < half; i++)
		grant_expect_unmapped(&grant_first, i);
}

/* The second half of the batch has the pages, and the addresses, of the first. */
static void grant_halves(struct grant_batch *batch)
{
	unsigned int i, half = grant_nr() / 2;

	for (i = 0; i < half; i++) {
		batch->pages[half + i] = batch->pages[i];
		*(batch->pairs ? &batch->kat[half + i] : &batch->at[half + i]) =
			batch->pages[i];
	}
	grant_map(batch);
	for (i = 0; i < half; i++) {
		grant_expect_mapped(batch, i);
		grant_expect_refused(batch, half + i);
	}
	grant_unmap(batch);
	for (i = 0; i < half; i++)
		grant_expect_unmapped(batch, i);
}

static void grant_same_address_in_batch(void)
{
	grant_fill(&grant_first, grant_set[0]);
	grant_halves(&grant_first);
}

static void grant_same_address_in_batch_pairs(void)
{
	grant_fill_pairs(&grant_first, grant_set[0], grant_set[1]);
	grant_halves(&grant_first);
}

static bool grant_is_bad(unsigned int i)
{
	return i % 3 == 1 || i / 256 == 1;
}

static void grant_expect_good_mapped(struct grant_batch *batch, unsigned int i)
{
	if (grant_is_bad(i))
		grant_expect_refused(batch, i);
	else
		grant_expect_mapped(batch, i);
}

static void grant_expect_good_unmapped(struct grant_batch *batch,
				       unsigned int i)
{
	if (!grant_is_bad(i))
		grant_expect_unmapped(batch, i);
}

/* References that do not exist, scattered and in a long run. */
static void grant_bad_refs(struct grant_batch *batch)
{
	unsigned int i;

	for (i = 0; i < grant_nr(); i++)
		if (grant_is_bad(i))
			batch->ref[i] = GRANT_BAD_REF;
	grant_map(batch);
	grant_expect_all(batch, grant_expect_good_mapped);
	grant_unmap(batch);
	grant_expect_all(batch, grant_expect_good_unmapped);
}

static void grant_some_bad(void)
{
	grant_fill(&grant_first, grant_set[0]);
	grant_bad_refs(&grant_first);
}

static void grant_some_bad_pairs(void)
{
	grant_fill_pairs(&grant_first, grant_set[0], grant_set[1]);
	grant_bad_refs(&grant_first);
}

static void grant_fill_ram(void)
{
	unsigned int i;

	for (i = 0; i < grant_nr(); i++)
		memset64(page_address(grant_ram[i]), i, GRANT_WORDS);
}

static void grant_expect_ram(unsigned int i, unsigned long mfn)
{
	const u64 *word = page_address(grant_ram[i]);

	grant_expect(grant_entry(grant_ram[i]) == mfn, i,
		     "took the entry of RAM");
	grant_expect(!PageForeign(grant_ram[i]), i, "marked a page of RAM");
	grant_expect(!grant_reads_nothing(grant_ram[i]) && word[0] == i &&
		     word[GRANT_WORDS - 1] == i, i, "spoilt a page of RAM");
}

/* Pages that are RAM, scattered and in a long run. */
static void grant_over_ram(struct grant_batch *batch)
{
	static unsigned long mfn[GRANT_MAX];
	unsigned int i;

	grant_fill_ram();
	for (i = 0; i < grant_nr(); i++) {
		mfn[i] = grant_entry(grant_ram[i]);
		if (!grant_is_bad(i))
			continue;
		batch->pages[i] = grant_ram[i];
		*(batch->pairs ? &batch->kat[i] : &batch->at[i]) = grant_ram[i];
	}
	grant_map(batch);
	grant_expect_all(batch, grant_expect_good_mapped);
	for (i = 0; i < grant_nr(); i++) {
		grant_expect_ram(i, mfn[i]);
		batch->pages[i] = grant_set[0][i];
	}
	grant_unmap(batch);
	grant_expect_all(batch, grant_expect_good_unmapped);
}

static void grant_some_ram(void)
{
	grant_fill(&grant_first, grant_set[0]);
	grant_over_ram(&grant_first);
}

static void grant_some_ram_pairs(void)
{
	grant_fill_pairs(&grant_first, grant_set[0], grant_set[1]);
	grant_over_ram(&grant_first);
}

/* Some slots of the second batch have entries that the first one uses. */
static void grant_some_in_use(void)
{
	unsigned int i;

	grant_fill(&grant_first, grant_set[0]);
	grant_map(&grant_first);
	grant_fill(&grant_second, grant_set[1]);
	for (i = 0; i < grant_nr(); i++)
		if (grant_is_bad(i))
			grant_second.pages[i] = grant_set[0][i];
	grant_map(&grant_second);
	grant_expect_all(&grant_second, grant_expect_good_mapped);
	for (i = 0; i < grant_nr(); i++)
		grant_second.pages[i] = grant_set[1][i];
	grant_unmap(&grant_second);
	grant_expect_all(&grant_second, grant_expect_good_unmapped);
	grant_end_first();
}

/* The second time there is nothing to unmap. */
static void grant_unmap_twice(void)
{
	unsigned int i;

	grant_fill(&grant_first, grant_set[0]);
	grant_map(&grant_first);
	grant_end_first();
	grant_unmap(&grant_first);
	for (i = 0; i < grant_nr(); i++)
		grant_expect(grant_first.unmap[i].status < 0, i,
			     "is unmapped a second time");
}

/* Like blkback: a page from the cache for each grant, and back if that fails. */
static void grant_map_cached(struct gnttab_page_cache *cache,
			     struct page **page)
{
	struct gnttab_map_grant_ref map;
	struct gnttab_unmap_grant_ref unmap;
	unsigned int i;
	int err;

	for (i = 0; i < GRANT_CACHED; i++) {
		if (gnttab_page_cache_get(cache, &page[i])) {
			grant_expect(false, i, "has no page");
			break;
		}
		gnttab_set_map_op(&map, grant_address(page[i]), GNTMAP_host_map,
				  grant_ref[i + 1], domid);
		err = gnttab_map_refs(&map, NULL, &page[i], 1);
		grant_expect(!err && map.status == GNTST_okay, i,
			     "is not mapped at a page of the cache");
		if (map.status == GNTST_okay) {
			grant_expect(grant_reads(page[i], i), i, "reads wrong");
			grant_prepare_unmap(&unmap, &map);
			err = gnttab_unmap_refs(&unmap, NULL, &page[i], 1);
			grant_expect(!err, i, "is not unmapped");
		}
		gnttab_page_cache_put(cache, &page[i], 1);
	}
}

/* Pages of the cache that are in use: none is tried twice, and others are used. */
static void grant_left_over(void)
{
	static struct page *page[GRANT_CACHED];
	struct gnttab_page_cache cache;
	unsigned int n;

	grant_fill(&grant_first, grant_set[0]);
	grant_map(&grant_first);
	gnttab_page_cache_init(&cache);
	gnttab_page_cache_put(&cache, grant_set[1], GRANT_CACHED);
	gnttab_page_cache_put(&cache, grant_set[0], GRANT_CACHED);
	grant_map_cached(&cache, page);
	grant_expect(cache.num_pages == GRANT_CACHED, 0,
		     "the cache has not the good pages only");
	for (n = 0; cache.num_pages && n < 2 * GRANT_CACHED; n++)
		gnttab_page_cache_get(&cache, page);
	grant_end_first();
}

/* Pages that their user frees while they are mapped are given to nobody. */
static void grant_left_over_in_pool(void)
{
	static struct page *freed[GRANT_CACHED], *again[GRANT_CACHED];
	unsigned int i;

	if (gnttab_alloc_pages(GRANT_CACHED, freed)) {
		grant_expect(false, 0, "no pages");
		return;
	}
	grant_fill(&grant_first, grant_set[0]);
	for (i = 0; i < GRANT_CACHED; i++) {
		grant_first.pages[i] = freed[i];
		grant_first.at[i] = freed[i];
	}
	grant_map(&grant_first);
	gnttab_free_pages(GRANT_CACHED, freed);
	grant_expect(!gnttab_alloc_pages(GRANT_CACHED, again), 0, "no pages");
	for (i = 0; i < GRANT_CACHED; i++)
		grant_expect(grant_entry(again[i]) == INVALID_P2M_ENTRY, i,
			     "is a page in use");
	gnttab_free_pages(GRANT_CACHED, again);
	grant_end_first();
}

struct grant_dma_free {
	struct work_struct work;
	struct gnttab_dma_alloc_args *args;
	int err;
};

static void grant_dma_free_work(struct work_struct *work)
{
	struct grant_dma_free *job =
		container_of(work, struct grant_dma_free, work);

	job->err = gnttab_dma_free_pages(job->args);
}

/* By a worker, as after a deferred unmap: no suspend freezes it. */
static int grant_dma_free(struct gnttab_dma_alloc_args *args)
{
	struct grant_dma_free job = { .args = args };

	INIT_WORK_ONSTACK(&job.work, grant_dma_free_work);
	schedule_work(&job.work);
	flush_work(&job.work);
	destroy_work_on_stack(&job.work);

	return job.err;
}

/*
 * Like gntdev for a device: buffers that give their frames up for grants.  Each
 * is one page, because the frames that come back are not contiguous, and
 * swiotlb-xen does not free a larger buffer then (as in stock).
 */
static void grant_dma_buffers_of(struct device *dev)
{
	static struct gnttab_dma_alloc_args args[GRANT_DMA];
	static xen_pfn_t frames[GRANT_DMA];
	static struct page *pages[GRANT_DMA];
	unsigned int i, nr;

	for (nr = 0; nr < min(grant_nr(), GRANT_DMA); nr++) {
		args[nr] = (struct gnttab_dma_alloc_args) {
			.dev = dev,
			.coherent = true,
			.nr_pages = 1,
			.pages = &pages[nr],
			.frames = &frames[nr],
		};
		if (gnttab_dma_alloc_pages(&args[nr]))
			break;
		grant_expect(grant_entry(pages[nr]) == INVALID_P2M_ENTRY, nr,
			     "has kept its frame");
		grant_expect(grant_reads_nothing(pages[nr]), nr,
			     "is still mapped");
	}
	grant_expect(nr == min(grant_nr(), GRANT_DMA), nr, "is no DMA buffer");

	grant_fill(&grant_first, grant_set[0]);
	for (i = 0; i < nr; i++) {
		grant_first.pages[i] = pages[i];
		grant_first.at[i] = pages[i];
	}
	grant_map(&grant_first);
	grant_end_first();

	for (i = 0; i < nr; i++) {
		grant_expect(!grant_dma_free(&args[i]), i, "is not freed");
		grant_expect(!grant_is_foreign(grant_entry(pages[i])) &&
			     grant_entry(pages[i]) != INVALID_P2M_ENTRY, i,
			     "has no frame");
		grant_expect(!grant_reads_nothing(pages[i]), i,
			     "is not mapped again");
	}
}

static void grant_dma_buffers(void)
{
	struct platform_device *device;

	device = platform_device_register_simple("p2m_grant", -1, NULL, 0);
	if (IS_ERR(device)) {
		grant_expect(false, 0, "no device");
		return;
	}
	if (dma_coerce_mask_and_coherent(&device->dev, DMA_BIT_MASK(64)))
		grant_expect(false, 0, "no DMA");
	else
		grant_dma_buffers_of(&device->dev);
	platform_device_unregister(device);
}

static const struct grant_case {
	const char *name;
	void (*run)(void);
} grant_cases[] = {
	{ "once", grant_once },
	{ "once-pairs", grant_once_pairs },
	{ "twice", grant_twice },
	{ "twice-pairs", grant_twice_pairs },
	{ "twice-in-batch", grant_twice_in_batch },
	{ "same-address", grant_same_address },
	{ "same-address-pairs", grant_same_address_pairs },
	{ "others-address", grant_others_address },
	{ "same-address-in-batch", grant_same_address_in_batch },
	{ "same-address-in-batch-pairs", grant_same_address_in_batch_pairs },
	{ "left-over", grant_left_over },
	{ "left-over-in-pool", grant_left_over_in_pool },
	{ "dma-buffers", grant_dma_buffers },
	{ "some-bad", grant_some_bad },
	{ "some-bad-pairs", grant_some_bad_pairs },
	{ "some-ram", grant_some_ram },
	{ "some-ram-pairs", grant_some_ram_pairs },
	{ "some-in-use", grant_some_in_use },
	{ "unmap-twice", grant_unmap_twice },
	{ "unmap-refused", grant_unmap_refused },
	{ "unmap-refused-pairs", grant_unmap_refused_pairs },
};

static int grant_show(struct seq_file *m, void *v)
{
	const struct grant_case *it = m->private;

	mutex_lock(&grant_lock);
	grant_report = m;
	grant_wrong = 0;
	it->run();
	grant_expect_nothing_left();
	seq_printf(m, "%u slots, wrong %lu\n", grant_nr(), grant_wrong);
	mutex_unlock(&grant_lock);

	return 0;
}
DEFINE_SHOW_ATTRIBUTE(grant);

static void grant_free(void)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(grant_set) && grant_set[i][0]; i++)
		gnttab_free_pages(grant_nr(), grant_set[i]);
	for (i = 0; i < grant_nr() && grant_ram[i]; i++)
		__free_page(grant_ram[i]);
}

static int grant_alloc(void)
{
	unsigned int i;

	for (i = 0; i < grant_nr(); i++) {
		grant_ram[i] = alloc_page(GFP_KERNEL);
		if (!grant_ram[i])
			return -ENOMEM;
	}
	for (i = 0; i < ARRAY_SIZE(grant_set); i++) {
		int err = gnttab_alloc_pages(grant_nr(), grant_set[i]);

		if (err) {
			grant_set[i][0] = NULL;
			return err;
		}
	}

	return 0;
}

static struct dentry *grant_dir;

static int __init grant_init(void)
{
	unsigned int i;
	int err;

	if (!xen_pv_domain())
		return -ENODEV;
	if (*get_options(refs, ARRAY_SIZE(grant_ref), grant_ref) ||
	    !grant_nr())
		return -EINVAL;
	err = grant_alloc();
	if (err) {
		grant_free();
		return err;
	}

	grant_dir = debugfs_create_dir("p2m_grant", NULL);
	for (i = 0; i < ARRAY_SIZE(grant_cases); i++)
		debugfs_create_file(grant_cases[i].name, 0400, grant_dir,
				    (void *)&grant_cases[i], &grant_fops);

	return 0;
}
module_init(grant_init);

static void __exit grant_exit(void)
{
	debugfs_remove(grant_dir);
	grant_free();
}
module_exit(grant_exit);

MODULE_DESCRIPTION("Maps grants in good and bad ways");
MODULE_LICENSE("GPL");
