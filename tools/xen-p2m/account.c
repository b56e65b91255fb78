// SPDX-License-Identifier: GPL-2.0-only
/*
 * Reads a guest's own account of its pfns and merges it with what its list
 * says.
 */
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "account.h"

static const char *const kind_names[XP_NR_KINDS] = {
	[XP_MISSING] = "missing",
	[XP_POPULATED] = "populated",
	[XP_FOREIGN] = "foreign",
	[XP_IDENTITY] = "identity",
	[XP_UNKNOWN] = "unknown",
};

/**
 * xp_kind_name - the name of a kind
 * @kind: a kind
 */
const char *xp_kind_name(enum xp_kind kind)
{
	return kind_names[kind];
}

static bool parse_run(const char *line, struct xp_run *run)
{
	char kind[16];

	if (sscanf(line, " [0x%" SCNx64 ", 0x%" SCNx64 ") %15s", &run->pfn,
		   &run->end, kind) != 3 || run->pfn >= run->end)
		return false;
	for (run->kind = 0; run->kind < XP_UNKNOWN; run->kind++)
		if (!strcmp(kind, kind_names[run->kind]))
			return true;
	return false;
}

/**
 * xp_account_read - read an account
 * @account: empty array of struct xp_run, which is filled in order and without
 *	gaps, from pfn 0 on
 * @budget: what the memory is charged to
 * @file: where it is; other lines are skipped
 *
 * Return: 0, -EINVAL if there is no account or it has gaps, or -ENOMEM.
 */
int xp_account_read(struct xp_array *account, struct xp_budget *budget,
		    FILE *file)
{
	struct xp_run run, *new;
	uint64_t end = 0;
	char line[128];

	while (fgets(line, sizeof(line), file)) {
		if (!parse_run(line, &run))
			continue;
		if (run.pfn != end)
			return -EINVAL;
		new = xp_array_add(account, budget, sizeof(*new));
		if (!new)
			return -ENOMEM;
		*new = run;
		end = run.end;
	}
	return end ? 0 : -EINVAL;
}

static void disagree(struct xp_snapshot *snapshot, uint64_t pfn,
		     enum xp_kind list, enum xp_kind guest)
{
	const struct xp_finding finding = {
		.cause = XP_UNLIKE_GUEST,
		.pfn = pfn,
		.value = list,
		.wanted = guest,
	};

	xp_found(&snapshot->findings, &finding);
}

/* The kind of a pfn: the guest's account counts where the list cannot tell. */
static enum xp_kind settle(enum xp_kind list, enum xp_kind guest)
{
	return list == XP_MISSING && guest == XP_IDENTITY ? guest : list;
}

static int add_run(struct xp_snapshot *snapshot, struct xp_array *runs,
		   struct xp_run run)
{
	struct xp_run *last = runs->data;

	if (runs->nr && last[runs->nr - 1].kind == run.kind) {
		last[runs->nr - 1].end = run.end;
	} else {
		last = xp_array_add(runs, &snapshot->budget, sizeof(*last));
		if (!last)
			return -ENOMEM;
		*last = run;
	}
	return 0;
}

/**
 * xp_account_apply - complete a snapshot with the guest's own account
 * @snapshot: taken; its runs and counts become those of both
 * @account: filled by xp_account_read()
 * @compare: the account is of the same moment, so record where the two differ,
 *	as far as the account goes
 *
 * Return: 0 or -ENOMEM.
 */
int xp_account_apply(struct xp_snapshot *snapshot,
		     const struct xp_array *account, bool compare)
{
	const struct xp_run *list = snapshot->runs.data, *guest = account->data;
	const struct xp_run *list_end = list + snapshot->runs.nr;
	const struct xp_run *guest_end = guest + account->nr;
	struct xp_array both = { 0 };
	uint64_t pfn, end;
	int err = 0;

	memset(snapshot->pfns, 0, sizeof(snapshot->pfns));
	for (pfn = 0; !err && list < list_end; pfn = end) {
		struct xp_run run = { pfn, list->end, list->kind };

		if (guest < guest_end) {
			if (guest->end < run.end)
				run.end = guest->end;
			run.kind = settle(list->kind, guest->kind);
			if (compare && run.kind != guest->kind)
				disagree(snapshot, pfn, run.kind, guest->kind);
			guest += guest->end == run.end;
		}
		end = run.end;
		list += list->end == end;
		snapshot->pfns[run.kind] += end - pfn;
		err = add_run(snapshot, &both, run);
	}

	/* Readers miss what the guest has beyond the end of its list. */
	for (; compare && guest < guest_end; guest++)
		if (guest->kind == XP_POPULATED || guest->kind == XP_FOREIGN)
			disagree(snapshot, guest->pfn > pfn ? guest->pfn : pfn,
				 XP_UNKNOWN, guest->kind);

	xp_array_clear(&snapshot->runs, &snapshot->budget,
		       sizeof(struct xp_run));
	snapshot->runs = both;
	return err;
}
