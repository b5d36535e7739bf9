/* SPDX-License-Identifier: MIT */
/* Small things that the tools share. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "toolchain/nimble/file.h"

/* No image is so large, and /dev/zero has no end. */
#define MOST (64u << 20)

uint8_t *read_file(const char *path, size_t *bytes)
{
	FILE *file = fopen(path, "rb");
	uint8_t *data = NULL, *more;
	size_t room = 0, got;
	int error = 0;

	if (!file)
		return NULL;
	*bytes = 0;
	do {
		room = room ? room * 2 : 65536;
		more = realloc(data, room);
		if (!more) {
			error = ENOMEM;
			break;
		}
		data = more;
		got = fread(data + *bytes, 1, room - *bytes, file);
		*bytes += got;
		error = ferror(file) ? errno : *bytes > MOST ? EFBIG : 0;
	} while (got && !error);
	fclose(file);
	if (!error)
		return data;
	free(data);
	errno = error;
	return NULL;
}

int end_output(int status)
{
	if (!fflush(stdout) && !ferror(stdout))
		return status;
	perror("cannot write the output");
	return 2;
}

void print_diag(const char *path, const struct nimble_diag *diag)
{
	fprintf(stderr, "%s: refused: %s", path, diag->message);
	if (diag->insn != NIMBLE_NO_INSN)
		fprintf(stderr, " (instruction %u", diag->insn);
	if (diag->line)
		fprintf(stderr, ", %s:%u", diag->file, diag->line);
	fprintf(stderr, "%s\n", diag->insn != NIMBLE_NO_INSN ? ")" : "");
}
