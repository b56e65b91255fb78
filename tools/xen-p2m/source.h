/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where the words of a guest come from.  The walker and the checks see nothing
 * but this interface, so they work the same on a running Xen (xen.c), on a
 * made-up guest (test/) and on a fuzzer's input.
 */
#ifndef XP_SOURCE_H
#define XP_SOURCE_H

#include <stdbool.h>
#include <stdint.h>

#define XP_SLOTS	512	/* 8-byte words of a page */
#define XP_ONES		UINT64_MAX

/* What a guest publishes in its struct arch_shared_info. */
enum xp_field {
	XP_MAX_PFN,
	XP_FRAME_LIST_LIST,
	XP_CR3,
	XP_VADDR,
	XP_GENERATION,
	XP_NR_FIELDS,
};

/**
 * struct xp_source - a guest as a reader sees it
 * @ctx: handed to each operation
 * @max_mfn: the highest frame number of the machine
 * @domain0: this is dom0, which nobody saves or dumps
 * @field: load a published field, by one 8-byte load
 * @read: copy @nr frames of the guest, each word by one 8-byte load.  Set
 *	@failed[n] if the n-th frame is not one that the guest may read.
 * @m2p: look up the pfns of @nr frames, each at most @max_mfn, in the
 *	machine-to-physical table
 * @owned: tell whether each of @nr frames, at most @max_mfn, is the guest's
 * @wait: let the guest run for a moment, longer with each @attempt
 * @progress: called now and then in a long reading, when @done of @all steps
 *	are done; may be NULL
 *
 * @read, @m2p, @owned and @wait return 0 or a negative errno, which ends the
 * reading.
 */
struct xp_source {
	void *ctx;
	uint64_t max_mfn;
	bool domain0;
	uint64_t (*field)(void *ctx, enum xp_field field);
	int (*read)(void *ctx, unsigned int nr, const uint64_t mfn[],
		    uint64_t page[][XP_SLOTS], bool failed[]);
	int (*m2p)(void *ctx, unsigned int nr, const uint64_t mfn[],
		   uint64_t pfn[]);
	int (*owned)(void *ctx, unsigned int nr, const uint64_t mfn[],
		     bool owned[]);
	int (*wait)(void *ctx, unsigned int attempt);
	void (*progress)(void *ctx, uint64_t done, uint64_t all);
};

#endif /* XP_SOURCE_H */
