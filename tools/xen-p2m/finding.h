/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What can be wrong with a list, and what was found.
 */
#ifndef XEN_P2M_FINDING_H
#define XEN_P2M_FINDING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Each is a demand of a reader; finding.c has the words.  Those from
 * P2M_FIRST_NOTE on break nothing, but cost or will cost something.
 */
enum p2m_cause {
	P2M_NO_PFNS,
	P2M_MAX_PFN_TOO_LOW,
	P2M_BAD_VADDR,
	P2M_UNALIGNED_VADDR,
	P2M_BAD_CR3,
	P2M_BAD_ROOT,
	P2M_BAD_GENERATION,
	P2M_TREE_TOO_SMALL,
	P2M_EMPTY_ENTRY,
	P2M_NOT_PRESENT,
	P2M_LARGE_PAGE,
	P2M_TREE_HOLE,
	P2M_NO_FRAME,
	P2M_UNREADABLE,
	P2M_SHARED_TABLE,
	P2M_SHARED_LEAF,
	P2M_UNLIKE_TREE,
	P2M_TABLE_NOT_IN_LIST,
	P2M_TAIL,
	P2M_BAD_VALUE,
	P2M_BAD_IDENTITY,
	P2M_M2P,
	P2M_NOT_OWNED,
	P2M_UNLIKE_GUEST,
	P2M_FIRST_NOTE,
	P2M_IDENTITY_IN_LIST = P2M_FIRST_NOTE,
	P2M_MAX_PFN_TOO_HIGH,
	P2M_NR_CAUSES,
};

/**
 * struct p2m_finding - one thing that was found
 * @cause: what is wrong
 * @level: 0 for a leaf or its entries, 1.. for the tables above
 * @pfn: the first pfn that it is about
 * @value: the value that is wrong
 * @wanted: what it should be, where that is known
 */
struct p2m_finding {
	enum p2m_cause cause;
	unsigned int level;
	uint64_t pfn;
	uint64_t value;
	uint64_t wanted;
};

/* However many there are of one cause, those of another are kept, too. */
#define P2M_KEPT_OF_A_CAUSE	8
#define P2M_FINDINGS_KEPT	(P2M_KEPT_OF_A_CAUSE * P2M_NR_CAUSES)

/**
 * struct p2m_findings - what was found
 * @of: how many of each cause
 * @nr: how many are kept
 * @kept: the first few of each cause
 */
struct p2m_findings {
	uint64_t of[P2M_NR_CAUSES];
	size_t nr;
	struct p2m_finding kept[P2M_FINDINGS_KEPT];
};

void p2m_found(struct p2m_findings *findings,
	       const struct p2m_finding *finding);
uint64_t p2m_violations(const struct p2m_findings *findings);
bool p2m_is_note(enum p2m_cause cause);
const char *p2m_cause_name(enum p2m_cause cause);
const char *p2m_cause_text(enum p2m_cause cause);

#endif /* XEN_P2M_FINDING_H */
