/* SPDX-License-Identifier: MIT */
/* Looking at each instruction of the traced engine. */
#ifndef NIMBLE_USER_STEP_H
#define NIMBLE_USER_STEP_H

#include <stdint.h>

typedef void (*nimble_step_fn)(void *data, uint32_t insn, const uint64_t *reg);

/* Called before each instruction; NULL: nobody. Not for several threads. */
void nimble_step_observer(nimble_step_fn function, void *data);

#endif
