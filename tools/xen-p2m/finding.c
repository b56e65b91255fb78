// SPDX-License-Identifier: GPL-2.0-only
/*
 * What can be wrong with a list, in words: a name to search for and a
 * sentence that says who is hurt by it.
 */
#include "finding.h"

static const struct {
	const char *name;
	const char *text;
} causes[XP_NR_CAUSES] = {
	[XP_NO_PFNS] = { "no-pfns", "max_pfn is 0 or beyond the address space" },
	[XP_MAX_PFN_TOO_LOW] = { "max-pfn-too-low",
		"the domain has more pages than max_pfn: save loses the rest" },
	[XP_BAD_VADDR] = { "bad-vaddr",
		"p2m_vaddr is not a place for a list of this size: save refuses" },
	[XP_UNALIGNED_VADDR] = { "unaligned-vaddr",
		"p2m_vaddr is not aligned to 1 GiB: save drops the last GiB" },
	[XP_BAD_CR3] = { "bad-cr3", "p2m_cr3 is not a frame" },
	[XP_BAD_ROOT] = { "bad-root", "pfn_to_mfn_frame_list_list is not a frame" },
	[XP_BAD_GENERATION] = { "bad-generation", "p2m_generation is ~0" },
	[XP_TREE_TOO_SMALL] = { "tree-too-small",
		"the tree is offered, but ends at 512 GiB: old tools lose the rest" },
	[XP_EMPTY_ENTRY] = { "empty-entry", "entry is 0: save refuses" },
	[XP_NOT_PRESENT] = { "not-present", "entry is not present, but not 0" },
	[XP_LARGE_PAGE] = { "large-page",
		"a large page: tools take its frame for a table" },
	[XP_TREE_HOLE] = { "tree-hole", "slot of the tree is 0 or ~0: tools stop there" },
	[XP_NO_FRAME] = { "no-frame", "beyond the last frame of the machine" },
	[XP_UNREADABLE] = { "unreadable", "not a frame of the guest" },
	[XP_SHARED_TABLE] = { "shared-table",
		"a table stands at two places and is not all one leaf" },
	[XP_SHARED_LEAF] = { "shared-leaf",
		"a leaf stands at two places and holds frames" },
	[XP_UNLIKE_TREE] = { "unlike-tree", "the tree has another leaf there" },
	[XP_TABLE_NOT_IN_LIST] = { "table-not-in-list",
		"the list does not know a frame of its own: restore cannot move it" },
	[XP_TAIL] = { "tail", "entry behind max_pfn is not ~0" },
	[XP_BAD_VALUE] = { "bad-value", "entry is no frame of this machine" },
	[XP_BAD_IDENTITY] = { "bad-identity", "identity entry of another pfn" },
	[XP_M2P] = { "m2p", "the machine-to-physical table disagrees" },
	[XP_NOT_OWNED] = { "not-owned", "the frame is not the guest's" },
	[XP_UNLIKE_GUEST] = { "unlike-guest", "the guest says otherwise" },
	[XP_IDENTITY_IN_LIST] = { "identity-in-list",
		"identity is kept in entries: a save and restore loses it" },
	[XP_MAX_PFN_TOO_HIGH] = { "max-pfn-too-high",
		"no frame in the leaves up to max_pfn: tools read them all" },
};

/**
 * xp_found - take note of something
 * @findings: where
 * @finding: copied
 */
void xp_found(struct xp_findings *findings, const struct xp_finding *finding)
{
	if (findings->of[finding->cause]++ < XP_KEPT_OF_A_CAUSE)
		findings->kept[findings->nr++] = *finding;
}

/**
 * xp_is_note - does it break nothing?
 * @cause: a cause
 */
bool xp_is_note(enum xp_cause cause)
{
	return cause >= XP_FIRST_NOTE;
}

/**
 * xp_violations - how many findings are more than notes
 * @findings: what was found
 */
uint64_t xp_violations(const struct xp_findings *findings)
{
	enum xp_cause cause;
	uint64_t sum = 0;

	for (cause = 0; cause < XP_FIRST_NOTE; cause++)
		sum += findings->of[cause];
	return sum;
}

/**
 * xp_cause_name - a cause's name, to search for
 * @cause: a cause
 */
const char *xp_cause_name(enum xp_cause cause)
{
	return causes[cause].name;
}

/**
 * xp_cause_text - what a cause means, and to whom
 * @cause: a cause
 */
const char *xp_cause_text(enum xp_cause cause)
{
	return causes[cause].text;
}
