// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tests the reader on made-up guests: each thing that can be wrong with a list
 * is made wrong once, and must be the only thing found. Prints KTAP.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "account.h"
#include "check.h"
#include "guest.h"
#include "report.h"
#include "snapshot.h"

#define RAM	4096		/* pfns: 16 MiB, 8 leaves */

/* A test ends at the first condition that does not hold. */
#define CHECK(condition)						\
	do {								\
		if (!(condition)) {					\
			printf("# %s:%d: not true: %s\n", __FILE__,	\
			       __LINE__, #condition);			\
			return false;					\
		}							\
	} while (0)

static const struct xp_options by_default = {
	.attempts = 10,
	.check = true,
	.memory = 64 << 20,
};

static struct guest *guest;
static struct xp_snapshot snapshot;

static int take(void)
{
	return xp_snapshot_take(&snapshot, &guest->source, &by_default);
}

static uint64_t found(enum xp_cause cause)
{
	return snapshot.findings.of[cause];
}

/* Are there findings of this cause only, and this many? */
static bool only_found(enum xp_cause cause, uint64_t nr)
{
	enum xp_cause other;
	size_t n;

	for (n = 0; n < snapshot.findings.nr; n++)
		printf("# found %s: pfn %#" PRIx64 " value %#" PRIx64 " wanted %#" PRIx64 "\n",
		       xp_cause_name(snapshot.findings.kept[n].cause),
		       snapshot.findings.kept[n].pfn,
		       snapshot.findings.kept[n].value,
		       snapshot.findings.kept[n].wanted);
	for (other = 0; other < XP_NR_CAUSES; other++)
		if (other != cause && found(other))
			return false;
	return cause == XP_NR_CAUSES || found(cause) == nr;
}

static bool nothing_found(void)
{
	return only_found(XP_NR_CAUSES, 0);
}

static bool map_is(size_t nr, const struct xp_run *wanted)
{
	size_t n;

	for (n = 0; n < snapshot.runs.nr; n++)
		printf("# [%#" PRIx64 ", %#" PRIx64 ") %s\n",
		       xp_runs(&snapshot)[n].pfn, xp_runs(&snapshot)[n].end,
		       xp_kind_name(xp_runs(&snapshot)[n].kind));
	if (snapshot.runs.nr != nr)
		return false;
	for (n = 0; n < nr; n++)
		if (xp_runs(&snapshot)[n].pfn != wanted[n].pfn ||
		    xp_runs(&snapshot)[n].end != wanted[n].end ||
		    xp_runs(&snapshot)[n].kind != wanted[n].kind)
			return false;
	return true;
}

/* Good lists. */

static bool test_plain(void)
{
	const struct xp_run map[] = { { 0, RAM, XP_POPULATED } };

	CHECK(take() == XP_TAKEN);
	CHECK(nothing_found());
	CHECK(map_is(1, map));
	CHECK(snapshot.pfns[XP_POPULATED] == RAM && snapshot.last == RAM);
	CHECK(snapshot.attempt == 0 && guest->waits == 0);
	CHECK(xp_view_count(&snapshot.list).owned == RAM / 512);
	return true;
}

/* Leaves, a table for each GiB, the top ones, and the tree's two. */
static bool test_reads_each_frame_once(void)
{
	CHECK(take() == XP_TAKEN);
	CHECK(guest->reads == RAM / 512 + 4 + 2);
	return true;
}

static bool test_kinds(void)
{
	const struct xp_run map[] = {
		{ 0, 100, XP_POPULATED }, { 100, 101, XP_FOREIGN },
		{ 101, 200, XP_POPULATED }, { 200, 300, XP_MISSING },
		{ 300, RAM, XP_POPULATED },
	};
	uint64_t pfn;

	guest_set(guest, 100, GUEST_FOREIGN | 0x123456789);
	for (pfn = 200; pfn < 300; pfn++)
		guest_set(guest, pfn, XP_ONES);
	CHECK(take() == XP_TAKEN);
	CHECK(nothing_found());
	CHECK(map_is(5, map));
	CHECK(snapshot.pfns[XP_MISSING] == 100);
	return true;
}

/* A page at the far end of 64 TiB: what lies between costs four frames. */
static bool test_whole_reach(void)
{
	const uint64_t far = GUEST_REACH - 512;
	const struct xp_run map[] = {
		{ 0, RAM, XP_POPULATED }, { RAM, far, XP_MISSING },
		{ far, far + 1, XP_FOREIGN }, { far + 1, far + 512, XP_MISSING },
	};

	guest_set(guest, far, GUEST_FOREIGN | 1);
	guest->field[XP_FRAME_LIST_LIST] = XP_ONES;
	CHECK(take() == XP_TAKEN);
	CHECK(nothing_found());
	CHECK(map_is(4, map));
	/* Leaves with frames; L4, L3; L2 and L1 at both ends; the sentinels. */
	CHECK(guest->reads == RAM / 512 + 1 + 2 + 4 + 3);
	return true;
}

static bool test_max_pfn_within_a_leaf(void)
{
	uint64_t pfn;

	guest->field[XP_MAX_PFN] = RAM - 12;
	for (pfn = RAM - 12; pfn < RAM; pfn++)
		*guest_entry(guest, pfn) = XP_ONES;
	CHECK(take() == XP_TAKEN);
	CHECK(nothing_found());
	CHECK(snapshot.pfns[XP_POPULATED] == RAM - 12);
	return true;
}

static bool test_tree_only(void)
{
	const struct xp_run map[] = {
		{ 0, RAM, XP_POPULATED }, { RAM, 1 << 20, XP_MISSING },
		{ 1 << 20, (1 << 20) + 1, XP_FOREIGN },
		{ (1 << 20) + 1, (1 << 20) + 512, XP_MISSING },
	};

	guest_set(guest, 1 << 20, GUEST_FOREIGN | 1);
	guest->field[XP_CR3] = 0;
	CHECK(take() == XP_TAKEN);
	CHECK(nothing_found());
	CHECK(map_is(4, map));
	CHECK(!snapshot.has_list && xp_snapshot_view(&snapshot) == &snapshot.tree);
	CHECK(guest->reads == RAM / 512 + 1 + 1 + 1 + 3);
	return true;
}

static bool test_dom0_keeps_a_short_tree(void)
{
	guest_set(guest, XP_TREE_SLOTS + 5, GUEST_FOREIGN | 1);
	guest->source.domain0 = true;
	CHECK(take() == XP_TAKEN);
	CHECK(nothing_found());
	return true;
}

static bool test_unpublished(void)
{
	guest->field[XP_CR3] = 0;
	guest->field[XP_FRAME_LIST_LIST] = XP_ONES;
	CHECK(take() == XP_UNPUBLISHED);
	guest->field[XP_FRAME_LIST_LIST] = 0;
	CHECK(take() == XP_UNPUBLISHED);
	CHECK(nothing_found());
	return true;
}

static bool test_entries_are_kept(void)
{
	struct xp_options options = by_default;
	const struct xp_entry *entry;
	uint64_t pfn;

	options.keep_entries = true;
	CHECK(xp_snapshot_take(&snapshot, &guest->source, &options) == XP_TAKEN);
	CHECK(snapshot.entries.nr == RAM);
	entry = snapshot.entries.data;
	for (pfn = 0; pfn < RAM; pfn++)
		CHECK(entry[pfn].pfn == pfn && entry[pfn].value == guest_mfn(pfn));
	return true;
}

/* Identity as stock Linux has it: in a leaf among others, and a whole leaf. */
static bool test_identity_in_the_list(void)
{
	const struct xp_run map[] = {
		{ 0, 10, XP_POPULATED }, { 10, 12, XP_IDENTITY },
		{ 12, RAM, XP_POPULATED }, { RAM, RAM + 512, XP_IDENTITY },
		{ RAM + 512, RAM + 1024, XP_FOREIGN },
	};
	uint64_t pfn;

	for (pfn = 10; pfn < 12; pfn++)
		*guest_entry(guest, pfn) = GUEST_IDENTITY | pfn;
	for (pfn = RAM; pfn < RAM + 512; pfn++)
		guest_set(guest, pfn, GUEST_IDENTITY | pfn);
	for (; pfn < RAM + 1024; pfn++)
		guest_set(guest, pfn, GUEST_FOREIGN | pfn);
	CHECK(take() == XP_TAKEN);
	CHECK(only_found(XP_IDENTITY_IN_LIST, 514));
	CHECK(map_is(5, map));
	CHECK(!xp_violations(&snapshot.findings));
	return true;
}

/* The protocol. */

static bool test_odd_guest(void)
{
	guest->field[XP_GENERATION] = 5;
	CHECK(take() == XP_UNSETTLED);
	CHECK(guest->waits == by_default.attempts - 1 && guest->reads == 0);
	return true;
}

static bool test_odd_guest_that_stands_still(void)
{
	struct xp_options options = by_default;

	options.still = true;
	guest->field[XP_GENERATION] = 5;
	CHECK(xp_snapshot_take(&snapshot, &guest->source, &options) == XP_ODD);
	CHECK(nothing_found());
	CHECK(snapshot.pfns[XP_POPULATED] == RAM);
	return true;
}

static void change_all_the_time(struct guest *changing, enum xp_field field)
{
	changing->field[XP_GENERATION] += 2 * (field == XP_GENERATION);
}

static bool test_never_the_same(void)
{
	guest->on_field = change_all_the_time;
	CHECK(take() == XP_UNSETTLED);
	CHECK(guest->waits == by_default.attempts - 1);
	return true;
}

static void grow_twice(struct guest *growing, enum xp_field field)
{
	static const unsigned int times = 2;

	if (field == XP_VADDR && growing->waits < times) {
		guest_set(growing, RAM + 512 * growing->waits, GUEST_FOREIGN | 1);
		growing->field[XP_GENERATION] += 2;
	}
}

static bool test_settles(void)
{
	guest->on_field = grow_twice;
	CHECK(take() == XP_TAKEN);
	CHECK(snapshot.attempt == 2 && guest->waits == 2);
	CHECK(nothing_found());
	CHECK(snapshot.field[XP_MAX_PFN] == RAM + 1024);
	return true;
}

/* Each field alone, changed after it was loaded. */
static unsigned int loads;
static enum xp_field changing;

static void change_once(struct guest *changed, enum xp_field field)
{
	(void)field;
	if (++loads == XP_NR_FIELDS + 1)
		changed->field[changing] += 2;
}

static bool test_each_field_counts(void)
{
	for (changing = 0; changing < XP_NR_FIELDS; changing++) {
		loads = 0;
		guest->on_field = change_once;
		take();
		CHECK(snapshot.attempt == 1);
		guest->field[changing] -= 2;
		xp_snapshot_clear(&snapshot);
	}
	return true;
}

static void heal_m2p(struct guest *healing)
{
	healing->m2p[guest_mfn(7)] = 7;
}

/* An entry that Xen agrees with at the second look was just being changed. */
static bool test_m2p_in_motion(void)
{
	guest->m2p[guest_mfn(7)] = 8;
	guest->on_wait = heal_m2p;
	CHECK(take() == XP_TAKEN);
	CHECK(guest->waits == 1);
	CHECK(nothing_found());
	return true;
}

static void heal_entry(struct guest *healing)
{
	*guest_entry(healing, 9) = XP_ONES;
}

static bool test_entry_in_motion(void)
{
	*guest_entry(guest, 9) = guest_mfn(10);
	guest->on_wait = heal_entry;
	CHECK(take() == XP_TAKEN);
	CHECK(nothing_found());
	return true;
}

/* During the second look, after the entry is read, before a question about it. */
static unsigned int questions;

static void give_away(struct guest *giving)
{
	if (giving->waits && !questions--) {
		*guest_entry(giving, 7) = XP_ONES;
		giving->m2p[guest_mfn(7)] = XP_ONES;
		giving->not_owned = guest_mfn(7);
	}
}

static bool frame_goes_before_question(unsigned int nr)
{
	questions = nr;
	guest->m2p[guest_mfn(7)] = 8;
	guest->on_wait = heal_m2p;
	guest->on_question = give_away;
	CHECK(take() == XP_TAKEN);
	CHECK(guest->not_owned == guest_mfn(7));
	CHECK(nothing_found());
	return true;
}

static bool test_frame_goes_at_second_look(void)
{
	return frame_goes_before_question(0);
}

static bool test_frame_goes_before_its_owner_is_told(void)
{
	return frame_goes_before_question(1);
}

/* Lists that are wrong. */

static bool wrong(enum xp_cause cause, uint64_t nr)
{
	CHECK(take() == XP_TAKEN);
	CHECK(only_found(cause, nr));
	CHECK(xp_is_note(cause) == !xp_violations(&snapshot.findings));
	return true;
}

static bool test_no_pfns(void)
{
	guest->field[XP_MAX_PFN] = 0;
	return wrong(XP_NO_PFNS, 1);
}

static bool test_too_many_pfns(void)
{
	guest->field[XP_FRAME_LIST_LIST] = XP_ONES;
	guest->field[XP_MAX_PFN] = 1ULL << 60;
	return wrong(XP_NO_PFNS, 1);
}

static bool test_wraps(void)
{
	guest->field[XP_MAX_PFN] = 1ULL << 43;
	guest->field[XP_FRAME_LIST_LIST] = XP_ONES;
	return wrong(XP_BAD_VADDR, 1);
}

static bool test_in_xens_hole(void)
{
	guest->field[XP_VADDR] = 0xffff804000000000;
	return wrong(XP_BAD_VADDR, 1);
}

static bool test_not_canonical(void)
{
	guest->field[XP_VADDR] = 0x0000c90000000000;
	return wrong(XP_BAD_VADDR, 1);
}

static bool test_vaddr_within_a_page(void)
{
	guest->field[XP_VADDR] += 8;
	return wrong(XP_BAD_VADDR, 1);
}

static bool test_unaligned_vaddr(void)
{
	/* The same tables, entered 2 MiB further on. */
	guest->field[XP_VADDR] += 2 << 20;
	guest->field[XP_MAX_PFN] = 512;
	guest->field[XP_FRAME_LIST_LIST] = XP_ONES;
	CHECK(take() == XP_TAKEN);
	CHECK(found(XP_UNALIGNED_VADDR) == 1);
	return true;
}

/* The sentinel tables: the last word of each first, then all of them. */
static bool test_begins_at_the_end_of_a_table(void)
{
	const struct xp_run map[] = { { 0, 1 << 28, XP_MISSING } };

	guest->field[XP_FRAME_LIST_LIST] = XP_ONES;
	guest->field[XP_VADDR] += (5ULL << 30) - 0x1000;
	guest->field[XP_MAX_PFN] = 1 << 28;
	CHECK(take() == XP_TAKEN);
	CHECK(map_is(1, map));
	CHECK(!found(XP_EMPTY_ENTRY));
	xp_snapshot_clear(&snapshot);

	*guest_word(guest, guest->pte, 0) = 0;
	CHECK(take() == XP_TAKEN);
	CHECK(found(XP_EMPTY_ENTRY) == 1);
	return true;
}

static bool test_bad_cr3(void)
{
	guest->field[XP_CR3] = (guest->source.max_mfn + 1) << 12;
	return wrong(XP_BAD_CR3, 1);
}

static bool test_bad_root(void)
{
	guest->field[XP_FRAME_LIST_LIST] = guest->source.max_mfn + 1;
	return wrong(XP_BAD_ROOT, 1);
}

static bool test_bad_generation(void)
{
	guest->field[XP_GENERATION] = XP_ONES;
	return wrong(XP_BAD_GENERATION, 1);
}

static bool test_tree_too_small(void)
{
	guest_set(guest, XP_TREE_SLOTS + 5, GUEST_FOREIGN | 1);
	return wrong(XP_TREE_TOO_SMALL, 1);
}

/* Causes that put a leaf out of reach: 512 pfns become unknown. */
static bool lost_leaf(enum xp_cause cause)
{
	guest->field[XP_FRAME_LIST_LIST] = XP_ONES;
	CHECK(wrong(cause, 1));
	CHECK(snapshot.pfns[XP_UNKNOWN] == 512);
	return true;
}

static bool test_empty_entry(void)
{
	*guest_table_word(guest, 1, 600) = 0;
	return lost_leaf(XP_EMPTY_ENTRY);
}

static bool test_not_present(void)
{
	*guest_table_word(guest, 1, 600) &= ~1ULL;
	return lost_leaf(XP_NOT_PRESENT);
}

static bool test_beyond_the_machine(void)
{
	*guest_table_word(guest, 1, 600) = (guest->source.max_mfn + 1) << 12 | 1;
	return lost_leaf(XP_NO_FRAME);
}

static bool test_unreadable(void)
{
	*guest_table_word(guest, 1, 600) = 0xff << 12 | 1;
	guest->m2p[0xff] = 3;		/* in the list it is another frame */
	guest->field[XP_FRAME_LIST_LIST] = XP_ONES;
	CHECK(take() == XP_TAKEN);
	CHECK(found(XP_UNREADABLE) == 1 && found(XP_TABLE_NOT_IN_LIST) == 1);
	CHECK(snapshot.pfns[XP_UNKNOWN] == 512);
	return true;
}

static bool test_large_page(void)
{
	guest->field[XP_FRAME_LIST_LIST] = XP_ONES;
	*guest_table_word(guest, 2, 0) |= 0x80;
	CHECK(wrong(XP_LARGE_PAGE, 1));
	CHECK(snapshot.pfns[XP_UNKNOWN] == RAM);
	return true;
}

static bool test_cycle(void)
{
	uint64_t *word = guest_table_word(guest, 4, 0);

	*word = guest->field[XP_CR3] | 1;
	CHECK(take() == XP_TAKEN);
	CHECK(xp_violations(&snapshot.findings));
	CHECK(guest->reads < 20);
	return true;
}

static bool test_tree_hole(void)
{
	guest->field[XP_CR3] = 0;
	*guest_tree_word(guest, 1, 600) = 0;
	*guest_tree_word(guest, 1, 1200) = XP_ONES;
	CHECK(wrong(XP_TREE_HOLE, 2));
	CHECK(snapshot.pfns[XP_UNKNOWN] == 1024);
	return true;
}

static bool test_unlike_tree(void)
{
	*guest_tree_word(guest, 1, 600) = guest->leaf;
	return wrong(XP_UNLIKE_TREE, 1);
}

/* Stock Linux has two sentinels, and one of them may be in the tree only. */
static bool test_another_sentinel_in_the_tree(void)
{
	uint64_t other = guest_page(guest);
	unsigned int n;

	for (n = 0; n < XP_SLOTS; n++)
		*guest_word(guest, other, n) = XP_ONES;
	guest_set(guest, 1 << 20, GUEST_FOREIGN | 1);
	guest_set(guest, (1 << 20) + 4096, GUEST_FOREIGN | 1);
	*guest_tree_word(guest, 1, (1 << 20) + 1024) = other;
	*guest_tree_word(guest, 1, (1 << 20) + 2048) = other;
	CHECK(take() == XP_TAKEN);
	CHECK(nothing_found());
	xp_snapshot_clear(&snapshot);

	*guest_word(guest, other, 5) = 0;
	return wrong(XP_UNLIKE_TREE, 2);
}

/* A new leaf that holds nothing yet is not a sentinel: the tree must have it. */
static bool test_new_leaf_is_not_in_the_tree(void)
{
	guest_set(guest, 1 << 20, GUEST_FOREIGN | 1);
	guest_set(guest, (1 << 20) + 4096, GUEST_FOREIGN | 1);
	guest_set(guest, (1 << 20) + 1024, XP_ONES);
	CHECK(take() == XP_TAKEN);
	CHECK(nothing_found());
	xp_snapshot_clear(&snapshot);

	*guest_tree_word(guest, 1, (1 << 20) + 1024) = guest->leaf;
	return wrong(XP_UNLIKE_TREE, 1);
}

static bool test_shared_leaf(void)
{
	guest->field[XP_FRAME_LIST_LIST] = XP_ONES;
	*guest_table_word(guest, 1, 600) = *guest_table_word(guest, 1, 0);
	CHECK(take() == XP_TAKEN);
	CHECK(found(XP_SHARED_LEAF) == 1);
	return true;
}

static bool test_shared_table(void)
{
	guest_set(guest, 1 << 20, GUEST_FOREIGN | 1);
	guest->field[XP_FRAME_LIST_LIST] = XP_ONES;
	*guest_table_word(guest, 2, 1 << 20) = *guest_table_word(guest, 2, 0);
	CHECK(take() == XP_TAKEN);
	CHECK(found(XP_SHARED_TABLE) == 1);
	return true;
}

static bool test_table_not_in_list(void)
{
	/* The frame tree's root: Xen says where it is, the list does not. */
	*guest_entry(guest, guest->m2p[guest->field[XP_FRAME_LIST_LIST]]) =
		XP_ONES;
	return wrong(XP_TABLE_NOT_IN_LIST, 1);
}

static bool test_table_where_no_leaf_is(void)
{
	guest_set(guest, 1 << 20, GUEST_FOREIGN | 1);
	guest->m2p[guest->field[XP_FRAME_LIST_LIST]] = 1 << 19;
	CHECK(take() == XP_TAKEN);
	CHECK(found(XP_TABLE_NOT_IN_LIST) == 1);
	return true;
}

static bool test_tail(void)
{
	guest->field[XP_MAX_PFN] = RAM - 2;
	CHECK(take() == XP_TAKEN);
	CHECK(found(XP_TAIL) == 2);
	return true;
}

static bool test_bad_value(void)
{
	*guest_entry(guest, 9) = guest->source.max_mfn + 1;
	return wrong(XP_BAD_VALUE, 1);
}

static bool test_bad_identity(void)
{
	*guest_entry(guest, 9) = GUEST_IDENTITY | 10;
	return wrong(XP_BAD_IDENTITY, 1);
}

static bool test_m2p(void)
{
	*guest_entry(guest, 9) = guest_mfn(10);
	return wrong(XP_M2P, 1);
}

static void lose_frame(struct guest *losing)
{
	heal_m2p(losing);
	losing->not_owned = guest_mfn(7);
}

/* What the second look finds is reported, not what the first did. */
static bool test_not_owned_at_second_look(void)
{
	guest->m2p[guest_mfn(7)] = 8;
	guest->on_wait = lose_frame;
	return wrong(XP_NOT_OWNED, 1);
}

/* More suspects than can be looked at again, each changed by the second look. */
static void stir(struct guest *stirred)
{
	uint64_t pfn;

	for (pfn = 0; pfn < 4800; pfn++)
		*guest_entry(stirred, pfn) = guest_mfn(pfn ^ (8 + stirred->waits % 2 * 16));
}

static bool test_too_many_in_motion(void)
{
	guest_free(guest);
	guest = guest_new(10240);
	stir(guest);
	guest->on_wait = stir;
	CHECK(take() == XP_UNSETTLED);
	return true;
}

static void change_at_second_look(struct guest *changed)
{
	changed->field[XP_GENERATION] += 2;
}

static bool test_second_look_is_of_the_same_list(void)
{
	*guest_entry(guest, 9) = guest_mfn(10);
	guest->on_wait = change_at_second_look;
	CHECK(take() == XP_UNSETTLED);
	guest->on_wait = NULL;
	xp_snapshot_clear(&snapshot);
	return wrong(XP_M2P, 1);
}

static bool test_more_pages_than_pfns(void)
{
	CHECK(take() == XP_TAKEN);
	xp_check_pages(&snapshot, RAM);
	CHECK(nothing_found());
	xp_check_pages(&snapshot, RAM + 1);
	CHECK(only_found(XP_MAX_PFN_TOO_LOW, 1));
	CHECK(xp_violations(&snapshot.findings) == 1);
	return true;
}

static bool test_not_owned(void)
{
	guest->not_owned = guest_mfn(9);
	return wrong(XP_NOT_OWNED, 1);
}

static bool test_max_pfn_too_high(void)
{
	guest->field[XP_MAX_PFN] = 1 << 20;
	return wrong(XP_MAX_PFN_TOO_HIGH, 1);
}

static bool test_all_wrong_is_counted(void)
{
	uint64_t pfn;

	for (pfn = 0; pfn < RAM / 2; pfn++)
		*guest_entry(guest, pfn) = guest->source.max_mfn + 1;
	CHECK(wrong(XP_BAD_VALUE, RAM / 2));
	CHECK(snapshot.findings.nr < XP_FINDINGS_KEPT);
	return true;
}

/* Memory. */

static bool test_too_little_memory(void)
{
	struct xp_options options = by_default;
	int outcome;

	for (options.memory = 0; options.memory < 1 << 20; options.memory += 97) {
		outcome = xp_snapshot_take(&snapshot, &guest->source, &options);
		if (outcome == XP_TAKEN)
			break;
		CHECK(outcome == -ENOMEM);
		xp_snapshot_clear(&snapshot);
		CHECK(snapshot.budget.left == options.memory);
	}
	CHECK(outcome == XP_TAKEN && options.memory > 0);
	CHECK(nothing_found());
	return true;
}

/* The guest's own account. */

static int apply(const char *text)
{
	FILE *file = fmemopen((void *)text, strlen(text), "r");
	struct xp_budget budget = { 1 << 20 };
	struct xp_array account = { 0 };
	int err = xp_account_read(&account, &budget, file);

	if (!err)
		err = xp_account_apply(&snapshot, &account, true);
	fclose(file);
	xp_array_clear(&account, &budget, sizeof(struct xp_run));
	return err;
}

static bool test_account_knows_identity(void)
{
	const struct xp_run map[] = {
		{ 0, 100, XP_POPULATED }, { 100, 110, XP_IDENTITY },
		{ 110, 120, XP_MISSING }, { 120, RAM, XP_POPULATED },
	};
	uint64_t pfn;

	for (pfn = 100; pfn < 120; pfn++)
		*guest_entry(guest, pfn) = XP_ONES;
	CHECK(take() == XP_TAKEN);
	CHECK(!apply("p2m:\n[0x0, 0x64) populated\n[0x64, 0x6e) identity\n"
		     "  [0x6e, 0x78) missing\n[0x78, 0x1000) populated\n"
		     "[0x1000, 0x400000000) missing\nwrong 0\n"));
	CHECK(nothing_found());
	CHECK(map_is(4, map));
	CHECK(snapshot.pfns[XP_IDENTITY] == 10);
	return true;
}

static bool test_account_disagrees(void)
{
	CHECK(take() == XP_TAKEN);
	CHECK(!apply("[0x0, 0x64) populated\n[0x64, 0x65) foreign\n"
		     "[0x65, 0x1000) populated\n"));
	CHECK(only_found(XP_UNLIKE_GUEST, 1));
	CHECK(snapshot.findings.kept[0].pfn == 0x64);
	CHECK(snapshot.pfns[XP_POPULATED] == RAM);
	return true;
}

static bool test_account_that_ends_early(void)
{
	CHECK(take() == XP_TAKEN);
	CHECK(!apply("[0x0, 0x64) populated\n"));
	CHECK(nothing_found());
	CHECK(snapshot.pfns[XP_POPULATED] == RAM);
	return true;
}

static bool test_account_goes_further(void)
{
	CHECK(take() == XP_TAKEN);
	CHECK(!apply("[0x0, 0x1000) populated\n[0x1000, 0x2000) missing\n"
		     "[0x2000, 0x2001) populated\n"));
	CHECK(only_found(XP_UNLIKE_GUEST, 1));
	CHECK(snapshot.findings.kept[0].pfn == 0x2000);
	return true;
}

static bool test_account_is_none(void)
{
	CHECK(take() == XP_TAKEN);
	CHECK(apply("nothing\n") == -EINVAL);
	CHECK(apply("[0x5, 0x64) populated\n") == -EINVAL);
	CHECK(apply("[0x0, 0x64) populated\n[0x65, 0x66) missing\n") == -EINVAL);
	CHECK(apply("[0x0, 0x64) purple\n") == -EINVAL);
	CHECK(apply("[0x64, 0x0) missing\n") == -EINVAL);
	return true;
}

struct test {
	const char *name;
	bool (*run)(void);
};

#define TEST(name) { #name, test_##name }

static const struct test tests[] = {
	TEST(plain),
	TEST(reads_each_frame_once),
	TEST(kinds),
	TEST(whole_reach),
	TEST(max_pfn_within_a_leaf),
	TEST(tree_only),
	TEST(dom0_keeps_a_short_tree),
	TEST(unpublished),
	TEST(entries_are_kept),
	TEST(identity_in_the_list),
	TEST(odd_guest),
	TEST(odd_guest_that_stands_still),
	TEST(never_the_same),
	TEST(settles),
	TEST(each_field_counts),
	TEST(m2p_in_motion),
	TEST(entry_in_motion),
	TEST(frame_goes_at_second_look),
	TEST(frame_goes_before_its_owner_is_told),
	TEST(no_pfns),
	TEST(too_many_pfns),
	TEST(wraps),
	TEST(in_xens_hole),
	TEST(not_canonical),
	TEST(vaddr_within_a_page),
	TEST(unaligned_vaddr),
	TEST(begins_at_the_end_of_a_table),
	TEST(bad_cr3),
	TEST(bad_root),
	TEST(bad_generation),
	TEST(tree_too_small),
	TEST(empty_entry),
	TEST(not_present),
	TEST(beyond_the_machine),
	TEST(unreadable),
	TEST(large_page),
	TEST(cycle),
	TEST(tree_hole),
	TEST(unlike_tree),
	TEST(another_sentinel_in_the_tree),
	TEST(new_leaf_is_not_in_the_tree),
	TEST(shared_leaf),
	TEST(shared_table),
	TEST(table_not_in_list),
	TEST(table_where_no_leaf_is),
	TEST(tail),
	TEST(bad_value),
	TEST(bad_identity),
	TEST(m2p),
	TEST(too_many_in_motion),
	TEST(second_look_is_of_the_same_list),
	TEST(more_pages_than_pfns),
	TEST(not_owned),
	TEST(not_owned_at_second_look),
	TEST(max_pfn_too_high),
	TEST(all_wrong_is_counted),
	TEST(too_little_memory),
	TEST(account_knows_identity),
	TEST(account_disagrees),
	TEST(account_that_ends_early),
	TEST(account_goes_further),
	TEST(account_is_none),
};

#define NR_TESTS	(sizeof(tests) / sizeof(tests[0]))

static bool run(const struct test *test)
{
	bool passed;

	guest = guest_new(RAM);
	guest->reads = 0;
	passed = test->run();
	xp_snapshot_clear(&snapshot);
	guest_free(guest);
	return passed;
}

/* Print a report for programs to check: of a foreign frame and a wrong pfn. */
static int print_sample(const char *form, const char *name)
{
	struct xp_report report = { .name = name };

	guest = guest_new(RAM);
	guest_set(guest, RAM, GUEST_FOREIGN | 1);
	*guest_entry(guest, 9) = guest_mfn(10);
	report.outcome = xp_snapshot_take(&report.snapshot, &guest->source,
					  &by_default);
	if (!strcmp(form, "json"))
		xp_report_json(stdout, &report);
	else
		xp_report_svg(stdout, &report);
	xp_snapshot_clear(&report.snapshot);
	guest_free(guest);
	return 0;
}

int main(int argc, char **argv)
{
	unsigned int n, failed = 0;

	if (argc == 3)
		return print_sample(argv[1], argv[2]);
	setvbuf(stdout, NULL, _IOLBF, 0);
	printf("KTAP version 1\n1..%zu\n", NR_TESTS);
	for (n = 0; n < NR_TESTS; n++) {
		bool passed = run(&tests[n]);

		printf("%s %u %s\n", passed ? "ok" : "not ok", n + 1, tests[n].name);
		failed += !passed;
	}
	return failed != 0;
}
