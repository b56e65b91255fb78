// SPDX-License-Identifier: GPL-2.0-only
/*
 * The pfn space as a picture: rows of equal length, each pixel in the colour of
 * its kind. If several kinds fall on one pixel, the rarer one is shown, so that
 * a lone page in a terabyte is not lost. The number of pixels is fixed, which
 * limits the size of a picture, whatever a guest publishes.
 */
#include <inttypes.h>
#include <string.h>

#include "account.h"
#include "report.h"

#define ROWS		64
#define WIDTH		1024		/* of a row */
#define HEIGHT		10
#define LEFT		120		/* room for the label of a row */
#define TOP		64		/* room for title and legend */

/* If several kinds fall on one pixel, the last of them here is shown. */
static const struct {
	enum xp_kind kind;
	const char *colour;
} colours[] = {
	{ XP_MISSING, "#eeeeee" },
	{ XP_IDENTITY, "#f2c14e" },
	{ XP_POPULATED, "#3b7dd8" },
	{ XP_FOREIGN, "#2f9e5b" },
	{ XP_UNKNOWN, "#d62828" },
};

#define NR_COLOURS	(sizeof(colours) / sizeof(colours[0]))

struct xp_picture {
	uint64_t row;		/* pfns of a row, a power of 2 */
	unsigned int rows;
	unsigned char pixel[ROWS][WIDTH];	/* which colour, plus 1 */
};

static unsigned int colour_of(enum xp_kind kind)
{
	unsigned int n = 0;

	while (colours[n].kind != kind)
		n++;
	return n;
}

static void lay_out(struct xp_picture *picture, uint64_t pfns)
{
	picture->row = WIDTH;
	while (pfns > picture->row * ROWS)
		picture->row *= 2;
	picture->rows = (pfns + picture->row - 1) / picture->row;
}

static void paint(struct xp_picture *picture, const struct xp_run *run)
{
	uint64_t of_pixel = picture->row / WIDTH;
	unsigned char *pixel = &picture->pixel[0][0];
	unsigned char colour = colour_of(run->kind) + 1;
	uint64_t n;

	for (n = run->pfn / of_pixel; n <= (run->end - 1) / of_pixel; n++)
		if (pixel[n] < colour)
			pixel[n] = colour;
}

static void print_row(FILE *file, const struct xp_picture *picture,
		      unsigned int row)
{
	const unsigned char *pixel = picture->pixel[row];
	unsigned int y = TOP + row * (HEIGHT + 2), x, end;

	fprintf(file, "<text x=\"%u\" y=\"%u\" text-anchor=\"end\">%#" PRIx64 "</text>\n",
		LEFT - 8, y + HEIGHT - 1, row * picture->row);
	for (x = 0; x < WIDTH; x = end) {
		for (end = x; end < WIDTH && pixel[end] == pixel[x]; end++)
			;
		if (pixel[x])
			fprintf(file, "<rect x=\"%u\" y=\"%u\" width=\"%u\" height=\"%u\" fill=\"%s\"/>\n",
				LEFT + x, y, end - x, HEIGHT,
				colours[pixel[x] - 1].colour);
	}
}

/* A name may contain anything. */
static void print_text(FILE *file, const char *text)
{
	for (; *text; text++) {
		if (strchr("<>&", *text) || (unsigned char)*text < ' ')
			fprintf(file, "&#%d;", (unsigned char)*text < ' ' ? '?' :
				*text);
		else
			fputc(*text, file);
	}
}

static void print_legend(FILE *file, const struct xp_report *report,
			 const struct xp_picture *picture)
{
	unsigned int n, x = LEFT;

	fprintf(file, "<text x=\"%u\" y=\"20\" font-size=\"14\">domain %u (", LEFT,
		report->state.domid);
	print_text(file, report->name);
	fprintf(file, "): %#" PRIx64 " pfns, %" PRIu64 " MiB per row</text>\n",
		report->snapshot.field[XP_MAX_PFN], picture->row >> 8);
	for (n = 0; n < NR_COLOURS; n++) {
		fprintf(file, "<rect x=\"%u\" y=\"34\" width=\"12\" height=\"12\" fill=\"%s\" stroke=\"#888888\"/>\n"
			"<text x=\"%u\" y=\"44\">%s %" PRIu64 " MiB</text>\n",
			x, colours[n].colour, x + 18,
			xp_kind_name(colours[n].kind),
			report->snapshot.pfns[colours[n].kind] >> 8);
		x += 205;
	}
}

/**
 * xp_report_svg - draw the pfn space
 * @file: where to print it
 * @report: whole
 */
void xp_report_svg(FILE *file, const struct xp_report *report)
{
	const struct xp_snapshot *snapshot = &report->snapshot;
	struct xp_picture picture = { 0 };
	unsigned int row;
	size_t n;

	for (n = 0; n < snapshot->runs.nr; n++) {
		if (!n)
			lay_out(&picture, xp_runs(snapshot)[snapshot->runs.nr - 1].end);
		paint(&picture, &xp_runs(snapshot)[n]);
	}
	fprintf(file, "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%u\" height=\"%u\" font-family=\"monospace\" font-size=\"11\">\n"
		"<rect width=\"100%%\" height=\"100%%\" fill=\"white\"/>\n",
		LEFT + WIDTH + 20, TOP + picture.rows * (HEIGHT + 2) + 10);
	print_legend(file, report, &picture);
	for (row = 0; row < picture.rows; row++)
		print_row(file, &picture, row);
	fprintf(file, "</svg>\n");
}
