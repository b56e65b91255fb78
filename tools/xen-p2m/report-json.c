// SPDX-License-Identifier: GPL-2.0-only
/*
 * A report for programs: one JSON object on one line. Numbers that can exceed
 * 2^53 are strings, in hexadecimal.
 */
#include <inttypes.h>

#include "account.h"
#include "report.h"

static const char *const field_names[XP_NR_FIELDS] = {
	[XP_MAX_PFN] = "max_pfn",
	[XP_FRAME_LIST_LIST] = "frame_list_list",
	[XP_CR3] = "p2m_cr3",
	[XP_VADDR] = "p2m_vaddr",
	[XP_GENERATION] = "p2m_generation",
};

/* A name may contain anything. */
static void print_string(FILE *file, const char *text)
{
	fputc('"', file);
	for (; *text; text++) {
		if (*text == '"' || *text == '\\')
			fprintf(file, "\\%c", *text);
		else if ((unsigned char)*text < ' ')
			fprintf(file, "\\u%04x", *text);
		else
			fputc(*text, file);
	}
	fputc('"', file);
}

static void print_hex(FILE *file, const char *name, uint64_t value)
{
	fprintf(file, "\"%s\":\"%#" PRIx64 "\"", name, value);
}

static void print_published(FILE *file, const struct xp_snapshot *snapshot)
{
	enum xp_field field;

	fprintf(file, ",\"published\":{");
	for (field = 0; field < XP_NR_FIELDS; field++) {
		fputs(field ? "," : "", file);
		print_hex(file, field_names[field], snapshot->field[field]);
	}
	fputc('}', file);
}

static void print_list(FILE *file, struct xp_report *report)
{
	struct xp_snapshot *snapshot = &report->snapshot;
	const struct xp_frame_count leaves = xp_view_count(xp_snapshot_view(snapshot));
	const struct xp_frame_count tree = xp_view_count(&snapshot->tree);

	fprintf(file, ",\"by\":\"%s\",\"leaves\":%" PRIu64
		",\"shared_leaves\":%" PRIu64 ",\"page_tables\":%" PRIu64
		",\"tree_pages\":%" PRIu64 ",\"mappings\":%" PRIu64,
		snapshot->has_list ? "p2m_cr3" : "frame_list_list",
		leaves.owned, leaves.shared,
		snapshot->has_list ? leaves.tables : 0, tree.tables,
		report->mappings);
}

static void print_pfns(FILE *file, const struct xp_snapshot *snapshot)
{
	const struct xp_run *run = xp_runs(snapshot);
	enum xp_kind kind;
	size_t n;

	fprintf(file, ",\"pfns\":{");
	for (kind = 0; kind < XP_NR_KINDS; kind++)
		fprintf(file, "%s\"%s\":%" PRIu64, kind ? "," : "",
			xp_kind_name(kind), snapshot->pfns[kind]);
	fprintf(file, "},\"map\":[");
	for (n = 0; n < snapshot->runs.nr; n++)
		fprintf(file, "%s{\"pfn\":%" PRIu64 ",\"end\":%" PRIu64
			",\"kind\":\"%s\"}", n ? "," : "", run[n].pfn,
			run[n].end, xp_kind_name(run[n].kind));
	fputc(']', file);
}

static void print_findings(FILE *file, const struct xp_findings *findings)
{
	const struct xp_finding *kept = findings->kept;
	enum xp_cause cause;
	size_t n;
	bool more = false;

	fprintf(file, ",\"findings\":[");
	for (n = 0; n < findings->nr; n++) {
		fprintf(file, "%s{\"cause\":\"%s\",\"note\":%s,\"level\":%u,",
			n ? "," : "", xp_cause_name(kept[n].cause),
			xp_is_note(kept[n].cause) ? "true" : "false",
			kept[n].level);
		print_hex(file, "pfn", kept[n].pfn);
		fputc(',', file);
		print_hex(file, "value", kept[n].value);
		fputc(',', file);
		print_hex(file, "wanted", kept[n].wanted);
		fputc('}', file);
	}
	fprintf(file, "],\"found\":{");
	for (cause = 0; cause < XP_NR_CAUSES; cause++) {
		if (!findings->of[cause])
			continue;
		fprintf(file, "%s\"%s\":%" PRIu64, more ? "," : "",
			xp_cause_name(cause), findings->of[cause]);
		more = true;
	}
	fputc('}', file);
}

/**
 * xp_report_json - print everything known, for programs
 * @file: where to print it
 * @report: any
 */
void xp_report_json(FILE *file, struct xp_report *report)
{
	const char *failure = xp_report_failure(report);

	fprintf(file, "{\"domid\":%u,\"name\":", report->state.domid);
	print_string(file, report->name);
	fprintf(file, ",\"pages\":%" PRIu64 ",\"vcpus\":%u,\"paused\":%s,\"shutdown\":%s",
		report->state.pages, report->state.vcpus,
		report->state.paused ? "true" : "false",
		report->state.shutdown ? "true" : "false");
	fprintf(file, ",\"taken\":%s,\"failure\":", failure ? "false" : "true");
	print_string(file, failure ? failure : "");
	if (xp_report_is_whole(report)) {
		print_published(file, &report->snapshot);
		if (xp_snapshot_view(&report->snapshot)) {
			print_list(file, report);
			print_pfns(file, &report->snapshot);
		}
		print_findings(file, &report->snapshot.findings);
		fprintf(file, ",\"violations\":%" PRIu64,
			xp_violations(&report->snapshot.findings));
	}
	fprintf(file, "}\n");
}
