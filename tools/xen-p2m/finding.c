// SPDX-License-Identifier: GPL-2.0-only
/*
 * What can be wrong with a list, in words: a name to search for and a
 * sentence that says who is hurt by it.
 */
#include "finding.h"

static const struct {
	const char *name;
	const char *text;
} causes[P2M_NR_CAUSES] = {
	[P2M_NO_PFNS] = { "no-pfns", "max_pfn is 0 or beyond the address space" },
	[P2M_MAX_PFN_TOO_LOW] = { "max-pfn-too-low",
		"the domain has more pages than max_pfn: save loses the rest" },
	[P2M_BAD_VADDR] = { "bad-vaddr",
		"p2m_vaddr is not a place for a list of this size: save refuses" },
	[P2M_UNALIGNED_VADDR] = { "unaligned-vaddr",
		"p2m_vaddr is not aligned to 1 GiB: save drops the last GiB" },
	[P2M_BAD_CR3] = { "bad-cr3", "p2m_cr3 is not a frame" },
	[P2M_BAD_ROOT] = { "bad-root", "pfn_to_mfn_frame_list_list is not a frame" },
	[P2M_BAD_GENERATION] = { "bad-generation", "p2m_generation is ~0" },
	[P2M_TREE_TOO_SMALL] = { "tree-too-small",
		"the tree is offered, but ends at 512 GiB: old tools lose the rest" },
	[P2M_EMPTY_ENTRY] = { "empty-entry", "entry is 0: save refuses" },
	[P2M_NOT_PRESENT] = { "not-present", "entry is not present, but not 0" },
	[P2M_LARGE_PAGE] = { "large-page",
		"a large page: tools take its frame for a table" },
	[P2M_TREE_HOLE] = { "tree-hole", "slot of the tree is 0 or ~0: tools stop there" },
	[P2M_NO_FRAME] = { "no-frame", "beyond the last frame of the machine" },
	[P2M_UNREADABLE] = { "unreadable", "not a frame of the guest" },
	[P2M_SHARED_TABLE] = { "shared-table",
		"a table stands at two places and is not all one leaf" },
	[P2M_SHARED_LEAF] = { "shared-leaf",
		"a leaf stands at two places and holds frames" },
	[P2M_UNLIKE_TREE] = { "unlike-tree", "the tree has another leaf there" },
	[P2M_TABLE_NOT_IN_LIST] = { "table-not-in-list",
		"the list does not know a frame of its own: restore cannot move it" },
	[P2M_TAIL] = { "tail", "entry behind max_pfn is not ~0" },
	[P2M_BAD_VALUE] = { "bad-value", "entry is no frame of this machine" },
	[P2M_BAD_IDENTITY] = { "bad-identity", "identity entry of another pfn" },
	[P2M_M2P] = { "m2p", "the machine-to-physical table disagrees" },
	[P2M_NOT_OWNED] = { "not-owned", "the frame is not the guest's" },
	[P2M_UNLIKE_GUEST] = { "unlike-guest", "the guest says otherwise" },
	[P2M_IDENTITY_IN_LIST] = { "identity-in-list",
		"identity is kept in entries: a save and restore loses it" },
	[P2M_MAX_PFN_TOO_HIGH] = { "max-pfn-too-high",
		"no frame in the leaves up to max_pfn: tools read them all" },
};

/**
 * p2m_found - take note of something
 * @findings: where
 * @finding: copied
 */
void p2m_found(struct p2m_findings *findings, const struct p2m_finding *finding)
{
	if (findings->of[finding->cause]++ < P2M_KEPT_OF_A_CAUSE)
		findings->kept[findings->nr++] = *finding;
}

/**
 * p2m_is_note - does it break nothing?
 * @cause: a cause
 */
bool p2m_is_note(enum p2m_cause cause)
{
	return cause >= P2M_FIRST_NOTE;
}

/**
 * p2m_violations - how many findings are more than notes
 * @findings: what was found
 */
uint64_t p2m_violations(const struct p2m_findings *findings)
{
	enum p2m_cause cause;
	uint64_t sum = 0;

	for (cause = 0; cause < P2M_FIRST_NOTE; cause++)
		sum += findings->of[cause];
	return sum;
}

/**
 * p2m_cause_name - a cause's name, to search for
 * @cause: a cause
 */
const char *p2m_cause_name(enum p2m_cause cause)
{
	return causes[cause].name;
}

/**
 * p2m_cause_text - what a cause means, and to whom
 * @cause: a cause
 */
const char *p2m_cause_text(enum p2m_cause cause)
{
	return causes[cause].text;
}
