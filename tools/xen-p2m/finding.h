/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What can be wrong with a list, and what was found.
 */
#ifndef XP_FINDING_H
#define XP_FINDING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Each breaks something that a reader requires; finding.c has the texts.  Those
 * from XP_FIRST_NOTE on break nothing, but have a cost now or later.
 */
enum xp_cause {
	XP_NO_PFNS,
	XP_MAX_PFN_TOO_LOW,
	XP_BAD_VADDR,
	XP_UNALIGNED_VADDR,
	XP_BAD_CR3,
	XP_BAD_ROOT,
	XP_BAD_GENERATION,
	XP_TREE_TOO_SMALL,
	XP_EMPTY_ENTRY,
	XP_NOT_PRESENT,
	XP_LARGE_PAGE,
	XP_TREE_HOLE,
	XP_NO_FRAME,
	XP_UNREADABLE,
	XP_SHARED_TABLE,
	XP_SHARED_LEAF,
	XP_UNLIKE_TREE,
	XP_TABLE_NOT_IN_LIST,
	XP_TAIL,
	XP_BAD_VALUE,
	XP_BAD_IDENTITY,
	XP_M2P,
	XP_NOT_OWNED,
	XP_UNLIKE_GUEST,
	XP_FIRST_NOTE,
	XP_IDENTITY_IN_LIST = XP_FIRST_NOTE,
	XP_MAX_PFN_TOO_HIGH,
	XP_NR_CAUSES,
};

/**
 * struct xp_finding - one thing that was found
 * @cause: what is wrong
 * @level: 0 for a leaf or its entries, 1.. for the tables above
 * @pfn: the first pfn that is affected
 * @value: the value that is wrong
 * @wanted: what it should be, where that is known
 */
struct xp_finding {
	enum xp_cause cause;
	unsigned int level;
	uint64_t pfn;
	uint64_t value;
	uint64_t wanted;
};

/* A limit for each cause, so that one cannot crowd out the others. */
#define XP_KEPT_OF_A_CAUSE	8
#define XP_FINDINGS_KEPT	(XP_KEPT_OF_A_CAUSE * XP_NR_CAUSES)

/**
 * struct xp_findings - what was found
 * @of: number of findings of each cause
 * @nr: number of findings in @kept
 * @kept: the first few of each cause
 */
struct xp_findings {
	uint64_t of[XP_NR_CAUSES];
	size_t nr;
	struct xp_finding kept[XP_FINDINGS_KEPT];
};

void xp_found(struct xp_findings *findings,
	      const struct xp_finding *finding);
uint64_t xp_violations(const struct xp_findings *findings);
bool xp_is_note(enum xp_cause cause);
const char *xp_cause_name(enum xp_cause cause);
const char *xp_cause_text(enum xp_cause cause);

#endif /* XP_FINDING_H */
