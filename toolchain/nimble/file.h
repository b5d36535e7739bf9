/* SPDX-License-Identifier: MIT */
/* Small things that the tools share. */
#ifndef TOOLCHAIN_NIMBLE_FILE_H
#define TOOLCHAIN_NIMBLE_FILE_H

#include <stddef.h>
#include <stdint.h>

#include "nimble/nimble.h"

/* A whole file of at most 64 MiB, malloc'ed; NULL: errno says why. */
uint8_t *read_file(const char *path, size_t *bytes);
/* The exit status: the given one, or 2 where not all output could be written. */
int end_output(int status);
/* "PATH: refused: MESSAGE (instruction N, FILE:LINE)" on stderr. */
void print_diag(const char *path, const struct nimble_diag *diag);

#endif
