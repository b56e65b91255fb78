// SPDX-License-Identifier: GPL-2.0-only
/*
 * The page tables of private lists: where the entries of a pfn are, and what
 * they name.
 */
#include <linux/pgtable.h>

#include "lists.h"

/**
 * test_pud_entry - the PUD entry by which a pfn's entry is mapped
 * @t: a list that has its area
 * @pfn: below the reach
 */
u64 *test_pud_entry(const struct test_list *t, unsigned long pfn)
{
	unsigned long addr = (unsigned long)(test_list_base(t) + pfn);
	p4d_t *p4d = p4d_offset(pgd_offset_k(addr), addr);

	return (u64 *)pud_offset(p4d, addr);
}

/**
 * test_pte_entry - the PTE by which a pfn's entry is mapped
 * @t: the list
 * @pfn: below the reach
 *
 * Return: NULL if there is none.
 */
u64 *test_pte_entry(const struct test_list *t, unsigned long pfn)
{
	unsigned int level;
	pte_t *pte = lookup_address((unsigned long)(test_list_base(t) + pfn),
				    &level);

	return level == PG_LEVEL_4K ? (u64 *)pte : NULL;
}

/**
 * test_list_remap - map an entry's page to something else, as a stale TLB does
 * @t: the list
 * @pfn: below the reach
 * @entry: what to map it to
 */
bool test_list_remap(struct test_list *t, unsigned long pfn, u64 entry)
{
	struct p2m_update update = { test_pte_entry(t, pfn), entry };
	bool ok = test_write_entry(&t->list, &update);

	test_ops.flush(&t->list);
	return ok;
}

/**
 * test_entry_page - the page that a page-table entry names
 * @entry: the entry: of any level, not empty
 */
void *test_entry_page(u64 entry)
{
	return mfn_to_virt(pte_mfn(__pte_ma(entry)));
}
