/* SPDX-License-Identifier: MIT */
/* The portable engine, for builds with sanitizers; absent in the kernel. */
#ifndef NIMBLE_ENGINE_GOTO_H
#define NIMBLE_ENGINE_GOTO_H

#include "nimble/nimble.h"

struct nimble_tier;

/* engine/goto.c, or engine/goto_absent.c where it is not wanted. */
int nimble_goto_init(void);
const struct nimble_tier *nimble_goto_tier(enum nimble_engine engine);

#endif
