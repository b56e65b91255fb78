/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where the words of a guest come from.  The walker and the checks know
 * nothing else of the world, so that they can be fed from a running Xen
 * (xen.c), from a made-up guest (test/) and from a fuzzer alike.
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
 * @domain0: nobody saves or dumps this domain
 * @field: one 8-byte load of a published field
 * @read: copies @nr frames of the guest, each word by one 8-byte load.
 *	@failed[n] is set where the n-th frame is not the guest's to be read.
 * @m2p: what the machine-to-physical table says of @nr frames, each at most
 *	@max_mfn
 * @owned: whether @nr frames, each at most @max_mfn, are the guest's
 * @wait: lets the guest go on for a moment, longer with each @attempt
 * @progress: @done of @all steps are done; all of them may take a while
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
