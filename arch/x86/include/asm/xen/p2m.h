/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Changing the p2m list: what the rest of the kernel and the drivers of
 * drivers/xen/ call.  Included by <asm/xen/page.h>, which has the lookups.
 */
#ifndef _ASM_X86_XEN_P2M_H
#define _ASM_X86_XEN_P2M_H

#include <linux/types.h>

#include <xen/interface/grant_table.h>

struct page;

bool set_phys_to_machine(unsigned long pfn, unsigned long mfn);
bool __set_phys_to_machine(unsigned long pfn, unsigned long mfn);
int xen_alloc_p2m_entry(unsigned long pfn);
unsigned long set_phys_range_identity(unsigned long pfn_s, unsigned long pfn_e);

#define P2M_MAX_RANGES		32

/**
 * struct p2m_range - the pfns [pfn, end)
 * @pfn: the first
 * @end: one past the last
 */
struct p2m_range {
	unsigned long pfn;
	unsigned long end;
};

/**
 * struct p2m_ranges - a record of pfn ranges, neighbours merged
 * @nr: ranges recorded
 * @incomplete: there were more than there is room for
 * @range: the ranges, in no order
 */
struct p2m_ranges {
	unsigned int nr;
	bool incomplete;
	struct p2m_range range[P2M_MAX_RANGES];
};

#ifdef CONFIG_XEN_PV
int xen_p2m_reserve(unsigned long pfn, unsigned long nr);
unsigned int xen_p2m_reserve_pages(struct page **pages, unsigned int nr);
int xen_p2m_make_missing(unsigned long pfn, unsigned long nr,
			 struct p2m_ranges *undo);
void xen_p2m_undo_missing(const struct p2m_ranges *undo);

int set_foreign_p2m_mapping(struct gnttab_map_grant_ref *map_ops,
			    struct gnttab_map_grant_ref *kmap_ops,
			    struct page **pages, unsigned int count);
int clear_foreign_p2m_mapping(struct gnttab_unmap_grant_ref *unmap_ops,
			      struct gnttab_unmap_grant_ref *kunmap_ops,
			      struct page **pages, unsigned int count);
#else
static inline int
set_foreign_p2m_mapping(struct gnttab_map_grant_ref *map_ops,
			struct gnttab_map_grant_ref *kmap_ops,
			struct page **pages, unsigned int count)
{
	return 0;
}

static inline int
clear_foreign_p2m_mapping(struct gnttab_unmap_grant_ref *unmap_ops,
			  struct gnttab_unmap_grant_ref *kunmap_ops,
			  struct page **pages, unsigned int count)
{
	return 0;
}
#endif

#endif /* _ASM_X86_XEN_P2M_H */
