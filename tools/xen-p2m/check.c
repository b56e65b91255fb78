// SPDX-License-Identifier: GPL-2.0-only
/*
 * Checks entries against what Xen knows, leaf by leaf as they are read, and the
 * linear list against the frame tree.
 *
 * A running guest stores entries and exchanges frames while we look, so an
 * entry that Xen disagrees with is only a suspect.  It counts if, after a
 * while, the same entry is still there and Xen still disagrees with it.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"

#define SUSPECTS	4096	/* kept for a second look */
#define A_WHILE		5	/* before it: @attempt of the source's wait */

struct xp_suspect {
	enum xp_cause cause;
	const struct xp_node *leaf;
	uint64_t pfn;
	uint64_t value;
	uint64_t wanted;
};

static int add_suspect(struct xp_check *check, struct xp_suspect suspect)
{
	struct xp_suspect *new;

	if (check->suspects.nr == SUSPECTS) {
		check->too_many = true;
		return 0;
	}
	new = xp_array_add(&check->suspects, &check->snapshot->budget,
			   sizeof(*new));
	if (!new)
		return -ENOMEM;
	*new = suspect;
	return 0;
}

/* The list's own frames. */

static int by_pfn(const void *a, const void *b)
{
	const struct xp_entry *x = a, *y = b;

	return (x->pfn > y->pfn) - (x->pfn < y->pfn);
}

static void found_table(struct xp_check *check, uint64_t mfn, uint64_t pfn,
			uint64_t value)
{
	const struct xp_finding finding = {
		.cause = XP_TABLE_NOT_IN_LIST,
		.pfn = pfn,
		.value = value,
		.wanted = mfn,
	};

	xp_found(&check->snapshot->findings, &finding);
}

/* Each of @nr nodes must be an entry of the list, at the pfn that Xen has. */
static int add_tables(struct xp_check *check, const struct xp_node *node,
		      unsigned int nr)
{
	uint64_t mfn[XP_BATCH], pfn[XP_BATCH];
	struct xp_entry *table;
	unsigned int n;
	int err;

	for (n = 0; n < nr; n++)
		mfn[n] = node[n].mfn;
	err = check->source->m2p(check->source->ctx, nr, mfn, pfn);
	for (n = 0; !err && n < nr; n++) {
		if (pfn[n] >= check->snapshot->field[XP_MAX_PFN]) {
			found_table(check, mfn[n], pfn[n], XP_ONES);
			continue;
		}
		table = xp_array_add(&check->tables, &check->snapshot->budget,
				     sizeof(*table));
		if (!table)
			return -ENOMEM;
		*table = (struct xp_entry){ pfn[n], mfn[n] };
	}
	return err;
}

static int add_view(struct xp_check *check, const struct xp_view *view,
		    unsigned int level)
{
	size_t n, nr;
	int err = 0;

	for (; level < view->levels; level++) {
		nr = view->level[level].nodes.nr;
		for (n = 0; !err && n < nr; n += XP_BATCH)
			err = add_tables(check, xp_nodes(view, level) + n,
					 nr - n < XP_BATCH ? nr - n : XP_BATCH);
	}
	return err;
}

/**
 * xp_check_tables - find where the list must have its own frames
 * @check: with tables read, but no leaves
 *
 * Return: 0, -ENOMEM, or an error of the source.
 */
int xp_check_tables(struct xp_check *check)
{
	struct xp_snapshot *snapshot = check->snapshot;
	int err = 0;

	if (snapshot->has_list)
		err = add_view(check, &snapshot->list, 0);
	/* The tree's leaves are those of the list, or that is a finding anyway. */
	if (!err && snapshot->has_tree)
		err = add_view(check, &snapshot->tree, snapshot->has_list);
	if (!err && check->tables.nr)
		qsort(check->tables.data, check->tables.nr,
		      sizeof(struct xp_entry), by_pfn);
	return err;
}

/* The first of the list's own frames whose entry is at @pfn or later. */
static size_t first_table(const struct xp_check *check, uint64_t pfn)
{
	const struct xp_entry *table = check->tables.data;
	size_t from = 0, to = check->tables.nr;

	while (from < to) {
		size_t mid = (from + to) / 2;

		if (table[mid].pfn < pfn)
			from = mid + 1;
		else
			to = mid;
	}
	return from;
}

static int check_tables(struct xp_check *check, const struct xp_view *view,
			const struct xp_node *leaf,
			const uint64_t entry[XP_SLOTS])
{
	const struct xp_entry *table = check->tables.data;
	uint64_t pfn = xp_leaf_pfn(view, leaf);
	size_t n;
	int err = 0;

	for (n = first_table(check, pfn);
	     !err && n < check->tables.nr && table[n].pfn < pfn + leaf->to; n++)
		if (entry[table[n].pfn - pfn] != table[n].value)
			err = add_suspect(check, (struct xp_suspect){
				.cause = XP_TABLE_NOT_IN_LIST,
				.leaf = leaf,
				.pfn = table[n].pfn,
				.value = entry[table[n].pfn - pfn],
				.wanted = table[n].value,
			});
	return err;
}

/* Entries that hold frames. */

struct xp_frames {
	unsigned int nr;
	uint64_t mfn[XP_SLOTS];
	uint64_t pfn[XP_SLOTS];
};

/* Xen logs each question about a frame that is not the guest's: ask this last. */
static int check_owned(struct xp_check *check, const struct xp_node *leaf,
		       const struct xp_frames *frames)
{
	bool owned[XP_SLOTS];
	unsigned int n;
	int err = 0;

	if (frames->nr)
		err = check->source->owned(check->source->ctx, frames->nr,
					   frames->mfn, owned);
	for (n = 0; !err && n < frames->nr; n++)
		if (!owned[n])
			err = add_suspect(check, (struct xp_suspect){
				.cause = XP_NOT_OWNED,
				.leaf = leaf,
				.pfn = frames->pfn[n],
				.value = frames->mfn[n],
			});
	return err;
}

static int check_m2p(struct xp_check *check, const struct xp_node *leaf,
		     const struct xp_frames *frames)
{
	struct xp_frames agreed = { 0 };
	uint64_t pfn[XP_SLOTS];
	unsigned int n;
	int err = 0;

	if (frames->nr)
		err = check->source->m2p(check->source->ctx, frames->nr,
					 frames->mfn, pfn);
	for (n = 0; !err && n < frames->nr; n++) {
		if (pfn[n] == frames->pfn[n]) {
			agreed.pfn[agreed.nr] = pfn[n];
			agreed.mfn[agreed.nr++] = frames->mfn[n];
		} else {
			err = add_suspect(check, (struct xp_suspect){
				.cause = XP_M2P,
				.leaf = leaf,
				.pfn = frames->pfn[n],
				.value = frames->mfn[n],
			});
		}
	}
	return err ? err : check_owned(check, leaf, &agreed);
}

static int check_frames(struct xp_check *check, const struct xp_view *view,
			const struct xp_node *leaf,
			const uint64_t entry[XP_SLOTS])
{
	struct xp_frames frames = { 0 };
	unsigned int n;

	for (n = 0; n < leaf->to; n++) {
		if (xp_entry_kind(entry[n], check->source->max_mfn) !=
		    XP_POPULATED)
			continue;
		frames.pfn[frames.nr] = xp_leaf_pfn(view, leaf) + n;
		frames.mfn[frames.nr++] = entry[n];
	}
	return check_m2p(check, leaf, &frames);
}

/**
 * xp_check_leaf - check a leaf's entries against what Xen knows
 * @arg: the struct xp_check
 * @view: where the leaf is
 * @leaf: its node
 * @entry: its entries
 *
 * A leaf that is used for many pfns has no pfn of its own to check.
 *
 * Return: 0, -ENOMEM, or an error of the source.
 */
int xp_check_leaf(void *arg, const struct xp_view *view,
		  const struct xp_node *leaf, const uint64_t entry[XP_SLOTS])
{
	struct xp_check *check = arg;
	int err;

	if (leaf->shared)
		return 0;
	err = check_tables(check, view, leaf, entry);
	return err ? err : check_frames(check, view, leaf, entry);
}

/* A leaf for many pfns cannot hold the entry of one of the list's own frames. */
static void check_hidden_tables(struct xp_check *check)
{
	const struct xp_view *view = xp_snapshot_view(check->snapshot);
	const struct xp_entry *table = check->tables.data;
	const struct xp_node *leaf;
	size_t n;

	for (n = 0; n < check->tables.nr; n++) {
		leaf = xp_view_leaf(view, table[n].pfn);
		if (leaf && leaf->shared)
			found_table(check, table[n].value, table[n].pfn,
				    XP_ONES);
	}
}

/* Read a suspect's entry again: does it still have the same value? */
static int look_again(struct xp_check *check,
		      const struct xp_suspect *suspect,
		      uint64_t page[][XP_SLOTS], bool *stands)
{
	bool failed = false;
	int err;

	err = check->source->read(check->source->ctx, 1, &suspect->leaf->mfn,
				  page, &failed);
	*stands = !err && !failed &&
		  page[0][suspect->pfn % XP_SLOTS] == suspect->value;
	return err;
}

/* Ask Xen about an entry that holds a frame; @wrong: Xen disagrees. */
static int ask_about_frame(struct xp_check *check, struct xp_finding *finding,
			   bool *wrong)
{
	bool owned = false;
	int err;

	err = check->source->m2p(check->source->ctx, 1, &finding->value,
				 &finding->wanted);
	finding->cause = XP_M2P;
	*wrong = finding->wanted != finding->pfn;
	if (err || *wrong)
		return err;

	finding->cause = XP_NOT_OWNED;
	err = check->source->owned(check->source->ctx, 1, &finding->value,
				   &owned);
	*wrong = !owned;
	return err;
}

/* Does Xen still have @finding->wanted at @finding->pfn, unlike the list? */
static int ask_about_table(struct xp_check *check,
			   const struct xp_finding *finding, bool *wrong)
{
	uint64_t pfn = XP_ONES;
	int err;

	err = check->source->m2p(check->source->ctx, 1, &finding->wanted, &pfn);
	*wrong = pfn == finding->pfn;
	return err;
}

/*
 * The entry must be the same before and after Xen is asked: a guest removes a
 * frame from its list before it gives it back, and owns it before it adds it.
 */
static int confirm(struct xp_check *check, const struct xp_suspect *suspect,
		   uint64_t page[][XP_SLOTS])
{
	struct xp_finding finding = {
		.cause = suspect->cause,
		.pfn = suspect->pfn,
		.value = suspect->value,
		.wanted = suspect->wanted,
	};
	bool stands, wrong;
	int err;

	err = look_again(check, suspect, page, &stands);
	if (err || !stands)
		return err;

	err = suspect->cause == XP_TABLE_NOT_IN_LIST ?
	      ask_about_table(check, &finding, &wrong) :
	      ask_about_frame(check, &finding, &wrong);
	if (err || !wrong)
		return err;

	err = look_again(check, suspect, page, &stands);
	if (stands)
		xp_found(&check->snapshot->findings, &finding);
	return err;
}

/**
 * xp_check_confirm - take the second look
 * @check: with all leaves checked, and the extents made
 *
 * Return: 0; XP_UNSETTLED if there is no violation so far, but there were more
 * suspects than could be looked at again; -ENOMEM, or an error of the source.
 */
int xp_check_confirm(struct xp_check *check)
{
	const struct xp_suspect *suspect = check->suspects.data;
	uint64_t (*page)[XP_SLOTS];
	size_t n;
	int err;

	check_hidden_tables(check);
	if (!check->suspects.nr)
		return 0;
	page = malloc(sizeof(*page));
	if (!page)
		return -ENOMEM;
	err = check->source->wait(check->source->ctx, A_WHILE);
	for (n = 0; !err && n < check->suspects.nr; n++)
		err = confirm(check, &suspect[n], page);
	free(page);
	if (!err && check->too_many &&
	    !xp_violations(&check->snapshot->findings))
		err = XP_UNSETTLED;
	return err;
}

/**
 * xp_check_pages - can the list hold all pages of the domain?
 * @snapshot: taken
 * @pages: number of pages that the domain had meanwhile
 */
void xp_check_pages(struct xp_snapshot *snapshot, uint64_t pages)
{
	const struct xp_finding finding = {
		.cause = XP_MAX_PFN_TOO_LOW,
		.value = snapshot->field[XP_MAX_PFN],
		.wanted = pages,
	};

	if (finding.value < pages)
		xp_found(&snapshot->findings, &finding);
}

static uint64_t extent_mfn(const struct xp_view *view,
			   const struct xp_extent *extent)
{
	return extent->leaf == XP_NONE ? XP_ONES :
	       xp_nodes(view, 0)[extent->leaf].mfn;
}

/* Is a frame a leaf for many pfns?  A new leaf, used at one place, is not. */
static bool is_shared(const struct xp_view *view, uint64_t mfn)
{
	const struct xp_node *leaf = xp_view_find(view, mfn);

	return leaf && leaf->shared;
}

/* Is a frame a sentinel of the list: a shared leaf with all entries missing? */
static bool is_sentinel(const struct xp_view *list, uint64_t mfn)
{
	return is_shared(list, mfn) &&
	       xp_leaf_is_missing(list, xp_view_find(list, mfn));
}

/* Is a leaf that only the tree has a sentinel? 1, 0, or an error. */
static int read_sentinel(const struct xp_source *source, uint64_t mfn)
{
	uint64_t (*page)[XP_SLOTS] = malloc(sizeof(*page));
	bool failed = false;
	unsigned int n = 0;
	int err;

	if (!page)
		return -ENOMEM;
	err = source->read(source->ctx, 1, &mfn, page, &failed);
	if (!err && !failed)
		while (n < XP_SLOTS && page[0][n] == XP_ONES)
			n++;
	free(page);
	return err ? err : n == XP_SLOTS;
}

/* Are both leaves sentinels?  Then they are as good as equal. 1, 0, or an error. */
static int are_sentinels(const struct xp_snapshot *snapshot, uint64_t tree_mfn,
			 uint64_t list_mfn, const struct xp_source *source)
{
	if (!is_sentinel(&snapshot->list, list_mfn) ||
	    !is_shared(&snapshot->tree, tree_mfn))
		return 0;
	return xp_view_find(&snapshot->list, tree_mfn) ?
	       is_sentinel(&snapshot->list, tree_mfn) :
	       read_sentinel(source, tree_mfn);
}

/**
 * xp_check_tree - does the tree lead to the leaves of the linear list?
 * @snapshot: with the extents of both made, and the list's leaves read
 * @source: where it is read from
 *
 * Return: 0, -ENOMEM, or an error of the source.
 */
int xp_check_tree(struct xp_snapshot *snapshot,
		  const struct xp_source *source)
{
	const struct xp_view *list = &snapshot->list, *tree = &snapshot->tree;
	const struct xp_extent *a = xp_extents(list), *b = xp_extents(tree);
	uint64_t pfn, next;
	int same = 1;

	for (pfn = 0; same >= 0 && pfn < tree->end; pfn = next) {
		const struct xp_finding finding = {
			.cause = XP_UNLIKE_TREE,
			.pfn = pfn,
			.value = extent_mfn(tree, b),
			.wanted = extent_mfn(list, a),
		};

		same = finding.value == finding.wanted;
		if (!same)
			same = are_sentinels(snapshot, finding.value,
					     finding.wanted, source);
		if (!same)
			xp_found(&snapshot->findings, &finding);
		next = a->end - list->base < b->end ? a->end - list->base :
						      b->end;
		a += a->end - list->base == next;
		b += b->end == next;
	}
	return same < 0 ? same : 0;
}

/**
 * xp_check_clear - free all memory
 * @check: the check
 */
void xp_check_clear(struct xp_check *check)
{
	xp_array_clear(&check->tables, &check->snapshot->budget,
		       sizeof(struct xp_entry));
	xp_array_clear(&check->suspects, &check->snapshot->budget,
		       sizeof(struct xp_suspect));
}
