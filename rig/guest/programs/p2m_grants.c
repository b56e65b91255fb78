// SPDX-License-Identifier: GPL-2.0-only
/*
 * Shares pages with another domain, through gntalloc or gntdev, and then takes
 * the steps that its arguments name, in order:
 *
 *   p2m_grants grant DOMID PAGES STEP...	grants this many of its own pages
 *   p2m_grants map DOMID REFS BATCH STEP...	maps granted pages, BATCH at a time (0: all)
 *
 *   fill SEED, check SEED	fills or checks all pages with a pattern
 *   refs FILE			writes the references, such as "8-519,700"
 *   touch FILE, wait FILE	signals to and from a shell
 *
 * After the last step the pages are taken back or unmapped.
 */
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

/* gntdev.h needs this. */
#define grant_ref_t	__u32
#define domid_t		__u16

#include <xen/gntalloc.h>
#include <xen/gntdev.h>

#define PAGE		4096UL
#define PAGE_WORDS	(PAGE / sizeof(__u64))
#define MAX_PAGES	65536
#define PATIENCE	7200		/* seconds, longer than any run */

/* The pages, contiguous in memory, and their references. */
static __u64 *memory;
static __u32 refs[MAX_PAGES];
static unsigned int nr;

static void usage(void)
{
	errx(2, "grant DOMID PAGES STEP... | map DOMID REFS BATCH STEP...");
}

static unsigned long parse_number(const char *text, unsigned long max)
{
	unsigned long value;
	char *end;

	errno = 0;
	value = strtoul(text, &end, 0);
	if (errno || end == text || *end || value > max)
		errx(2, "%s: not a number from 0 to %lu", text, max);
	return value;
}

static int device(const char *path)
{
	int fd = open(path, O_RDWR | O_CLOEXEC);

	if (fd < 0)
		err(1, "cannot open %s", path);
	return fd;
}

static void grant_pages(unsigned int domid)
{
	struct ioctl_gntalloc_alloc_gref *op;
	int fd = device("/dev/xen/gntalloc");

	op = calloc(1, sizeof(*op) + nr * sizeof(refs[0]));
	if (!op)
		err(1, "no memory for %u references", nr);
	op->domid = domid;
	op->flags = GNTALLOC_FLAG_WRITABLE;
	op->count = nr;
	if (ioctl(fd, IOCTL_GNTALLOC_ALLOC_GREF, op))
		err(1, "cannot grant %u pages to domain %u", nr, domid);
	memcpy(refs, op->gref_ids, nr * sizeof(refs[0]));

	memory = mmap(NULL, nr * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd,
		      op->index);
	if (memory == MAP_FAILED)
		err(1, "cannot map my own %u granted pages", nr);
	free(op);
}

/* Adds "A" or "A-B", up or down, to the references. */
static void parse_range(char *text)
{
	char *dash = strchr(text, '-');
	__u32 ref, last;

	if (dash)
		*dash = '\0';
	ref = parse_number(text, UINT32_MAX);
	last = dash ? parse_number(dash + 1, UINT32_MAX) : ref;
	for (;;) {
		if (nr == MAX_PAGES)
			errx(2, "more than %u references", MAX_PAGES);
		refs[nr++] = ref;
		if (ref == last)
			return;
		ref += ref < last ? 1 : -1;
	}
}

static void parse_refs(char *text)
{
	char *range;

	while ((range = strsep(&text, ",")))
		parse_range(range);
}

static void map_batch(int fd, unsigned int domid, unsigned int first,
		      unsigned int count, __u64 *index)
{
	struct ioctl_gntdev_map_grant_ref *op;
	unsigned int i;

	op = calloc(1, sizeof(*op) + count * sizeof(op->refs[0]));
	if (!op)
		err(1, "no memory for a batch of %u", count);
	op->count = count;
	for (i = 0; i < count; i++) {
		op->refs[i].domid = domid;
		op->refs[i].ref = refs[first + i];
	}
	if (ioctl(fd, IOCTL_GNTDEV_MAP_GRANT_REF, op))
		err(1, "gntdev does not accept pages %u+%u of domain %u", first,
		    count, domid);
	*index = op->index;
	if (mmap(memory + first * PAGE_WORDS, count * PAGE,
		 PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, fd,
		 op->index) == MAP_FAILED)
		err(1, "cannot map pages %u+%u of domain %u", first, count,
		    domid);
	free(op);
}

static void unmap_batch(int fd, unsigned int first, unsigned int count,
			__u64 index)
{
	struct ioctl_gntdev_unmap_grant_ref op = {
		.index = index,
		.count = count,
	};

	if (munmap(memory + first * PAGE_WORDS, count * PAGE))
		err(1, "cannot unmap pages %u+%u", first, count);
	if (ioctl(fd, IOCTL_GNTDEV_UNMAP_GRANT_REF, &op))
		err(1, "gntdev does not release pages %u+%u", first, count);
}

static void step_fill(const char *arg)
{
	__u64 seed = parse_number(arg, UINT16_MAX);
	unsigned int i, word;

	for (i = 0; i < nr; i++)
		for (word = 0; word < PAGE_WORDS; word++)
			memory[i * PAGE_WORDS + word] =
				seed << 48 | (__u64)i << 16 | word;
}

static void step_check(const char *arg)
{
	__u64 seed = parse_number(arg, UINT16_MAX), found, expected;
	unsigned int i, word;

	for (i = 0; i < nr; i++) {
		for (word = 0; word < PAGE_WORDS; word++) {
			found = memory[i * PAGE_WORDS + word];
			expected = seed << 48 | (__u64)i << 16 | word;
			if (found != expected)
				errx(1, "page %u of %u, word %u: %#llx, expected %#llx",
				     i, nr, word, found,
				     expected);
		}
	}
}

/* The slot after the run of references that begins at @first. */
static unsigned int end_of_run(unsigned int first)
{
	unsigned int end = first + 1;

	if (end == nr || (refs[end] != refs[first] + 1 &&
			  refs[end] != refs[first] - 1))
		return end;
	while (end < nr &&
	       refs[end] - refs[end - 1] == refs[first + 1] - refs[first])
		end++;
	return end;
}

static void step_refs(const char *path)
{
	FILE *file = fopen(path, "w");
	unsigned int first, end;

	if (!file)
		err(1, "cannot write %s", path);
	for (first = 0; first < nr; first = end) {
		end = end_of_run(first);
		fprintf(file, first ? ",%u" : "%u", refs[first]);
		if (end > first + 1)
			fprintf(file, "-%u", refs[end - 1]);
	}
	fputc('\n', file);
	if (fclose(file))
		err(1, "cannot write %s", path);
}

static void step_touch(const char *path)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

	if (fd < 0)
		err(1, "cannot touch %s", path);
	close(fd);
}

static void step_wait(const char *path)
{
	unsigned int left = PATIENCE * 20;

	while (access(path, F_OK)) {
		if (!left--)
			errx(1, "%s did not appear within %u s", path, PATIENCE);
		usleep(50000);
	}
}

static const struct step {
	const char *name;
	void (*take)(const char *arg);
} known[] = {
	{ "fill", step_fill },
	{ "check", step_check },
	{ "refs", step_refs },
	{ "touch", step_touch },
	{ "wait", step_wait },
	{ }
};

static void take_step(const char *name, const char *arg)
{
	const struct step *step = known;

	while (step->name && strcmp(step->name, name))
		step++;
	if (!step->name)
		errx(2, "no such step: %s", name);
	step->take(arg);
}

static void take_steps(char **argv)
{
	for (; argv[0]; argv += 2) {
		if (!argv[1])
			errx(2, "%s: needs an argument", argv[0]);
		take_step(argv[0], argv[1]);
	}
}

static unsigned int batch_at(unsigned int first, unsigned int batch)
{
	return batch < nr - first ? batch : nr - first;
}

static void map_and_take_steps(unsigned int domid, unsigned int batch,
			       char **steps)
{
	int fd = device("/dev/xen/gntdev");
	__u64 *index = calloc(nr, sizeof(*index));
	unsigned int i;

	memory = mmap(NULL, nr * PAGE, PROT_NONE,
		      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (memory == MAP_FAILED || !index)
		err(1, "no address space for %u pages", nr);
	for (i = 0; i < nr; i += batch)
		map_batch(fd, domid, i, batch_at(i, batch), &index[i]);
	take_steps(steps);
	for (i = 0; i < nr; i += batch)
		unmap_batch(fd, i, batch_at(i, batch), index[i]);
}

int main(int argc, char **argv)
{
	if (argc >= 4 && !strcmp(argv[1], "grant")) {
		nr = parse_number(argv[3], MAX_PAGES);
		grant_pages(parse_number(argv[2], UINT16_MAX));
		take_steps(argv + 4);
	} else if (argc >= 5 && !strcmp(argv[1], "map")) {
		unsigned int batch = parse_number(argv[4], MAX_PAGES);

		parse_refs(argv[3]);
		map_and_take_steps(parse_number(argv[2], UINT16_MAX),
				   batch ?: nr, argv + 5);
	} else {
		usage();
	}

	return 0;
}
