// SPDX-License-Identifier: GPL-2.0-only
/*
 * A made-up guest.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "guest.h"
#include "view.h"

#define FLAGS	0x8000000000000063ULL	/* present, written, NX */

static uint64_t pte_of(uint64_t mfn)
{
	return mfn << 12 | FLAGS;
}

static uint64_t mfn_of(uint64_t entry)
{
	return entry << 12 >> 24;
}

/* Not the identity, and not monotonic. */
uint64_t guest_mfn(uint64_t pfn)
{
	return GUEST_FIRST_MFN + (pfn ^ 5);
}

uint64_t *guest_word(struct guest *guest, uint64_t mfn, unsigned int at)
{
	assert(mfn <= guest->source.max_mfn);
	if (!guest->memory[mfn])
		guest->memory[mfn] = calloc(1, sizeof(*guest->memory[mfn]));
	return &(*guest->memory[mfn])[at];
}

/* A page of RAM for a table, full of zeroes. */
uint64_t guest_page(struct guest *guest)
{
	assert(guest->next);
	return guest_mfn(--guest->next);
}

static uint64_t full_page(struct guest *guest, uint64_t value)
{
	uint64_t mfn = guest_page(guest);
	unsigned int n;

	for (n = 0; n < XP_SLOTS; n++)
		*guest_word(guest, mfn, n) = value;
	return mfn;
}

static uint64_t copied_page(struct guest *guest, uint64_t from)
{
	uint64_t mfn = guest_page(guest);

	memcpy(guest_word(guest, mfn, 0), guest_word(guest, from, 0),
	       sizeof(*guest->memory[mfn]));
	return mfn;
}

/* The word of a level, 4 for the root, that leads to a pfn's entry. */
uint64_t *guest_table_word(struct guest *guest, unsigned int level, uint64_t pfn)
{
	uint64_t slot = ((guest->field[XP_VADDR] >> 3) + pfn) %
			XP_ADDRESS_SLOTS;
	uint64_t mfn = guest->field[XP_CR3] >> 12;
	unsigned int at = 4;

	for (;; at--) {
		uint64_t *word = guest_word(guest, mfn,
					    slot >> (9 * at) & 511);

		if (at == level)
			return word;
		mfn = mfn_of(*word);
	}
}

/* The word of a level of the tree, 2 for the top. */
uint64_t *guest_tree_word(struct guest *guest, unsigned int level, uint64_t pfn)
{
	uint64_t mfn = guest->field[XP_FRAME_LIST_LIST];

	if (level == 1)
		mfn = *guest_tree_word(guest, 2, pfn);
	return guest_word(guest, mfn, pfn >> (9 * level) & 511);
}

uint64_t *guest_entry(struct guest *guest, uint64_t pfn)
{
	return guest_word(guest, mfn_of(*guest_table_word(guest, 1, pfn)),
			  pfn % XP_SLOTS);
}

/* Replace a sentinel by a copy of its own for this pfn. */
static void own_table(struct guest *guest, unsigned int level, uint64_t pfn,
		      uint64_t sentinel)
{
	uint64_t *word = guest_table_word(guest, level, pfn);

	if (mfn_of(*word) == sentinel)
		*word = pte_of(copied_page(guest, sentinel));
}

static void set_tree(struct guest *guest, uint64_t pfn, uint64_t leaf)
{
	uint64_t *word;

	if (pfn >= XP_TREE_SLOTS)
		return;
	word = guest_tree_word(guest, 2, pfn);
	if (*word == guest->mid)
		*word = copied_page(guest, guest->mid);
	*guest_tree_word(guest, 1, pfn) = leaf;
}

void guest_set(struct guest *guest, uint64_t pfn, uint64_t value)
{
	own_table(guest, 3, pfn, guest->pmd);
	own_table(guest, 2, pfn, guest->pte);
	own_table(guest, 1, pfn, guest->leaf);
	set_tree(guest, pfn, mfn_of(*guest_table_word(guest, 1, pfn)));
	*guest_entry(guest, pfn) = value;
	pfn = (pfn | (XP_SLOTS - 1)) + 1;
	if (guest->field[XP_MAX_PFN] < pfn)
		guest->field[XP_MAX_PFN] = pfn;
}

static uint64_t source_field(void *ctx, enum xp_field field)
{
	struct guest *guest = ctx;

	if (guest->on_field)
		guest->on_field(guest, field);
	return guest->field[field];
}

static int source_read(void *ctx, unsigned int nr, const uint64_t mfn[],
		       uint64_t page[][XP_SLOTS], bool failed[])
{
	struct guest *guest = ctx;
	unsigned int n;

	guest->reads += nr;
	for (n = 0; n < nr; n++) {
		assert(mfn[n] <= guest->source.max_mfn);
		failed[n] = !guest->memory[mfn[n]];
		if (!failed[n])
			memcpy(page[n], guest->memory[mfn[n]], sizeof(page[n]));
	}
	return 0;
}

static int source_m2p(void *ctx, unsigned int nr, const uint64_t mfn[],
		      uint64_t pfn[])
{
	struct guest *guest = ctx;
	unsigned int n;

	if (guest->on_question)
		guest->on_question(guest);
	for (n = 0; n < nr; n++) {
		assert(mfn[n] <= guest->source.max_mfn);
		pfn[n] = guest->m2p[mfn[n]];
	}
	return 0;
}

static int source_owned(void *ctx, unsigned int nr, const uint64_t mfn[],
			bool owned[])
{
	struct guest *guest = ctx;
	unsigned int n;

	if (guest->on_question)
		guest->on_question(guest);
	for (n = 0; n < nr; n++) {
		assert(mfn[n] <= guest->source.max_mfn);
		owned[n] = mfn[n] != guest->not_owned;
	}
	return 0;
}

static int source_wait(void *ctx, unsigned int attempt)
{
	struct guest *guest = ctx;

	assert(attempt);
	guest->waits++;
	if (guest->on_wait)
		guest->on_wait(guest);
	return 0;
}

static void build_list(struct guest *guest)
{
	unsigned int n, top = (GUEST_VADDR >> 39) % XP_SLOTS;
	uint64_t root, pud;

	guest->leaf = full_page(guest, XP_ONES);
	guest->pte = full_page(guest, pte_of(guest->leaf));
	guest->pmd = full_page(guest, pte_of(guest->pte));
	root = guest_page(guest);
	pud = guest_page(guest);
	*guest_word(guest, root, top) = pte_of(pud);
	for (n = 0; n < GUEST_REACH >> 27; n++)
		*guest_word(guest, pud, n) = pte_of(guest->pmd);
	guest->field[XP_CR3] = root << 12;
	guest->field[XP_VADDR] = GUEST_VADDR;
	guest->field[XP_GENERATION] = 4;
}

static void build_tree(struct guest *guest)
{
	guest->mid = full_page(guest, guest->leaf);
	guest->field[XP_FRAME_LIST_LIST] = full_page(guest, guest->mid);
}

/* @ram: pfns, a multiple of 512 */
struct guest *guest_new(uint64_t ram)
{
	struct guest *guest = calloc(1, sizeof(*guest));
	uint64_t max_mfn = GUEST_FIRST_MFN + ram + 8, pfn;

	guest->source = (struct xp_source){
		.ctx = guest,
		.max_mfn = max_mfn,
		.field = source_field,
		.read = source_read,
		.m2p = source_m2p,
		.owned = source_owned,
		.wait = source_wait,
	};
	guest->next = ram - GUEST_LAST;
	guest->memory = calloc(max_mfn + 1, sizeof(*guest->memory));
	guest->m2p = calloc(max_mfn + 1, sizeof(*guest->m2p));
	guest->not_owned = XP_ONES;
	build_list(guest);
	build_tree(guest);
	for (pfn = 0; pfn < ram; pfn++) {
		guest->m2p[guest_mfn(pfn)] = pfn;
		guest_set(guest, pfn, guest_mfn(pfn));
	}
	return guest;
}

void guest_free(struct guest *guest)
{
	uint64_t mfn;

	for (mfn = 0; mfn <= guest->source.max_mfn; mfn++)
		free(guest->memory[mfn]);
	free(guest->memory);
	free(guest->m2p);
	free(guest);
}
