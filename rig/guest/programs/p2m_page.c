// SPDX-License-Identifier: GPL-2.0-only
/*
 * A page with contents of its own, for others to find: fills it from a seed,
 * says where it is (process and address) and keeps a copy in a file.
 * Stays until killed.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#define PAGE 4096

static void fill(uint64_t *page, uint64_t seed)
{
	for (int n = 0; n < PAGE / 8; n++) {
		seed = seed * 6364136223846793005u + 1442695040888963407u;
		page[n] = seed;
	}
}

static int keep(const char *path, const void *page)
{
	FILE *file = fopen(path, "w");

	if (!file || fwrite(page, PAGE, 1, file) != 1 || fclose(file)) {
		perror(path);
		return -1;
	}

	return 0;
}

int main(int argc, char **argv)
{
	void *page;

	if (argc != 3) {
		fprintf(stderr, "usage: p2m_page SEED FILE\n");
		return 2;
	}
	page = mmap(NULL, PAGE, PROT_READ | PROT_WRITE,
		    MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
	if (page == MAP_FAILED) {
		perror("mmap");
		return 1;
	}
	fill(page, strtoull(argv[1], NULL, 16));
	if (keep(argv[2], page))
		return 1;

	printf("%d %lx\n", getpid(), (unsigned long)page);
	fflush(stdout);
	for (;;)
		pause();
}
