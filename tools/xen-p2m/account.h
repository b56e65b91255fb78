/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A guest's own account of its pfns, as lines "[0x0, 0x9f) populated": our
 * kernel's debugfs file xen/p2m.  It tells what a list need not tell: which
 * pfns are identity.
 */
#ifndef XP_ACCOUNT_H
#define XP_ACCOUNT_H

#include <stdio.h>

#include "snapshot.h"

int xp_account_read(struct xp_array *account, struct xp_budget *budget,
		    FILE *file);
int xp_account_apply(struct xp_snapshot *snapshot,
		     const struct xp_array *account, bool compare);
const char *xp_kind_name(enum xp_kind kind);

#endif /* XP_ACCOUNT_H */
