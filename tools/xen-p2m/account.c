// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a guest itself says of its pfns, beside what its list says.
 */
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "account.h"

static const char *const kind_names[P2M_NR_KINDS] = {
	[P2M_MISSING] = "missing",
	[P2M_POPULATED] = "populated",
	[P2M_FOREIGN] = "foreign",
	[P2M_IDENTITY] = "identity",
	[P2M_UNKNOWN] = "unknown",
};

/**
 * p2m_kind_name - a kind in a word
 * @kind: a kind
 */
const char *p2m_kind_name(enum p2m_kind kind)
{
	return kind_names[kind];
}

static bool parse_run(const char *line, struct p2m_run *run)
{
	char kind[16];

	if (sscanf(line, " [0x%" SCNx64 ", 0x%" SCNx64 ") %15s", &run->pfn,
		   &run->end, kind) != 3 || run->pfn >= run->end)
		return false;
	for (run->kind = 0; run->kind < P2M_UNKNOWN; run->kind++)
		if (!strcmp(kind, kind_names[run->kind]))
			return true;
	return false;
}

/**
 * p2m_account_read - read an account
 * @account: of struct p2m_run, empty; ordered and without gaps from pfn 0 on
 * @budget: what pays for it
 * @file: other lines in it are passed over
 *
 * Return: 0; -EINVAL if there is none or it has gaps, -ENOMEM.
 */
int p2m_account_read(struct p2m_array *account, struct p2m_budget *budget,
		     FILE *file)
{
	struct p2m_run run, *new;
	uint64_t end = 0;
	char line[128];

	while (fgets(line, sizeof(line), file)) {
		if (!parse_run(line, &run))
			continue;
		if (run.pfn != end)
			return -EINVAL;
		new = p2m_array_add(account, budget, sizeof(*new));
		if (!new)
			return -ENOMEM;
		*new = run;
		end = run.end;
	}
	return end ? 0 : -EINVAL;
}

static void disagree(struct p2m_snapshot *snapshot, uint64_t pfn,
		     enum p2m_kind list, enum p2m_kind guest)
{
	const struct p2m_finding finding = {
		.cause = P2M_UNLIKE_GUEST,
		.pfn = pfn,
		.value = list,
		.wanted = guest,
	};

	p2m_found(&snapshot->findings, &finding);
}

/* What a pfn is, by both: the guest knows better if the list cannot tell. */
static enum p2m_kind settle(enum p2m_kind list, enum p2m_kind guest)
{
	return list == P2M_MISSING && guest == P2M_IDENTITY ? guest : list;
}

static int add_run(struct p2m_snapshot *snapshot, struct p2m_array *runs,
		   struct p2m_run run)
{
	struct p2m_run *last = runs->data;

	if (runs->nr && last[runs->nr - 1].kind == run.kind) {
		last[runs->nr - 1].end = run.end;
	} else {
		last = p2m_array_add(runs, &snapshot->budget, sizeof(*last));
		if (!last)
			return -ENOMEM;
		*last = run;
	}
	return 0;
}

/**
 * p2m_account_apply - complete a snapshot by what the guest says
 * @snapshot: taken; its runs and counts become those of both
 * @account: by p2m_account_read()
 * @compare: it is of the same moment, so what they disagree about is found,
 *	as far as the account goes
 *
 * Return: 0 or -ENOMEM.
 */
int p2m_account_apply(struct p2m_snapshot *snapshot,
		      const struct p2m_array *account, bool compare)
{
	const struct p2m_run *list = snapshot->runs.data, *guest = account->data;
	const struct p2m_run *list_end = list + snapshot->runs.nr;
	const struct p2m_run *guest_end = guest + account->nr;
	struct p2m_array both = { 0 };
	uint64_t pfn, end;
	int err = 0;

	memset(snapshot->pfns, 0, sizeof(snapshot->pfns));
	for (pfn = 0; !err && list < list_end; pfn = end) {
		struct p2m_run run = { pfn, list->end, list->kind };

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

	/* What the guest has behind the end of its list is lost to readers. */
	for (; compare && guest < guest_end; guest++)
		if (guest->kind == P2M_POPULATED || guest->kind == P2M_FOREIGN)
			disagree(snapshot, guest->pfn > pfn ? guest->pfn : pfn,
				 P2M_UNKNOWN, guest->kind);

	p2m_array_clear(&snapshot->runs, &snapshot->budget,
			sizeof(struct p2m_run));
	snapshot->runs = both;
	return err;
}
