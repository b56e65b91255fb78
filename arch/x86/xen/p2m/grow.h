/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Growth: leaves for ranges that lack them.
 */
#ifndef _XEN_P2M_GROW_H
#define _XEN_P2M_GROW_H

#include "list.h"

int p2m_grow(struct p2m_list *list, unsigned long pfn, unsigned long nr);

#endif /* _XEN_P2M_GROW_H */
