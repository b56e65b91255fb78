// SPDX-License-Identifier: GPL-2.0-only
/*
 * What all forms of a report share, and the form for people.
 */
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "account.h"
#include "report.h"

#define PAGE_KIB	4

/**
 * xp_report_is_whole - is there a snapshot to report?
 * @report: the report
 */
bool xp_report_is_whole(const struct xp_report *report)
{
	return report->outcome == XP_TAKEN || report->outcome == XP_ODD;
}

/**
 * xp_report_failure - say in a line why a snapshot does not count
 * @report: the report
 *
 * Return: NULL if it counts.
 */
const char *xp_report_failure(const struct xp_report *report)
{
	switch (report->outcome) {
	case XP_TAKEN:
		return NULL;
	case XP_ODD:
		return report->state.paused || report->state.shutdown ?
		       "the guest stopped in the middle of changing its list (p2m_generation is odd)" :
		       "the guest is in the middle of changing its list (p2m_generation is odd)";
	case XP_UNSETTLED:
		return report->snapshot.field[XP_GENERATION] & 1 ?
		       "the guest has not finished changing its list (p2m_generation is odd)" :
		       "the guest keeps changing its list; try --pause";
	case XP_UNPUBLISHED:
		return "the guest publishes no list";
	case -ENOMEM:
		return "not enough memory to read the list; try a larger --memory";
	case -EINTR:
		return "interrupted";
	case -ESRCH:
		return "the domain is gone";
	default:
		return strerror(-report->outcome);
	}
}

/**
 * xp_view_count - count the frames of a view
 * @view: with its tables read
 */
struct xp_frame_count xp_view_count(const struct xp_view *view)
{
	struct xp_frame_count count = { 0 };
	unsigned int level;
	size_t n;

	for (n = 0; n < view->level[0].nodes.nr; n++)
		count.shared += xp_nodes(view, 0)[n].shared;
	count.owned = view->level[0].nodes.nr - count.shared;
	for (level = 1; level < view->levels; level++)
		count.tables += view->level[level].nodes.nr;
	return count;
}

static const char *state_text(const struct xp_domain_state *state)
{
	return state->shutdown ? "shut down" : state->paused ? "paused" :
	       "running";
}

static void print_published(FILE *file, const struct xp_snapshot *snapshot)
{
	const uint64_t *field = snapshot->field;

	fprintf(file, "published\n"
		"  max_pfn                %#" PRIx64 "\n"
		"  frame_list_list        %#" PRIx64 "\n"
		"  p2m_cr3                %#" PRIx64 "\n"
		"  p2m_vaddr              %#" PRIx64 "\n"
		"  p2m_generation         %" PRIu64 "%s\n",
		field[XP_MAX_PFN], field[XP_FRAME_LIST_LIST], field[XP_CR3],
		field[XP_VADDR], field[XP_GENERATION],
		field[XP_GENERATION] & 1 ? ", odd: being changed" : "");
}

static void print_memory(FILE *file, struct xp_report *report)
{
	struct xp_snapshot *snapshot = &report->snapshot;
	const struct xp_frame_count leaves = xp_view_count(xp_snapshot_view(snapshot));
	const struct xp_frame_count tree = xp_view_count(&snapshot->tree);

	fprintf(file, "list by %s\n"
		"  leaves %20" PRIu64 "\n"
		"  leaves that are shared %4" PRIu64 "\n"
		"  page tables %15" PRIu64 "\n"
		"  frame tree %16" PRIu64 "\n"
		"  frames mapped to read it %2" PRIu64 "\n"
		"guest memory used\n"
		"  leaves %20" PRIu64 " KiB\n"
		"  frame tree %16" PRIu64 " KiB\n",
		snapshot->has_list ? "p2m_cr3" : "frame_list_list",
		leaves.owned, leaves.shared,
		snapshot->has_list ? leaves.tables : 0, tree.tables,
		report->mappings, leaves.owned * PAGE_KIB,
		tree.tables * PAGE_KIB);
}

static void print_pfns(FILE *file, const struct xp_snapshot *snapshot)
{
	enum xp_kind kind;
	size_t n;

	fprintf(file, "pfns\n");
	for (kind = 0; kind < XP_NR_KINDS; kind++)
		if (kind != XP_UNKNOWN || snapshot->pfns[kind])
			fprintf(file, "  %-9s %17" PRIu64 "\n",
				xp_kind_name(kind), snapshot->pfns[kind]);
	fprintf(file, "map\n");
	for (n = 0; n < snapshot->runs.nr; n++)
		fprintf(file, "  [%#" PRIx64 ", %#" PRIx64 ") %s\n",
			xp_runs(snapshot)[n].pfn, xp_runs(snapshot)[n].end,
			xp_kind_name(xp_runs(snapshot)[n].kind));
}

/**
 * xp_report_text - print everything known, for people
 * @file: where to print it
 * @report: whole
 */
void xp_report_text(FILE *file, struct xp_report *report)
{
	struct xp_snapshot *snapshot = &report->snapshot;

	fprintf(file, "domain %u (%s), %s, %u vcpus, %" PRIu64 " pages\n",
		report->state.domid, report->name, state_text(&report->state),
		report->state.vcpus, report->state.pages);
	print_published(file, snapshot);
	if (xp_snapshot_view(snapshot)) {
		print_memory(file, report);
		print_pfns(file, snapshot);
	}
}

/**
 * xp_report_entries - print every entry that is not missing
 * @file: where to print it
 * @report: whole, of a snapshot that kept its entries
 */
void xp_report_entries(FILE *file, const struct xp_report *report)
{
	const struct xp_entry *entry = report->snapshot.entries.data;
	size_t n;

	for (n = 0; n < report->snapshot.entries.nr; n++)
		fprintf(file, "pfn=%#" PRIx64 " entry=%#" PRIx64 "\n",
			entry[n].pfn, entry[n].value);
}

static void print_finding(FILE *file, const struct xp_finding *finding)
{
	fprintf(file, "%-9s %s: pfn %#" PRIx64, xp_is_note(finding->cause) ?
		"note" : "violation", xp_cause_name(finding->cause),
		finding->pfn);
	if (finding->level)
		fprintf(file, ", level %u", finding->level);
	if (finding->cause == XP_UNLIKE_GUEST)
		fprintf(file, ": %s, the guest says %s\n",
			xp_kind_name(finding->value),
			xp_kind_name(finding->wanted));
	else
		fprintf(file, ": %#" PRIx64 ": %s", finding->value,
			xp_cause_text(finding->cause));
	if (finding->wanted && finding->cause != XP_UNLIKE_GUEST)
		fprintf(file, " (%#" PRIx64 ")", finding->wanted);
	if (finding->cause != XP_UNLIKE_GUEST)
		fprintf(file, "\n");
}

/**
 * xp_report_findings - print what is wrong, a line for each finding
 * @file: where to print it
 * @report: whole
 */
void xp_report_findings(FILE *file, const struct xp_report *report)
{
	const struct xp_findings *findings = &report->snapshot.findings;
	uint64_t shown[XP_NR_CAUSES] = { 0 };
	enum xp_cause cause;
	size_t n;

	for (n = 0; n < findings->nr; n++) {
		print_finding(file, &findings->kept[n]);
		shown[findings->kept[n].cause]++;
	}
	for (cause = 0; cause < XP_NR_CAUSES; cause++)
		if (findings->of[cause] > shown[cause])
			fprintf(file, "          and %" PRIu64 " more of %s\n",
				findings->of[cause] - shown[cause],
				xp_cause_name(cause));
}
