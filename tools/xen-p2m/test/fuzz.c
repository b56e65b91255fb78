// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tests the reader on guests that lie: an input is a program that lays out some
 * frames, published fields and an m2p, and says what changes while they are
 * read. Whatever it says, the reading must end, ask for no frame beyond the
 * machine, keep within the memory that it was given, and give a consistent
 * result that agrees with a simple walk for single pfns. Sanitizers catch the
 * rest.
 *
 * Fuzzing engines call LLVMFuzzerTestOneInput(). Run by itself, the program
 * makes inputs from a seed: fuzz INPUTS SEED. An input that fails is printed.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "account.h"
#include "report.h"
#include "snapshot.h"

#define FRAMES		24	/* that can be read: mfns 1.. */
#define MAX_MFN		40	/* those above FRAMES cannot be read */
#define MAX_SUSPECTS	4096	/* that a check looks at again */
#define MEMORY		(1 << 19)
#define ATTEMPTS	3
#define SAMPLES		8	/* pfns that are walked to one by one */

#define LARGEST_INPUT	600

struct input {
	const uint8_t *data;
	size_t left;
};

static uint64_t frame[FRAMES][XP_SLOTS];
static uint64_t field[XP_NR_FIELDS];
static uint64_t m2p[MAX_MFN + 1];
static unsigned int changes[ATTEMPTS * 4 * XP_NR_FIELDS];
static unsigned int loads, reads;
static unsigned long taken, clean;
static struct input input;
static uint8_t current[LARGEST_INPUT];
static size_t current_size;

static void fail(const char *what)
{
	size_t n;

	printf("# %s; the input:", what);
	for (n = 0; n < current_size; n++)
		printf(" %02x", current[n]);
	printf("\n");
	abort();
}

static unsigned int byte(void)
{
	if (!input.left)
		return 0;
	input.left--;
	return *input.data++;
}

/* Values that mean something, and values that do not. */
static uint64_t value(void)
{
	unsigned int how = byte(), what = byte();
	uint64_t mfn = 1 + what % FRAMES;

	switch (how % 16) {
	case 0:
		return 0;
	case 1: case 2:
		return XP_ONES;
	case 3: case 4: case 5: case 6:
		return mfn << 12 | 0x8000000000000063ULL;
	case 7:
		return mfn << 12 | 0xe3;		/* a large page */
	case 8:
		return mfn << 12;			/* not present */
	case 9: case 10: case 11:
		return mfn;
	case 12:
		return 1ULL << 63 | what;
	case 13:
		return 1ULL << 62 | what;
	case 14:
		return 1ULL << (what % 64);
	default:
		return (MAX_MFN - 2 + what % 4) << (how & 16 ? 12 : 0) | 1;
	}
}

static void lay_out_frame(uint64_t *words)
{
	uint64_t fill = value();
	unsigned int n, patches = byte() % 8, at;

	for (n = 0; n < XP_SLOTS; n++)
		words[n] = fill;
	while (patches--) {
		at = byte() << 1 | (patches & 1);
		words[at] = value();
	}
}

static void lay_out_fields(void)
{
	static const uint64_t bases[] = {
		0xffffc9003ffff000, 0xffffc90000200000, 0, 0xffff800000000000,
		0xffff888000000000, 0xfffffffffffff000, 0x00007ffffffff000,
		0xffffc90000000008,
	};
	unsigned int how = byte();

	field[XP_MAX_PFN] = 512 + byte() * 64;
	if (how & 1)
		field[XP_MAX_PFN] <<= byte() % 50;
	field[XP_CR3] = how & 2 ? value() : (1 + byte() % FRAMES) << 12;
	field[XP_VADDR] = how & 4 ? bases[byte() % 8] : 0xffffc90000000000;
	field[XP_FRAME_LIST_LIST] = how & 8 ? value() : 1 + byte() % FRAMES;
	field[XP_GENERATION] = how & 16 ? value() : byte() & ~1;
	if (how & 32)
		field[XP_CR3] = 0;
}

static void lay_out(const uint8_t *data, size_t size)
{
	unsigned int n, at;

	current_size = size < LARGEST_INPUT ? size : LARGEST_INPUT;
	memcpy(current, data, current_size);
	input = (struct input){ current, current_size };
	lay_out_fields();
	memset(changes, 0, sizeof(changes));
	for (n = byte() % 4; n > 0; n--) {
		at = byte() % (sizeof(changes) / sizeof(changes[0]));
		changes[at] = byte();
	}
	for (n = 0; n <= MAX_MFN; n++)
		m2p[n] = n * 3;
	for (n = byte() % 8; n > 0; n--) {
		at = byte() % (MAX_MFN + 1);
		m2p[at] = value();
	}
	for (n = 0; n < FRAMES; n++)
		lay_out_frame(frame[n]);
	loads = reads = 0;
}

static uint64_t source_field(void *ctx, enum xp_field which)
{
	(void)ctx;
	if (loads >= sizeof(changes) / sizeof(changes[0]))
		fail("too many loads");
	field[which] += changes[loads++];
	return field[which];
}

static int source_read(void *ctx, unsigned int nr, const uint64_t mfn[],
		       uint64_t page[][XP_SLOTS], bool failed[])
{
	unsigned int n;

	(void)ctx;
	reads += nr;
	for (n = 0; n < nr; n++) {
		if (mfn[n] > MAX_MFN)
			fail("a frame beyond the machine was read");
		failed[n] = !mfn[n] || mfn[n] > FRAMES;
		if (!failed[n])
			memcpy(page[n], frame[mfn[n] - 1], sizeof(page[n]));
	}
	return 0;
}

static int source_m2p(void *ctx, unsigned int nr, const uint64_t mfn[],
		      uint64_t pfn[])
{
	unsigned int n;

	(void)ctx;
	for (n = 0; n < nr; n++) {
		if (mfn[n] > MAX_MFN)
			fail("m2p was asked for a frame beyond the machine");
		pfn[n] = m2p[mfn[n]];
	}
	return 0;
}

static int source_owned(void *ctx, unsigned int nr, const uint64_t mfn[],
			bool owned[])
{
	unsigned int n;

	(void)ctx;
	for (n = 0; n < nr; n++) {
		if (mfn[n] > MAX_MFN)
			fail("a frame beyond the machine was asked for");
		owned[n] = mfn[n] % 7;
	}
	return 0;
}

static int source_wait(void *ctx, unsigned int attempt)
{
	(void)ctx;
	(void)attempt;
	return 0;
}

static const struct xp_source source = {
	.max_mfn = MAX_MFN,
	.field = source_field,
	.read = source_read,
	.m2p = source_m2p,
	.owned = source_owned,
	.wait = source_wait,
};

/* Walk from what was published to the entry of a pfn, if it can be reached. */
static bool walk(const struct xp_snapshot *snapshot, uint64_t pfn,
		 uint64_t *entry)
{
	unsigned int level = snapshot->has_list ? 4 : 2;
	uint64_t slot = snapshot->has_list ?
		(snapshot->field[XP_VADDR] >> 3) % XP_ADDRESS_SLOTS + pfn : pfn;
	uint64_t mfn = snapshot->has_list ? snapshot->field[XP_CR3] >> 12 :
					    snapshot->field[XP_FRAME_LIST_LIST];

	for (;; level--) {
		if (!mfn || mfn > FRAMES)
			return false;
		*entry = frame[mfn - 1][slot >> (9 * level) & 511];
		if (!level)
			return true;
		if (snapshot->has_list) {
			if (!(*entry & 1) || (level > 1 && *entry & 0x80))
				return false;
			mfn = *entry << 12 >> 24;
		} else {
			mfn = *entry;
		}
	}
}

static enum xp_kind kind_of(const struct xp_snapshot *snapshot, uint64_t pfn)
{
	const struct xp_run *run = xp_runs(snapshot);
	size_t from = 0, to = snapshot->runs.nr;

	while (to - from > 1) {
		size_t mid = (from + to) / 2;

		if (run[mid].pfn <= pfn)
			from = mid;
		else
			to = mid;
	}
	return run[from].kind;
}

/* A pfn is also unknown if its table or leaf is shared and should not be. */
static void compare(const struct xp_snapshot *snapshot, uint64_t pfn)
{
	enum xp_kind kind = kind_of(snapshot, pfn), wanted = XP_UNKNOWN;
	uint64_t entry;

	if (walk(snapshot, pfn, &entry))
		wanted = xp_entry_kind(entry, MAX_MFN);
	if (kind != wanted && (kind != XP_UNKNOWN ||
			       !xp_violations(&snapshot->findings)))
		fail("a pfn is not what a simple walk says");
}

static void check_runs(const struct xp_snapshot *snapshot, uint64_t pfns)
{
	const struct xp_run *run = xp_runs(snapshot);
	uint64_t end = 0;
	size_t n;

	for (n = 0; n < snapshot->runs.nr; n++) {
		if (run[n].pfn != end || run[n].end <= end)
			fail("runs with gaps");
		if (n && run[n].kind == run[n - 1].kind)
			fail("two runs of a kind");
		end = run[n].end;
	}
	if (end != pfns)
		fail("runs do not cover all pfns");
}

static void check_snapshot(struct xp_snapshot *snapshot)
{
	struct xp_report report = {
		.name = "fuzz", .snapshot = *snapshot, .outcome = XP_TAKEN,
	};
	struct xp_view *view = xp_snapshot_view(snapshot);
	static FILE *nowhere;
	uint64_t pfns, n;

	if (!nowhere)
		nowhere = fopen("/dev/null", "w");
	if (view) {
		pfns = view->end - view->base;
		check_runs(snapshot, pfns);
		for (n = 0; n < SAMPLES; n++) {
			compare(snapshot, n * 511 % pfns);
			compare(snapshot, pfns - 1 - n * 511 % pfns);
		}
	}
	xp_report_text(nowhere, &report);
	xp_report_json(nowhere, &report);
	xp_report_findings(nowhere, &report);
	xp_report_entries(nowhere, &report);
	if (reads % 16 == 0)		/* drawing is slow */
		xp_report_svg(nowhere, &report);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct xp_options options = {
		.attempts = ATTEMPTS,
		.memory = MEMORY,
		.still = size & 1,
		.check = size & 2,
		.keep_entries = size & 4,
	};
	struct xp_snapshot snapshot = { 0 };
	int outcome;

	lay_out(data, size);
	outcome = xp_snapshot_take(&snapshot, &source, &options);
	/* Each frame once for each level that it is at, and two more looks at each suspect. */
	if (reads > ATTEMPTS * ((MAX_MFN + 1) * (XP_LIST_LEVELS + XP_TREE_LEVELS) +
				2 * MAX_SUSPECTS))
		fail("too many frames were read");
	if (outcome < 0 && outcome != -ENOMEM)
		fail("an error that the source did not return");
	if (outcome == XP_TAKEN || outcome == XP_ODD) {
		taken++;
		clean += !xp_violations(&snapshot.findings);
		check_snapshot(&snapshot);
	}
	xp_snapshot_clear(&snapshot);
	if (snapshot.budget.left != MEMORY)
		fail("not all memory was freed");
	return 0;
}

#ifndef FUZZING_ENGINE
static uint64_t state;

/* xorshift64*: the same inputs for the same seed, everywhere. */
static uint32_t random_number(void)
{
	state ^= state >> 12;
	state ^= state << 25;
	state ^= state >> 27;
	return state * 0x2545f4914f6cdd1dULL >> 32;
}

/*
 * Valid tables are rare among random ones, so most inputs begin as a list that
 * is valid, except for the values of its entries.
 */
static void good_beginning(uint8_t *data)
{
	static const uint8_t beginning[] = {
		/* 1792 pfns, L4 is frame 1, the top of the tree frame 9. */
		0, 20, 0, 8, 4, 0, 0,
		3, 1, 0,			/* L4, filled with frame 2 */
		3, 2, 0,			/* L3 */
		3, 3, 0,			/* L2 */
		3, 4, 2, 0, 3, 5, 1, 3, 6,	/* L1: frame 5; 6 and 7 in 1, 2 */
		1, 0, 0,			/* a leaf of ones */
		1, 0, 1, 4, 9, 3,		/* a leaf with a frame */
		12, 9, 2, 4, 13, 8, 2, 1, 0,	/* a leaf with foreign frames */
		1, 0, 0,
		9, 9, 0,			/* the tree, filled with frame 10 */
		9, 4, 2, 0, 9, 5, 1, 9, 6,	/* its middle, as L1 */
	};

	memcpy(data, beginning, sizeof(beginning));
}

static size_t make_input(uint8_t *data)
{
	size_t size = 8 + random_number() % (LARGEST_INPUT - 8), n;

	for (n = 0; n < size; n++)
		data[n] = random_number() >> 8;
	if (size > 80 && random_number() % 4) {
		good_beginning(data);
		for (n = random_number() % 4; n > 0; n--)
			data[random_number() % 50] = random_number() >> 8;
	}
	return size;
}

int main(int argc, char **argv)
{
	unsigned long inputs = argc > 1 ? strtoul(argv[1], NULL, 0) : 100000, n;
	unsigned long seed = argc > 2 ? strtoul(argv[2], NULL, 0) : 1;
	static uint8_t data[LARGEST_INPUT];

	state = seed * 0x9e3779b97f4a7c15ULL + 1;
	setvbuf(stdout, NULL, _IOLBF, 0);
	printf("KTAP version 1\n1..1\n");
	for (n = 0; n < inputs; n++) {
		LLVMFuzzerTestOneInput(data, make_input(data));
		if ((n + 1) % 250000 == 0)
			fprintf(stderr, "fuzz: %lu of %lu inputs\n", n + 1, inputs);
	}
	printf("# %lu inputs, seed %lu: %lu snapshots, %lu without a violation\n",
	       inputs, seed, taken, clean);
	printf("%s 1 fuzz\n", taken && clean ? "ok" : "not ok");
	return !(taken && clean);
}
#endif
