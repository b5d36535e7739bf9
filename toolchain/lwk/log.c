// SPDX-License-Identifier: MIT
/* lwk log. */
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "toolchain/lwk/lwk.h"
#include "toolchain/lwk/symbols.h"

#define PIECE_BYTES (16U << 10)
#define LINE_BYTES 4096

/* The line that is being collected: a piece may end anywhere in it. */
struct writer {
	struct symbols *symbols; /* NULL: as it is */
	char line[LINE_BYTES];
	size_t used;
};

static void flush_line(struct writer *w)
{
	char text[2 * LINE_BYTES];

	w->line[w->used] = 0;
	symbols_resolve(w->symbols, w->line, text, sizeof(text));
	print_escaped(text, stdout);
	w->used = 0;
}

static void write_text(struct writer *w, const char *text, size_t bytes)
{
	for (size_t i = 0; i < bytes; i++) {
		if (text[i])
			w->line[w->used++] = text[i];
		if (text[i] == '\n' || w->used == LINE_BYTES - 1)
			flush_line(w);
	}
}

/* Reads a piece and writes it. Returns its length in bytes, or -errno. */
static int64_t copy_piece(int fd, struct lwk_log_read *args, struct writer *w)
{
	static char buffer[PIECE_BYTES];
	int err;

	args->buffer = (uintptr_t)buffer;
	args->bytes = sizeof(buffer);
	err = command(fd, LWK_IOC_LOG, args);
	if (err)
		return err;
	if (args->lost)
		printf("[%" PRIu64 " bytes lost: the log was overwritten]\n",
		       args->lost);
	write_text(w, buffer, args->bytes);
	return args->bytes;
}

static int copy(int fd, unsigned int instance, int follow, struct writer *w)
{
	struct lwk_log_read args = {
		.version = LWK_IOC_ABI,
		.instance = instance,
	};
	int64_t n;

	for (;;) {
		n = copy_piece(fd, &args, w);
		if (n > 0)
			continue;
		if (n < 0 || !follow)
			break;
		if (fflush(stdout) || ferror(stdout))
			break; /* nobody reads it; cli.c says so */
		args.flags = LWK_LOG_WAIT;
	}
	if (w->used)
		flush_line(w);
	fflush(stdout);
	/* Nothing more will come: the instance was shut down, or it failed. */
	if (follow && args.position && (n == -ENXIO || n == -EIO))
		n = 0;
	return n;
}

int cmd_log(struct options *o)
{
	static struct writer w;
	unsigned int instance = choose_instance(o);
	int fd = open_instance(instance);
	char path[PATH_MAX];
	const char *image = NULL;
	int err;

	if (!o->raw)
		image = image_booted(o, instance, path, sizeof(path));
	if (image)
		w.symbols = symbols_open(image);
	if (o->image && !o->raw && !w.symbols)
		complain("%s: no symbols", o->image);
	err = copy(fd, instance, o->follow, &w);
	close(fd);
	if (err == -ENXIO)
		return complain("lwk%u was not booted yet: there is no log",
				instance);
	return err ? refused(instance, err, NULL) : 0;
}
