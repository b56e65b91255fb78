/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Changing the p2m list: what the rest of the kernel calls.  Included by
 * <asm/xen/page.h>, which has the lookups.
 */
#ifndef _ASM_X86_XEN_P2M_H
#define _ASM_X86_XEN_P2M_H

#include <linux/types.h>

#include <xen/interface/grant_table.h>

struct page;

bool set_phys_to_machine(unsigned long pfn, unsigned long mfn);
bool __set_phys_to_machine(unsigned long pfn, unsigned long mfn);
unsigned long set_phys_range_identity(unsigned long pfn_s, unsigned long pfn_e);

#ifdef CONFIG_XEN_PV
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
