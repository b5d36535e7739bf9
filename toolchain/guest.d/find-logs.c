// SPDX-License-Identifier: MIT
// Finds the LWKs' logs in an image of a guest's memory and prints them.
//
// usage: find-logs <MEMORY
//
// For guests that can no longer answer: it needs neither the module nor an
// address, since a log ring begins with a mark and is plausible only as a
// whole. Memory that Linux has got back may hold an old one; each is printed
// with its physical address. Exit status 1: there is none.
#include "kernel/abi/log.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

#define CHUNK (1u << 20)
#define LOG_MIN 64u
#define LOG_MAX (16u << 20)

/* A window on the memory image: bytes [base, base + length) of it. */
struct window {
	unsigned char *bytes;
	uint64_t base;
	size_t length;
};

static bool plausible(const struct lwk_log *log)
{
	uint64_t pad = 0;

	for (size_t i = 0; i < sizeof(log->pad) / sizeof(log->pad[0]); i++)
		pad |= log->pad[i];
	return log->magic == LWK_LOG_MAGIC && pad == 0 &&
	       log->size >= LOG_MIN && log->size <= LOG_MAX &&
	       (log->size & (log->size - 1)) == 0 && log->written > 0;
}

/*
 * Reads on until the window holds want bytes, or the image ends. Returns
 * whether it holds them.
 */
static bool extend(struct window *w, size_t want)
{
	while (w->length < want) {
		ssize_t got = read(STDIN_FILENO, w->bytes + w->length,
				   want - w->length);

		if (got <= 0)
			return false;
		w->length += (size_t)got;
	}
	return true;
}

/* Prints text that may hold anything, as a terminal can take it. */
static void print_text(const char *text, size_t length)
{
	for (size_t i = 0; i < length; i++) {
		unsigned char c = (unsigned char)text[i];

		if (c == '\n' || c == '\t' || (c >= ' ' && c < 0x7f))
			putchar(c);
		else
			printf("\\x%02x", c);
	}
}

static void print_log(const struct lwk_log *log, uint64_t address)
{
	size_t start = log->written & (log->size - 1);

	printf("---- log of a lightweight kernel, at 0x%llx ----\n",
	       (unsigned long long)address);
	if (log->written > log->size)
		print_text(log->text + start, log->size - start);
	print_text(log->text, start);
	if (start > 0 && log->text[start - 1] != '\n')
		putchar('\n');
}

/* Looks at each place in the window's first chunk; returns how many it had. */
static int search(struct window *w)
{
	int found = 0;

	for (size_t at = 0; at + sizeof(struct lwk_log) <= CHUNK;
	     at += sizeof(struct lwk_log)) {
		struct lwk_log *log = (struct lwk_log *)(w->bytes + at);

		if (at + sizeof(*log) > w->length || !plausible(log))
			continue;
		if (!extend(w, at + sizeof(*log) + log->size))
			continue;
		print_log(log, w->base + at);
		found++;
	}
	return found;
}

int main(void)
{
	struct window w = {.bytes = malloc(CHUNK + 64 + LOG_MAX)};
	int found = 0;

	if (!w.bytes)
		return 1;
	while (extend(&w, CHUNK) || w.length > 0) {
		size_t done = w.length < CHUNK ? w.length : CHUNK;

		found += search(&w);
		w.length -= done;
		memmove(w.bytes, w.bytes + done, w.length);
		w.base += done;
	}
	free(w.bytes);
	return found ? 0 : 1;
}
