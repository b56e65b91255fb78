/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Prints a snapshot, for people and for programs.
 */
#ifndef XP_REPORT_H
#define XP_REPORT_H

#include <stdio.h>

#include "snapshot.h"
#include "xen.h"

/**
 * struct xp_report - a snapshot and what belongs to it
 * @name: the domain as the user named it
 * @state: what Xen knows about the domain
 * @snapshot: what was read
 * @outcome: how that ended: enum xp_outcome, or a negative errno
 * @mappings: number of frames that were mapped for it
 */
struct xp_report {
	const char *name;
	struct xp_domain_state state;
	struct xp_snapshot snapshot;
	int outcome;
	uint64_t mappings;
};

void xp_report_text(FILE *file, struct xp_report *report);
void xp_report_entries(FILE *file, const struct xp_report *report);
void xp_report_findings(FILE *file, const struct xp_report *report);
void xp_report_json(FILE *file, struct xp_report *report);
void xp_report_svg(FILE *file, const struct xp_report *report);

bool xp_report_is_whole(const struct xp_report *report);
const char *xp_report_failure(const struct xp_report *report);

/**
 * struct xp_frame_count - number of frames that a view is made of
 * @shared: leaves that are used for many pfns
 * @owned: the other leaves
 * @tables: distinct tables
 */
struct xp_frame_count {
	uint64_t shared;
	uint64_t owned;
	uint64_t tables;
};

struct xp_frame_count xp_view_count(const struct xp_view *view);

#endif /* XP_REPORT_H */
