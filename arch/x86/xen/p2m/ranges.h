/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A few pfn ranges, neighbours merged: struct p2m_ranges of <xen/p2m.h>.
 */
#ifndef _XEN_P2M_RANGES_H
#define _XEN_P2M_RANGES_H

#include <xen/p2m.h>

void p2m_ranges_add(struct p2m_ranges *ranges, unsigned long pfn,
		    unsigned long end);
bool p2m_ranges_cover(const struct p2m_ranges *ranges, unsigned long pfn,
		      unsigned long end);
bool p2m_ranges_disjoint(const struct p2m_ranges *ranges, unsigned long pfn,
			 unsigned long end);

#endif /* _XEN_P2M_RANGES_H */
