// SPDX-License-Identifier: MIT
/* Tables for people; see table.h. */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "toolchain/common/cli.h"
#include "toolchain/common/table.h"

struct table {
	const struct table_column *columns;
	unsigned int count;
	char **cells; /* row by row */
	size_t used;
};

static _Noreturn void no_memory(void)
{
	exit(complain("no memory"));
}

struct table *table_new(const struct table_column *columns, unsigned int count)
{
	struct table *t = calloc(1, sizeof(*t));

	if (!t)
		no_memory();
	t->columns = columns;
	t->count = count;
	return t;
}

void table_cell(struct table *t, const char *format, ...)
{
	char **more = realloc(t->cells, (t->used + 1) * sizeof(*more));
	va_list args;
	int n;

	if (!more)
		no_memory();
	t->cells = more;
	va_start(args, format);
	n = vasprintf(&t->cells[t->used], format, args);
	va_end(args);
	if (n < 0)
		no_memory();
	t->used++;
}

/* ---- Printing ---------------------------------------------------------- */

/* Of a line; 0: any. */
static unsigned int line_width(void)
{
	const char *columns = getenv("COLUMNS");
	struct winsize size;

	if (columns && atoi(columns) > 0)
		return atoi(columns);
	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0)
		return size.ws_col;
	return 0;
}

static size_t column_width(const struct table *t, unsigned int column)
{
	size_t width = strlen(t->columns[column].title);

	for (size_t i = column; i < t->used; i += t->count)
		if (strlen(t->cells[i]) > width)
			width = strlen(t->cells[i]);
	return width;
}

/* One line; cells NULL: the titles. */
static void print_line(const struct table *t, const size_t *width,
		       char *const *cells, unsigned int most)
{
	unsigned int used = 0;

	for (unsigned int c = 0; c < t->count; c++) {
		const char *text = cells ? cells[c] : t->columns[c].title;
		int cell = (int)width[c];

		if (c + 1 == t->count)
			printf("%.*s\n",
			       most ? (int)(most > used ? most - used : 0)
				    : (int)strlen(text),
			       text);
		else
			printf("%*s ", t->columns[c].right ? cell : -cell,
			       text);
		used += cell + 1;
	}
}

void table_print(struct table *t)
{
	size_t *width = calloc(t->count, sizeof(*width));
	unsigned int most = line_width();

	if (!width)
		no_memory();
	for (unsigned int c = 0; c < t->count; c++)
		width[c] = column_width(t, c);
	print_line(t, width, NULL, most);
	for (size_t i = 0; i + t->count <= t->used; i += t->count)
		print_line(t, width, t->cells + i, most);
	for (size_t i = 0; i < t->used; i++)
		free(t->cells[i]);
	free(width);
	free(t->cells);
	free(t);
}

/* ---- Numbers ----------------------------------------------------------- */

static const char *short_number(uint64_t n, unsigned int unit,
				const char *letters, char *text)
{
	double value = (double)n;

	if (n < 100000) {
		snprintf(text, TABLE_NUMBER_BYTES, "%" PRIu64, n);
		return text;
	}
	while (value >= 1000 && letters[1]) {
		value /= unit;
		letters++;
	}
	snprintf(text, TABLE_NUMBER_BYTES, value < 10 ? "%.1f%c" : "%.0f%c",
		 value, *letters);
	return text;
}

const char *table_number(uint64_t n, char text[TABLE_NUMBER_BYTES])
{
	return short_number(n, 1000, " kMGTPE", text);
}

const char *table_bytes(uint64_t n, char text[TABLE_NUMBER_BYTES])
{
	return short_number(n, 1024, " KMGTPE", text);
}
