/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a guest itself says of its pfns, as lines "[0x0, 0x9f) populated": our
 * kernel's debugfs xen/p2m. It knows what no list tells: what is identity.
 */
#ifndef XEN_P2M_ACCOUNT_H
#define XEN_P2M_ACCOUNT_H

#include <stdio.h>

#include "snapshot.h"

int p2m_account_read(struct p2m_array *account, struct p2m_budget *budget,
		     FILE *file);
int p2m_account_apply(struct p2m_snapshot *snapshot,
		      const struct p2m_array *account, bool compare);
const char *p2m_kind_name(enum p2m_kind kind);

#endif /* XEN_P2M_ACCOUNT_H */
