/* SPDX-License-Identifier: MIT */
/* Engines beside the two of the kernel: in user-space builds only. */
#ifndef NIMBLE_ENGINE_EXTRA_H
#define NIMBLE_ENGINE_EXTRA_H

#include "nimble/nimble.h"

struct nimble_tier;

/* engine/extra_none.c (the kernel), or nimble/user/extra_all.c. */
int nimble_extra_init(void);
const struct nimble_tier *nimble_extra_tier(enum nimble_engine engine);

/* nimble/user/step.c */
extern const struct nimble_tier nimble_traced_tier;
/* nimble/user/goto.c */
extern const struct nimble_tier nimble_goto_checked_tier;
extern const struct nimble_tier nimble_goto_unchecked_tier;

#endif
