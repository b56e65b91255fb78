// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the kernel knows about its frames, through the API that callers use, so
 * that this also builds against the stock kernel: debugfs p2m_look shows all
 * pfns below the limit as runs of one kind, and then the number of own frames
 * for which Xen's m2p or mfn_to_pfn() gives another pfn. debugfs p2m_page has the
 * address of a page that a dump must contain: its words are LOOK_WORD plus 0, 1...
 */
#include <linux/debugfs.h>
#include <linux/gfp.h>
#include <linux/module.h>
#include <linux/sched.h>
#include <linux/seq_file.h>

#include <asm/xen/page.h>
#include <xen/xen.h>

#define LOOK_WORD	0x5ea1000000000000ULL
#define LOOK_WORDS	(PAGE_SIZE / sizeof(u64))

static unsigned long limit = 1UL << 21;
module_param(limit, ulong, 0400);
MODULE_PARM_DESC(limit, "number of pfns to look at (default: 8 GiB)");

static const char *look_kind(unsigned long mfn)
{
	if (mfn == INVALID_P2M_ENTRY)
		return "missing";
	if (mfn & IDENTITY_FRAME_BIT)
		return "identity";
	if (mfn & FOREIGN_FRAME_BIT)
		return "foreign";

	return "populated";
}

/* 1 if the entry is wrong by itself. */
static unsigned long look_wrong(unsigned long pfn, unsigned long mfn)
{
	if (mfn == INVALID_P2M_ENTRY || (mfn & FOREIGN_FRAME_BIT))
		return 0;
	if (mfn & IDENTITY_FRAME_BIT)
		return mfn != IDENTITY_FRAME(pfn);

	return mfn_to_pfn_no_overrides(mfn) != pfn || mfn_to_pfn(mfn) != pfn;
}

static int look_show(struct seq_file *m, void *v)
{
	const char *kind, *before = NULL;
	unsigned long pfn, mfn, begin = 0, wrong = 0;

	for (pfn = 0; pfn < limit; pfn++) {
		mfn = __pfn_to_mfn(pfn);
		kind = look_kind(mfn);
		wrong += look_wrong(pfn, mfn);
		if (before && kind != before) {
			seq_printf(m, "[%#lx, %#lx) %s\n", begin, pfn, before);
			begin = pfn;
		}
		before = kind;
		if (!(pfn % 4096))
			cond_resched();
	}
	seq_printf(m, "[%#lx, %#lx) %s\n", begin, pfn, before);
	seq_printf(m, "wrong %lu\n", wrong);

	return 0;
}
DEFINE_SHOW_ATTRIBUTE(look);

static u64 *look_words;

static int look_page_show(struct seq_file *m, void *v)
{
	seq_printf(m, "%px\n", look_words);

	return 0;
}
DEFINE_SHOW_ATTRIBUTE(look_page);

static struct dentry *look_file, *look_page_file;

static int __init look_init(void)
{
	unsigned int i;

	if (!xen_pv_domain())
		return -ENODEV;
	look_words = (u64 *)__get_free_page(GFP_KERNEL);
	if (!look_words)
		return -ENOMEM;
	for (i = 0; i < LOOK_WORDS; i++)
		look_words[i] = LOOK_WORD + i;

	look_file = debugfs_create_file("p2m_look", 0400, NULL, NULL, &look_fops);
	look_page_file = debugfs_create_file("p2m_page", 0400, NULL, NULL,
					     &look_page_fops);

	return 0;
}
module_init(look_init);

static void __exit look_exit(void)
{
	debugfs_remove(look_page_file);
	debugfs_remove(look_file);
	free_page((unsigned long)look_words);
}
module_exit(look_exit);

MODULE_DESCRIPTION("What the kernel knows about its frames");
MODULE_LICENSE("GPL");
