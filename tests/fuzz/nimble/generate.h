/* SPDX-License-Identifier: MIT */
/* Programs that load, from any bytes: what the differential fuzzer runs. */
#ifndef TESTS_FUZZ_NIMBLE_GENERATE_H
#define TESTS_FUZZ_NIMBLE_GENERATE_H

#include <stddef.h>
#include <stdint.h>

#include "nimble/abi/insn.h"

#define PROGRAM_MOST 512

/* Instructions made of the bytes; at most PROGRAM_MOST; the last is exit. */
uint32_t generate(const uint8_t *bytes, size_t count, struct nx_insn *program);

/* Memory of the application, in whose middle r8 points when a program begins. */
void generate_window(uint64_t address, uint64_t bytes);

/* Code of compiled programs, parts of which are mixed in; kept, not copied. */
void generate_from(const struct nx_insn *code, uint32_t count);

#endif
