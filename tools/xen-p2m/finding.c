// SPDX-License-Identifier: GPL-2.0-only
/*
 * What can be wrong with a list, in words: a name to search for and a sentence
 * that says what is wrong and, where known, which tool suffers.
 */
#include "finding.h"

static const struct {
	const char *name;
	const char *text;
} causes[XP_NR_CAUSES] = {
	[XP_NO_PFNS] = { "no-pfns",
		"max_pfn is 0 or beyond the address space" },
	[XP_MAX_PFN_TOO_LOW] = { "max-pfn-too-low",
		"the domain has more pages than max_pfn: save loses the rest" },
	[XP_BAD_VADDR] = { "bad-vaddr",
		"p2m_vaddr is not a valid address for a list of this size: save refuses" },
	[XP_UNALIGNED_VADDR] = { "unaligned-vaddr",
		"p2m_vaddr is not aligned to 1 GiB: save drops the last GiB" },
	[XP_BAD_CR3] = { "bad-cr3",
		"p2m_cr3 is not a frame of this machine" },
	[XP_BAD_ROOT] = { "bad-root",
		"pfn_to_mfn_frame_list_list is not a frame of this machine" },
	[XP_BAD_GENERATION] = { "bad-generation",
		"p2m_generation is ~0, which is not a valid generation" },
	[XP_TREE_TOO_SMALL] = { "tree-too-small",
		"the frame tree is published, but ends at 512 GiB: old tools lose the rest" },
	[XP_EMPTY_ENTRY] = { "empty-entry",
		"a table entry is 0: save refuses" },
	[XP_NOT_PRESENT] = { "not-present",
		"a table entry is neither present nor 0" },
	[XP_LARGE_PAGE] = { "large-page",
		"a table entry maps a large page: tools mistake it for a table" },
	[XP_TREE_HOLE] = { "tree-hole",
		"an entry of the frame tree is 0 or ~0: tools stop there" },
	[XP_NO_FRAME] = { "no-frame",
		"a table entry is beyond the last frame of the machine" },
	[XP_UNREADABLE] = { "unreadable",
		"a table or leaf cannot be read: its frame is not the guest's" },
	[XP_SHARED_TABLE] = { "shared-table",
		"a table is used at two places, but leads to more than one leaf" },
	[XP_SHARED_LEAF] = { "shared-leaf",
		"a leaf is used at two places, but holds frames" },
	[XP_UNLIKE_TREE] = { "unlike-tree",
		"the frame tree has a different leaf here than the linear list" },
	[XP_TABLE_NOT_IN_LIST] = { "table-not-in-list",
		"the list has no entry for a frame that it is made of: restore cannot move it" },
	[XP_TAIL] = { "tail",
		"an entry beyond max_pfn is not ~0" },
	[XP_BAD_VALUE] = { "bad-value",
		"the entry is not a frame of this machine" },
	[XP_BAD_IDENTITY] = { "bad-identity",
		"the entry is the identity of another pfn" },
	[XP_M2P] = { "m2p",
		"Xen's machine-to-physical table has another pfn for this frame" },
	[XP_NOT_OWNED] = { "not-owned",
		"the frame does not belong to the guest" },
	[XP_UNLIKE_GUEST] = { "unlike-guest",
		"the guest's own account differs" },
	[XP_IDENTITY_IN_LIST] = { "identity-in-list",
		"entries hold identity, which is lost on save and restore" },
	[XP_MAX_PFN_TOO_HIGH] = { "max-pfn-too-high",
		"the last leaves below max_pfn hold no frames, but tools read them all" },
};

/**
 * xp_found - record a finding
 * @findings: where to record it
 * @finding: the finding, which is copied
 */
void xp_found(struct xp_findings *findings, const struct xp_finding *finding)
{
	if (findings->of[finding->cause]++ < XP_KEPT_OF_A_CAUSE)
		findings->kept[findings->nr++] = *finding;
}

/**
 * xp_is_note - is a cause only worth a note, because it breaks nothing?
 * @cause: a cause
 */
bool xp_is_note(enum xp_cause cause)
{
	return cause >= XP_FIRST_NOTE;
}

/**
 * xp_violations - number of findings that are more than notes
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
 * xp_cause_name - the name of a cause, to search for
 * @cause: a cause
 */
const char *xp_cause_name(enum xp_cause cause)
{
	return causes[cause].name;
}

/**
 * xp_cause_text - what a cause means, and which tool suffers
 * @cause: a cause
 */
const char *xp_cause_text(enum xp_cause cause)
{
	return causes[cause].text;
}
