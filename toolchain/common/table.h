/* SPDX-License-Identifier: MIT */
/* Tables for people: columns as wide as what is in them. Where standard output is a
 * terminal, or $COLUMNS is set, no line is longer than it is wide: the last column is
 * cut. */
#ifndef TOOLCHAIN_TABLE_H
#define TOOLCHAIN_TABLE_H

#include <stdint.h>

struct table_column {
	const char *title;
	int right; /* its cells are aligned on the right */
};

struct table;

/* columns: `count` of them, which must exist as long as the table. Exits where memory
 * is out. */
struct table *table_new(const struct table_column *columns, unsigned int count);

/* The next cell, row by row. */
void table_cell(struct table *t, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* Prints to standard output, titles first, and frees the table. */
void table_print(struct table *t);

/* At most five characters for a number: 99999, 123k, 45M, 6.7G. bytes: of 1024. */
#define TABLE_NUMBER_BYTES 16
const char *table_number(uint64_t n, char text[TABLE_NUMBER_BYTES]);
const char *table_bytes(uint64_t n, char text[TABLE_NUMBER_BYTES]);

#endif
