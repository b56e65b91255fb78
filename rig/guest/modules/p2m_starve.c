// SPDX-License-Identifier: GPL-2.0-only
/*
 * Takes all memory of the guest, with as much of the reserves as atomic
 * allocations get, so that a few pages which come free help nobody, and then
 * asks the balloon for more. All of it happens in the kernel, because no program
 * runs without memory; nobody is killed for it.
 */
#include <linux/delay.h>
#include <linux/gfp.h>
#include <linux/list.h>
#include <linux/mm.h>
#include <linux/module.h>

#include <xen/balloon.h>

#define STARVE_GFP	(GFP_KERNEL | __GFP_NORETRY | __GFP_NOMEMALLOC | \
			 __GFP_NOWARN)
#define STARVE_ATOMIC	(GFP_ATOMIC | __GFP_NOMEMALLOC | __GFP_NOWARN)
#define STARVE_PAUSE	100	/* milliseconds */

static unsigned long pages = 4096;
module_param(pages, ulong, 0400);
MODULE_PARM_DESC(pages, "how much more to ask the balloon for");

static unsigned int looks = 600;
module_param(looks, uint, 0400);
MODULE_PARM_DESC(looks, "how often to look whether it has come");

static unsigned long grown;
module_param(grown, ulong, 0400);
MODULE_PARM_DESC(grown, "what there is more now, with all memory still taken");

static LIST_HEAD(taken);
static unsigned long nr_taken;

static void starve_take(void)
{
	struct page *page;

	while ((page = alloc_page(STARVE_GFP) ?: alloc_page(STARVE_ATOMIC))) {
		list_add(&page->lru, &taken);
		nr_taken++;
	}
}

static void starve_give_back(void)
{
	struct page *page, *next;

	list_for_each_entry_safe(page, next, &taken, lru) {
		list_del(&page->lru);
		__free_page(page);
	}
}

/* Takes what comes free, too, as long as the balloon has not grown at all. */
static void starve_wait(unsigned long before)
{
	unsigned int look;

	for (look = 0; look < looks && grown < pages; look++) {
		if (!grown)
			starve_take();
		msleep(STARVE_PAUSE);
		grown = READ_ONCE(balloon_stats.current_pages) - before;
	}
}

static int __init starve_init(void)
{
	unsigned long before = balloon_stats.current_pages;

	starve_take();
	balloon_set_new_target(before + pages);
	starve_wait(before);
	pr_info("p2m_starve: %lu pages taken, then %lu of %lu more\n", nr_taken,
		grown, pages);
	starve_give_back();

	return 0;
}
module_init(starve_init);

MODULE_DESCRIPTION("A guest without memory that is given more");
MODULE_LICENSE("GPL");
