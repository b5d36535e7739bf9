/* SPDX-License-Identifier: MIT */
/* What the files of nimble-run share. */
#ifndef TOOLCHAIN_NIMBLE_RUN_H
#define TOOLCHAIN_NIMBLE_RUN_H

#include "nimble/nimble.h"

/* Exit status: 0 all passed, 1 some failed, 2 the file cannot be read. */
int run_vectors(const char *path, enum nimble_engine engine);

#endif
