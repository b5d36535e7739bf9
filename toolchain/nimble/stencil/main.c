/* SPDX-License-Identifier: MIT */
/* From stencils.c, compiled, to the table of stencils; run when the project is built. */
/* usage: stencil OBJECT TABLE.c */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "toolchain/nimble/stencil/stencil.h"

void refuse(const char *name, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	fprintf(stderr, "stencil: %s: ", name);
	vfprintf(stderr, format, args);
	putc('\n', stderr);
	va_end(args);
	exit(1);
}

const char *family_name(unsigned int family)
{
#define NAME(name) #name,
	static const char *const extras[] = {NIMBLE_STENCIL_EXTRAS(NAME)};

	return family < NIMBLE_BASE_OPS ? nimble_ops[family].name
					: extras[family - NIMBLE_BASE_OPS];
}

int main(int argc, char **argv)
{
	if (argc != 3)
		refuse("usage", "stencil OBJECT TABLE.c");
	read_object(argv[1]);
	derive_shapes();
	write_table(argv[2]);
	return 0;
}
