/* SPDX-License-Identifier: MIT */
/* Small things that the tools share. */
#include <stdio.h>
#include <stdlib.h>

#include "toolchain/nimble/file.h"

uint8_t *read_file(const char *path, size_t *bytes)
{
	FILE *file = fopen(path, "rb");
	uint8_t *data = NULL;
	size_t room = 0, got;

	if (!file)
		return NULL;
	*bytes = 0;
	do {
		room = room ? room * 2 : 65536;
		data = realloc(data, room);
		if (!data)
			break;
		got = fread(data + *bytes, 1, room - *bytes, file);
		*bytes += got;
	} while (got);
	fclose(file);
	return data;
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
