/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A made-up guest: some RAM, and in it a linear list with sentinels and a frame
 * tree, all of which tests may spoil.
 */
#ifndef XP_TEST_GUEST_H
#define XP_TEST_GUEST_H

#include "source.h"

#define GUEST_VADDR	0xffffc90000000000ULL
#define GUEST_REACH	(1ULL << 34)		/* pfns, 64 TiB */
#define GUEST_FIRST_MFN	0x1000			/* what is below is not RAM */
#define GUEST_LAST	64			/* pfns at the end of RAM, never tables */
#define GUEST_FOREIGN	(1ULL << 63)
#define GUEST_IDENTITY	(1ULL << 62)

/**
 * struct guest - a made-up guest
 * @source: how it is read
 * @next: the pfns below this one become tables, from the last on
 * @field: what it publishes
 * @memory: pages by mfn, NULL where nothing was stored
 * @m2p: by mfn
 * @not_owned: an mfn that is not the guest's
 * @reads: frames that were read
 * @waits: how often the reader has let the guest run
 * @on_field: called before each load of a field, may change anything
 * @on_question: called before Xen answers a question about frames
 * @on_wait: called when the reader lets the guest run
 * @leaf: mfn of the sentinel leaf
 * @pte: mfn of the sentinel PTE table
 * @pmd: mfn of the sentinel PMD table
 * @mid: mfn of the tree's missing mid page
 */
struct guest {
	struct xp_source source;
	uint64_t next;
	uint64_t field[XP_NR_FIELDS];
	uint64_t (**memory)[XP_SLOTS];
	uint64_t *m2p;
	uint64_t not_owned;
	uint64_t reads;
	unsigned int waits;
	void (*on_field)(struct guest *guest, enum xp_field field);
	void (*on_question)(struct guest *guest);
	void (*on_wait)(struct guest *guest);

	uint64_t leaf, pte, pmd, mid;
};

struct guest *guest_new(uint64_t ram);
void guest_free(struct guest *guest);
uint64_t guest_mfn(uint64_t pfn);
uint64_t guest_page(struct guest *guest);
uint64_t *guest_word(struct guest *guest, uint64_t mfn, unsigned int at);
uint64_t *guest_table_word(struct guest *guest, unsigned int level, uint64_t pfn);
uint64_t *guest_entry(struct guest *guest, uint64_t pfn);
uint64_t *guest_tree_word(struct guest *guest, unsigned int level, uint64_t pfn);
void guest_set(struct guest *guest, uint64_t pfn, uint64_t value);

#endif /* XP_TEST_GUEST_H */
