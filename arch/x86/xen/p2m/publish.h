/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What readers outside are told; see publish.c.
 */
#ifndef _XEN_P2M_PUBLISH_H
#define _XEN_P2M_PUBLISH_H

#include "list.h"

void p2m_store(struct p2m_list *list, unsigned long *where, unsigned long val);
void p2m_publish(struct p2m_list *list);
void p2m_republish(struct p2m_list *list);
void p2m_publish_max_pfn(struct p2m_list *list, unsigned long max_pfn);
void p2m_bracket_open(struct p2m_list *list);
void p2m_bracket_close(struct p2m_list *list);

#endif /* _XEN_P2M_PUBLISH_H */
