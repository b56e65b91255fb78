// SPDX-License-Identifier: GPL-2.0-only
/*
 * Taking a snapshot by the guest's own protocol: while the guest changes the
 * shape of its list, p2m_generation is odd, and it is another one afterwards.
 * The generation says nothing of what entries hold; those are loaded once, and
 * judged only where a second look finds them wrong, too (check.c).
 *
 * Every published field may be a lie.
 */
#include <errno.h>
#include <string.h>

#include "check.h"
#include "snapshot.h"

/* Addresses that are Xen's own in a PV guest (Xen's public/arch-x86/xen-x86_64.h). */
#define XEN_START	0xffff800000000000ULL
#define XEN_END		0xffff880000000000ULL

#define GIB		(1ULL << 30)

static void found_field(struct p2m_snapshot *snapshot, enum p2m_cause cause,
			enum p2m_field field)
{
	const struct p2m_finding finding = {
		.cause = cause,
		.value = snapshot->field[field],
	};

	p2m_found(&snapshot->findings, &finding);
}

static void load_fields(const struct p2m_source *source,
			uint64_t field[P2M_NR_FIELDS])
{
	enum p2m_field n;

	/* First of all the generation: it vouches for what is loaded after it. */
	field[P2M_GENERATION] = source->field(source->ctx, P2M_GENERATION);
	for (n = 0; n < P2M_GENERATION; n++)
		field[n] = source->field(source->ctx, n);
}

/* Is all that is published what it was? The generation is the last to be asked. */
static bool fields_are_same(const struct p2m_source *source,
			    const uint64_t field[P2M_NR_FIELDS])
{
	enum p2m_field n;

	for (n = 0; n < P2M_NR_FIELDS; n++)
		if (source->field(source->ctx, n) != field[n])
			return false;
	return true;
}

static bool root_is_published(uint64_t root)
{
	return root != 0 && root != P2M_ONES;
}

static bool is_canonical(uint64_t address)
{
	uint64_t high = address >> 47;

	return high == 0 || high == 0x1ffff;
}

/* Can a list of so many pfns be at that address? */
static bool vaddr_is_good(uint64_t first, uint64_t pfns)
{
	uint64_t last = first + pfns * sizeof(uint64_t) - 1;

	return first % sizeof(uint64_t[P2M_SLOTS]) == 0 && first < last &&
	       is_canonical(first) && is_canonical(last) &&
	       first >> 63 == last >> 63 &&
	       (last < XEN_START || first >= XEN_END);
}

static bool list_is_offered(struct p2m_snapshot *snapshot, uint64_t max_mfn)
{
	const uint64_t *field = snapshot->field;

	if (!field[P2M_CR3])
		return false;
	if (field[P2M_GENERATION] == P2M_ONES)
		found_field(snapshot, P2M_BAD_GENERATION, P2M_GENERATION);
	if (field[P2M_CR3] >> 12 > max_mfn) {
		found_field(snapshot, P2M_BAD_CR3, P2M_CR3);
		return false;
	}
	if (field[P2M_MAX_PFN] > P2M_ADDRESS_SLOTS / 2) {
		found_field(snapshot, P2M_NO_PFNS, P2M_MAX_PFN);
		return false;
	}
	if (!vaddr_is_good(field[P2M_VADDR], field[P2M_MAX_PFN])) {
		found_field(snapshot, P2M_BAD_VADDR, P2M_VADDR);
		return false;
	}
	if (field[P2M_VADDR] % GIB)
		found_field(snapshot, P2M_UNALIGNED_VADDR, P2M_VADDR);
	return true;
}

static bool tree_is_offered(struct p2m_snapshot *snapshot,
			    const struct p2m_source *source)
{
	const uint64_t *field = snapshot->field;
	bool too_small = field[P2M_MAX_PFN] > P2M_TREE_SLOTS;

	if (!root_is_published(field[P2M_FRAME_LIST_LIST]))
		return false;
	if (field[P2M_FRAME_LIST_LIST] > source->max_mfn) {
		found_field(snapshot, P2M_BAD_ROOT, P2M_FRAME_LIST_LIST);
		return false;
	}
	if (too_small && !source->domain0)
		found_field(snapshot, P2M_TREE_TOO_SMALL, P2M_MAX_PFN);
	return true;
}

static struct p2m_view new_view(struct p2m_snapshot *snapshot,
				const struct p2m_source *source)
{
	return (struct p2m_view){
		.source = source,
		.budget = &snapshot->budget,
		.findings = &snapshot->findings,
	};
}

static int read_list(struct p2m_snapshot *snapshot,
		     const struct p2m_source *source)
{
	snapshot->list = new_view(snapshot, source);
	snapshot->has_list = list_is_offered(snapshot, source->max_mfn);
	if (!snapshot->has_list)
		return 0;
	p2m_view_list(&snapshot->list, snapshot->field[P2M_VADDR],
		      snapshot->field[P2M_MAX_PFN]);
	return p2m_view_read_tables(&snapshot->list,
				    snapshot->field[P2M_CR3] >> 12);
}

static int read_tree(struct p2m_snapshot *snapshot,
		     const struct p2m_source *source)
{
	uint64_t pfns = snapshot->field[P2M_MAX_PFN];

	snapshot->tree = new_view(snapshot, source);
	snapshot->has_tree = tree_is_offered(snapshot, source);
	if (!snapshot->has_tree)
		return 0;
	p2m_view_tree(&snapshot->tree,
		      pfns < P2M_TREE_SLOTS ? pfns : P2M_TREE_SLOTS);
	return p2m_view_read_tables(&snapshot->tree,
				    snapshot->field[P2M_FRAME_LIST_LIST]);
}

/**
 * p2m_snapshot_view - the list, or the tree if there is no list
 * @snapshot: taken
 *
 * Return: NULL if neither can be read.
 */
struct p2m_view *p2m_snapshot_view(struct p2m_snapshot *snapshot)
{
	if (snapshot->has_list)
		return &snapshot->list;
	return snapshot->has_tree ? &snapshot->tree : NULL;
}

/* What is done with each leaf as it comes. */
struct leaf_jobs {
	struct p2m_snapshot *snapshot;
	struct p2m_check *check;
	bool keep;
};

static int keep_entries(struct p2m_snapshot *snapshot,
			const struct p2m_view *view,
			const struct p2m_node *leaf,
			const uint64_t value[P2M_SLOTS])
{
	struct p2m_entry *entry;
	unsigned int at;

	for (at = 0; at < leaf->to && !leaf->shared; at++) {
		if (value[at] == P2M_ONES)
			continue;
		entry = p2m_array_add(&snapshot->entries, &snapshot->budget,
				      sizeof(*entry));
		if (!entry)
			return -ENOMEM;
		*entry = (struct p2m_entry){
			p2m_leaf_pfn(view, leaf) + at, value[at]
		};
	}
	return 0;
}

static int visit_leaf(void *arg, const struct p2m_view *view,
		      const struct p2m_node *leaf,
		      const uint64_t entry[P2M_SLOTS])
{
	const struct leaf_jobs *jobs = arg;
	int err = 0;

	if (jobs->keep)
		err = keep_entries(jobs->snapshot, view, leaf, entry);
	if (!err && jobs->check)
		err = p2m_check_leaf(jobs->check, view, leaf, entry);
	return err;
}

/* All that the fields lead to, as it is now. */
static int read_all(struct p2m_snapshot *snapshot,
		    const struct p2m_source *source, struct p2m_check *check,
		    bool keep)
{
	struct leaf_jobs jobs = { snapshot, check, keep };
	const struct p2m_visitor visitor = { &jobs, visit_leaf };
	int err;

	if (!snapshot->field[P2M_MAX_PFN]) {
		found_field(snapshot, P2M_NO_PFNS, P2M_MAX_PFN);
		return 0;
	}
	err = read_list(snapshot, source);
	if (!err)
		err = read_tree(snapshot, source);
	if (err || !p2m_snapshot_view(snapshot))
		return err;
	if (check)
		err = p2m_check_tables(check);
	return err ? err : p2m_view_read_leaves(p2m_snapshot_view(snapshot),
						&visitor);
}

static void count_runs(struct p2m_snapshot *snapshot)
{
	const struct p2m_run *run = p2m_runs(snapshot);
	size_t n;

	for (n = 0; n < snapshot->runs.nr; n++) {
		snapshot->pfns[run[n].kind] += run[n].end - run[n].pfn;
		if (run[n].kind == P2M_POPULATED || run[n].kind == P2M_FOREIGN)
			snapshot->last = run[n].end;
	}
}

static uint64_t leaf_end(uint64_t pfn)
{
	return (pfn + P2M_SLOTS - 1) & ~(P2M_SLOTS - 1ULL);
}

/* Once nothing has changed meanwhile: what the whole comes to. */
static int conclude(struct p2m_snapshot *snapshot,
		    const struct p2m_source *source)
{
	struct p2m_view *view = p2m_snapshot_view(snapshot);
	int err;

	if (!view)
		return 0;
	err = p2m_view_extents(view);
	if (!err && snapshot->has_list && snapshot->has_tree)
		err = p2m_view_extents(&snapshot->tree);
	if (!err)
		err = p2m_view_runs(view, &snapshot->runs);
	if (!err && snapshot->has_list && snapshot->has_tree)
		err = p2m_check_tree(snapshot, source);
	if (err)
		return err;

	count_runs(snapshot);
	if (!snapshot->pfns[P2M_UNKNOWN] &&
	    leaf_end(snapshot->last) < snapshot->field[P2M_MAX_PFN])
		found_field(snapshot, P2M_MAX_PFN_TOO_HIGH, P2M_MAX_PFN);
	return 0;
}

/* ~0 is odd, too, but it is no generation. */
static bool is_odd(const struct p2m_snapshot *snapshot)
{
	return (snapshot->field[P2M_GENERATION] & 1) &&
	       snapshot->field[P2M_GENERATION] != P2M_ONES;
}

static bool is_published(const struct p2m_snapshot *snapshot)
{
	return snapshot->field[P2M_CR3] ||
	       root_is_published(snapshot->field[P2M_FRAME_LIST_LIST]);
}

/* One attempt: an outcome, or a negative errno. */
static int attempt(struct p2m_snapshot *snapshot,
		   const struct p2m_source *source,
		   const struct p2m_options *options)
{
	struct p2m_check check = { .snapshot = snapshot, .source = source };
	int err;

	load_fields(source, snapshot->field);
	if (is_odd(snapshot) && !options->still)
		return P2M_UNSETTLED;

	err = is_published(snapshot) ?
	      read_all(snapshot, source, options->check ? &check : NULL,
		       options->keep_entries) : 0;
	if (!fields_are_same(source, snapshot->field))
		err = err == -EINTR ? err : P2M_UNSETTLED;
	else if (!err)
		err = is_published(snapshot) ? conclude(snapshot, source) :
					       P2M_UNPUBLISHED;
	if (!err && options->check) {
		err = p2m_check_confirm(&check);
		/* What was looked at again must still be in the list. */
		if (!err && !fields_are_same(source, snapshot->field))
			err = P2M_UNSETTLED;
	}
	p2m_check_clear(&check);
	return err ? err : is_odd(snapshot) ? P2M_ODD : P2M_TAKEN;
}

/**
 * p2m_snapshot_take - read a guest's list
 * @snapshot: what was read; to be cleared by p2m_snapshot_clear(), also after
 *	an error
 * @source: the guest
 * @options: how to read
 *
 * Return: an outcome; -ENOMEM if the budget does not allow it, or an error of
 * the source.
 */
int p2m_snapshot_take(struct p2m_snapshot *snapshot,
		      const struct p2m_source *source,
		      const struct p2m_options *options)
{
	unsigned int n;
	int err = P2M_UNSETTLED;

	for (n = 0; err == P2M_UNSETTLED && n < options->attempts; n++) {
		if (n) {
			p2m_snapshot_clear(snapshot);
			err = source->wait(source->ctx, n);
			if (err)
				break;
		}
		*snapshot = (struct p2m_snapshot){
			.attempt = n,
			.budget.left = options->memory,
		};
		err = attempt(snapshot, source, options);
	}
	return err;
}

/**
 * p2m_snapshot_clear - give all memory back
 * @snapshot: by p2m_snapshot_take()
 */
void p2m_snapshot_clear(struct p2m_snapshot *snapshot)
{
	snapshot->list.budget = &snapshot->budget;
	snapshot->tree.budget = &snapshot->budget;
	p2m_view_clear(&snapshot->list);
	p2m_view_clear(&snapshot->tree);
	p2m_array_clear(&snapshot->runs, &snapshot->budget,
			sizeof(struct p2m_run));
	p2m_array_clear(&snapshot->entries, &snapshot->budget,
			sizeof(struct p2m_entry));
}
