/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A snapshot for people and for programs.
 */
#ifndef XEN_P2M_REPORT_H
#define XEN_P2M_REPORT_H

#include <stdio.h>

#include "snapshot.h"
#include "xen.h"

/**
 * struct p2m_report - a snapshot and what belongs to it
 * @name: how the user names the domain
 * @state: what Xen knows of it
 * @snapshot: taken
 * @outcome: how that went
 * @mappings: frames that were mapped for it
 */
struct p2m_report {
	const char *name;
	struct xen_domain_state state;
	struct p2m_snapshot snapshot;
	int outcome;
	uint64_t mappings;
};

void p2m_report_text(FILE *file, struct p2m_report *report);
void p2m_report_entries(FILE *file, const struct p2m_report *report);
void p2m_report_findings(FILE *file, const struct p2m_report *report);
void p2m_report_json(FILE *file, struct p2m_report *report);
void p2m_report_svg(FILE *file, const struct p2m_report *report);

bool p2m_report_is_whole(const struct p2m_report *report);
const char *p2m_report_failure(const struct p2m_report *report);

/**
 * struct p2m_frames - what a view is made of
 * @shared: leaves that stand for many pfns
 * @owned: the other leaves
 * @tables: distinct tables
 */
struct p2m_frames {
	uint64_t shared;
	uint64_t owned;
	uint64_t tables;
};

struct p2m_frames p2m_view_count(const struct p2m_view *view);

#endif /* XEN_P2M_REPORT_H */
