/* SPDX-License-Identifier: MIT */
/* Counting which handlers run after each other, to choose superinstructions. */
#ifndef TOOLCHAIN_NIMBLE_SEQUENCES_H
#define TOOLCHAIN_NIMBLE_SEQUENCES_H

#include <stdint.h>

#include "nimble/nimble.h"

struct sequences;

/*
 * Of an extension loaded by the traced engine; plain is the same image in the
 * checked engine without superinstructions, whose handlers are counted.
 */
struct sequences *sequences_new(const struct nimble_ext *plain);
/* A nimble_step_fn: an instruction ran. */
void sequences_step(void *sequences, uint32_t insn, const uint64_t *reg);
/*
 * "SHARE FMT op first second" a line for each instruction, as super.def wants
 * it, in the order of the code; " <" behind it: something jumps there, so it
 * starts a cell. The share is of all instructions that ran. Frees.
 */
void sequences_print(struct sequences *sequences);

#endif
