// SPDX-License-Identifier: GPL-2.0-only
/*
 * Takes a snapshot by the guest's own protocol: while the guest changes the
 * shape of its list, p2m_generation is odd, and afterwards it has a new value.
 * The generation does not cover the values of entries; these are loaded once,
 * and count as wrong only if a second look finds them wrong, too (check.c).
 *
 * Every published field may be a lie.
 */
#include <errno.h>
#include <string.h>

#include "check.h"
#include "snapshot.h"

/* Addresses that Xen keeps for itself in a PV guest (public/arch-x86/xen-x86_64.h). */
#define XEN_START	0xffff800000000000ULL
#define XEN_END		0xffff880000000000ULL

#define GIB		(1ULL << 30)

static void found_field(struct xp_snapshot *snapshot, enum xp_cause cause,
			enum xp_field field)
{
	const struct xp_finding finding = {
		.cause = cause,
		.value = snapshot->field[field],
	};

	xp_found(&snapshot->findings, &finding);
}

static void load_fields(const struct xp_source *source,
			uint64_t field[XP_NR_FIELDS])
{
	enum xp_field n;

	/* The generation first: it covers only what is loaded after it. */
	field[XP_GENERATION] = source->field(source->ctx, XP_GENERATION);
	for (n = 0; n < XP_GENERATION; n++)
		field[n] = source->field(source->ctx, n);
}

/* Are all published fields unchanged? The generation is compared last. */
static bool fields_are_same(const struct xp_source *source,
			    const uint64_t field[XP_NR_FIELDS])
{
	enum xp_field n;

	for (n = 0; n < XP_NR_FIELDS; n++)
		if (source->field(source->ctx, n) != field[n])
			return false;
	return true;
}

static bool root_is_published(uint64_t root)
{
	return root != 0 && root != XP_ONES;
}

static bool is_canonical(uint64_t address)
{
	uint64_t high = address >> 47;

	return high == 0 || high == 0x1ffff;
}

/* Can a list of this many pfns be at this address? */
static bool vaddr_is_good(uint64_t first, uint64_t pfns)
{
	uint64_t last = first + pfns * sizeof(uint64_t) - 1;

	return first % sizeof(uint64_t[XP_SLOTS]) == 0 && first < last &&
	       is_canonical(first) && is_canonical(last) &&
	       first >> 63 == last >> 63 &&
	       (last < XEN_START || first >= XEN_END);
}

static bool list_is_offered(struct xp_snapshot *snapshot, uint64_t max_mfn)
{
	const uint64_t *field = snapshot->field;

	if (!field[XP_CR3])
		return false;
	if (field[XP_GENERATION] == XP_ONES)
		found_field(snapshot, XP_BAD_GENERATION, XP_GENERATION);
	if (field[XP_CR3] >> 12 > max_mfn) {
		found_field(snapshot, XP_BAD_CR3, XP_CR3);
		return false;
	}
	if (field[XP_MAX_PFN] > XP_ADDRESS_SLOTS / 2) {
		found_field(snapshot, XP_NO_PFNS, XP_MAX_PFN);
		return false;
	}
	if (!vaddr_is_good(field[XP_VADDR], field[XP_MAX_PFN])) {
		found_field(snapshot, XP_BAD_VADDR, XP_VADDR);
		return false;
	}
	if (field[XP_VADDR] % GIB)
		found_field(snapshot, XP_UNALIGNED_VADDR, XP_VADDR);
	return true;
}

static bool tree_is_offered(struct xp_snapshot *snapshot,
			    const struct xp_source *source)
{
	const uint64_t *field = snapshot->field;
	bool too_small = field[XP_MAX_PFN] > XP_TREE_SLOTS;

	if (!root_is_published(field[XP_FRAME_LIST_LIST]))
		return false;
	if (field[XP_FRAME_LIST_LIST] > source->max_mfn) {
		found_field(snapshot, XP_BAD_ROOT, XP_FRAME_LIST_LIST);
		return false;
	}
	if (too_small && !source->domain0)
		found_field(snapshot, XP_TREE_TOO_SMALL, XP_MAX_PFN);
	return true;
}

static struct xp_view new_view(struct xp_snapshot *snapshot,
			       const struct xp_source *source)
{
	return (struct xp_view){
		.source = source,
		.budget = &snapshot->budget,
		.findings = &snapshot->findings,
	};
}

static int read_list(struct xp_snapshot *snapshot,
		     const struct xp_source *source)
{
	snapshot->list = new_view(snapshot, source);
	snapshot->has_list = list_is_offered(snapshot, source->max_mfn);
	if (!snapshot->has_list)
		return 0;
	xp_view_list(&snapshot->list, snapshot->field[XP_VADDR],
		     snapshot->field[XP_MAX_PFN]);
	return xp_view_read_tables(&snapshot->list,
				   snapshot->field[XP_CR3] >> 12);
}

static int read_tree(struct xp_snapshot *snapshot,
		     const struct xp_source *source)
{
	uint64_t pfns = snapshot->field[XP_MAX_PFN];

	snapshot->tree = new_view(snapshot, source);
	snapshot->has_tree = tree_is_offered(snapshot, source);
	if (!snapshot->has_tree)
		return 0;
	xp_view_tree(&snapshot->tree,
		     pfns < XP_TREE_SLOTS ? pfns : XP_TREE_SLOTS);
	return xp_view_read_tables(&snapshot->tree,
				   snapshot->field[XP_FRAME_LIST_LIST]);
}

/**
 * xp_snapshot_view - the linear list, or the frame tree if there is no list
 * @snapshot: taken
 *
 * Return: NULL if neither can be read.
 */
struct xp_view *xp_snapshot_view(struct xp_snapshot *snapshot)
{
	if (snapshot->has_list)
		return &snapshot->list;
	return snapshot->has_tree ? &snapshot->tree : NULL;
}

/* What to do with each leaf as it is read. */
struct xp_leaf_jobs {
	struct xp_snapshot *snapshot;
	struct xp_check *check;
	bool keep;
};

static int keep_entries(struct xp_snapshot *snapshot,
			const struct xp_view *view,
			const struct xp_node *leaf,
			const uint64_t value[XP_SLOTS])
{
	struct xp_entry *entry;
	unsigned int at;

	for (at = 0; at < leaf->to && !leaf->shared; at++) {
		if (value[at] == XP_ONES)
			continue;
		entry = xp_array_add(&snapshot->entries, &snapshot->budget,
				     sizeof(*entry));
		if (!entry)
			return -ENOMEM;
		*entry = (struct xp_entry){
			xp_leaf_pfn(view, leaf) + at, value[at]
		};
	}
	return 0;
}

static int visit_leaf(void *arg, const struct xp_view *view,
		      const struct xp_node *leaf,
		      const uint64_t entry[XP_SLOTS])
{
	const struct xp_leaf_jobs *jobs = arg;
	int err = 0;

	if (jobs->keep)
		err = keep_entries(jobs->snapshot, view, leaf, entry);
	if (!err && jobs->check)
		err = xp_check_leaf(jobs->check, view, leaf, entry);
	return err;
}

/* Read everything that the fields lead to. */
static int read_all(struct xp_snapshot *snapshot,
		    const struct xp_source *source, struct xp_check *check,
		    bool keep)
{
	struct xp_leaf_jobs jobs = { snapshot, check, keep };
	const struct xp_visitor visitor = { &jobs, visit_leaf };
	int err;

	if (!snapshot->field[XP_MAX_PFN]) {
		found_field(snapshot, XP_NO_PFNS, XP_MAX_PFN);
		return 0;
	}
	err = read_list(snapshot, source);
	if (!err)
		err = read_tree(snapshot, source);
	if (err || !xp_snapshot_view(snapshot))
		return err;
	if (check)
		err = xp_check_tables(check);
	return err ? err : xp_view_read_leaves(xp_snapshot_view(snapshot),
					       &visitor);
}

static void count_kinds(struct xp_snapshot *snapshot)
{
	const struct xp_run *run = xp_runs(snapshot);
	size_t n;

	for (n = 0; n < snapshot->runs.nr; n++) {
		snapshot->pfns[run[n].kind] += run[n].end - run[n].pfn;
		if (run[n].kind == XP_POPULATED || run[n].kind == XP_FOREIGN)
			snapshot->last = run[n].end;
	}
}

static uint64_t leaf_end(uint64_t pfn)
{
	return (pfn + XP_SLOTS - 1) & ~(XP_SLOTS - 1ULL);
}

/* Evaluate what was read, once it is known that nothing changed meanwhile. */
static int conclude(struct xp_snapshot *snapshot,
		    const struct xp_source *source)
{
	struct xp_view *view = xp_snapshot_view(snapshot);
	int err;

	if (!view)
		return 0;
	err = xp_view_extents(view);
	if (!err && snapshot->has_list && snapshot->has_tree)
		err = xp_view_extents(&snapshot->tree);
	if (!err)
		err = xp_view_runs(view, &snapshot->runs);
	if (!err && snapshot->has_list && snapshot->has_tree)
		err = xp_check_tree(snapshot, source);
	if (err)
		return err;

	count_kinds(snapshot);
	if (!snapshot->pfns[XP_UNKNOWN] &&
	    leaf_end(snapshot->last) < snapshot->field[XP_MAX_PFN])
		found_field(snapshot, XP_MAX_PFN_TOO_HIGH, XP_MAX_PFN);
	return 0;
}

/* ~0 is odd, too, but not a valid generation. */
static bool is_odd(const struct xp_snapshot *snapshot)
{
	return (snapshot->field[XP_GENERATION] & 1) &&
	       snapshot->field[XP_GENERATION] != XP_ONES;
}

static bool is_published(const struct xp_snapshot *snapshot)
{
	return snapshot->field[XP_CR3] ||
	       root_is_published(snapshot->field[XP_FRAME_LIST_LIST]);
}

/* One attempt: an outcome, or a negative errno. */
static int attempt(struct xp_snapshot *snapshot,
		   const struct xp_source *source,
		   const struct xp_options *options)
{
	struct xp_check check = { .snapshot = snapshot, .source = source };
	int err;

	load_fields(source, snapshot->field);
	if (is_odd(snapshot) && !options->still)
		return XP_UNSETTLED;

	err = is_published(snapshot) ?
	      read_all(snapshot, source, options->check ? &check : NULL,
		       options->keep_entries) : 0;
	if (!fields_are_same(source, snapshot->field))
		err = err == -EINTR ? err : XP_UNSETTLED;
	else if (!err)
		err = is_published(snapshot) ? conclude(snapshot, source) :
					       XP_UNPUBLISHED;
	if (!err && options->check) {
		err = xp_check_confirm(&check);
		/* The second look counts only if it was at the same list. */
		if (!err && !fields_are_same(source, snapshot->field))
			err = XP_UNSETTLED;
	}
	xp_check_clear(&check);
	return err ? err : is_odd(snapshot) ? XP_ODD : XP_TAKEN;
}

/**
 * xp_snapshot_take - read a guest's list
 * @snapshot: set to what was read; must be cleared by xp_snapshot_clear(), also
 *	after an error
 * @source: the guest
 * @options: how to read
 *
 * Return: an outcome; -ENOMEM if it exceeds the budget, or an error of the
 * source.
 */
int xp_snapshot_take(struct xp_snapshot *snapshot,
		     const struct xp_source *source,
		     const struct xp_options *options)
{
	unsigned int n;
	int err = XP_UNSETTLED;

	for (n = 0; err == XP_UNSETTLED && n < options->attempts; n++) {
		if (n) {
			xp_snapshot_clear(snapshot);
			err = source->wait(source->ctx, n);
			if (err)
				break;
		}
		*snapshot = (struct xp_snapshot){
			.attempt = n,
			.budget.left = options->memory,
		};
		err = attempt(snapshot, source, options);
	}
	return err;
}

/**
 * xp_snapshot_clear - free all memory
 * @snapshot: set by xp_snapshot_take()
 */
void xp_snapshot_clear(struct xp_snapshot *snapshot)
{
	snapshot->list.budget = &snapshot->budget;
	snapshot->tree.budget = &snapshot->budget;
	xp_view_clear(&snapshot->list);
	xp_view_clear(&snapshot->tree);
	xp_array_clear(&snapshot->runs, &snapshot->budget,
		       sizeof(struct xp_run));
	xp_array_clear(&snapshot->entries, &snapshot->budget,
		       sizeof(struct xp_entry));
}
