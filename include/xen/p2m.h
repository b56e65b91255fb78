/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What drivers call when memory gets or loses a place in the p2m list of a PV
 * guest, before a grant gets one, and to find firmware areas that have moved
 * there.  Elsewhere there is no list: then there is room everywhere, nothing to
 * reserve, and nothing has moved.
 */
#ifndef _XEN_P2M_DRIVERS_H
#define _XEN_P2M_DRIVERS_H

#include <linux/types.h>

struct gnttab_map_grant_ref;
struct page;

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

#ifdef CONFIG_XEN_HAVE_PVMMU
bool xen_p2m_page_has_frame(struct page *page);
int xen_p2m_reserve(unsigned long pfn, unsigned long nr);
unsigned int xen_p2m_reserve_pages(struct page **pages, unsigned int nr);
int xen_p2m_make_missing(unsigned long pfn, unsigned long nr,
			 struct p2m_ranges *undo);
void xen_p2m_undo_missing(const struct p2m_ranges *undo);
unsigned long xen_p2m_give_back(struct page **pages, unsigned long nr);
bool xen_p2m_take_back(struct page *page);
bool xen_p2m_can_add_memory(unsigned long nr);
unsigned int xen_p2m_claim_pages(const struct gnttab_map_grant_ref *map_ops,
				 const struct gnttab_map_grant_ref *kmap_ops,
				 struct page **pages, unsigned int count);
bool xen_acpi_moved(unsigned long pfn);
bool xen_acpi_redirect(u64 *maddr, u64 size);
#else
static inline bool xen_p2m_page_has_frame(struct page *page)
{
	return false;
}

static inline int xen_p2m_reserve(unsigned long pfn, unsigned long nr)
{
	return 0;
}

static inline unsigned int
xen_p2m_reserve_pages(struct page **pages, unsigned int nr)
{
	return nr;
}

static inline int xen_p2m_make_missing(unsigned long pfn, unsigned long nr,
				       struct p2m_ranges *undo)
{
	undo->nr = 0;
	return 0;
}

static inline void xen_p2m_undo_missing(const struct p2m_ranges *undo)
{
}

static inline unsigned long xen_p2m_give_back(struct page **pages,
					      unsigned long nr)
{
	return 0;
}

static inline bool xen_p2m_take_back(struct page *page)
{
	return true;
}

static inline bool xen_p2m_can_add_memory(unsigned long nr)
{
	return true;
}

static inline unsigned int
xen_p2m_claim_pages(const struct gnttab_map_grant_ref *map_ops,
		    const struct gnttab_map_grant_ref *kmap_ops,
		    struct page **pages, unsigned int count)
{
	return count;
}

static inline bool xen_acpi_moved(unsigned long pfn)
{
	return false;
}

static inline bool xen_acpi_redirect(u64 *maddr, u64 size)
{
	return true;
}
#endif

#endif /* _XEN_P2M_DRIVERS_H */
