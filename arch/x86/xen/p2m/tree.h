/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The frame tree; see tree.c.
 */
#ifndef _XEN_P2M_TREE_H
#define _XEN_P2M_TREE_H

#include "list.h"

struct p2m_window;

int p2m_tree_alloc(struct p2m_list *list);
bool p2m_tree_lacks_mid(const struct p2m_list *list, unsigned long pfn);
void p2m_tree_install(const struct p2m_window *w);
void p2m_tree_refresh(struct p2m_list *list);
unsigned long p2m_tree_published(const struct p2m_list *list);

#endif /* _XEN_P2M_TREE_H */
