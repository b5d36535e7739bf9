/* SPDX-License-Identifier: MIT */
/* What the files of nimble-run share. */
#ifndef TOOLCHAIN_NIMBLE_RUN_H
#define TOOLCHAIN_NIMBLE_RUN_H

#include "nimble/nimble.h"

/* Exit status: 0 all passed, 1 some failed, 2 the file cannot be read. */
int run_vectors(const char *path, enum nimble_engine engine);

/* Complain and exit. */
__attribute__((noreturn)) void usage_error(const char *format,
					   const char *what);

/* "NAME[KEY]=N". */
void run_write_map(struct nimble_ext *ext, const char *text);
/* All entries that are not zero. */
void run_print_maps(struct nimble_ext *ext);

/* Count each instruction of the traced engine from now on, and print it. */
void run_watch(const struct nimble_ext *ext, bool trace);
/* Check each access of the traced engine against its object from now on; what lies outside
 * is printed, and ends the program. */
void run_strict(struct nimble_ext *ext);
/* By source line, hottest first. */
void run_print_profile(void);

#endif
