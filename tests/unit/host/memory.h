/* SPDX-License-Identifier: MIT */
/* A model of an instance's memory for the module's pure files. */
#ifndef MEMORY_H
#define MEMORY_H

#include "host-module/partition/region.h"

/* One region of MODEL_BYTES at MODEL_BASE, backed by model_bytes[]; its first
 * MODEL_KERNEL bytes are the image's and the shared area's. */
#define MODEL_BASE 0x140000000ULL
#define MODEL_BYTES (2ULL << 20)
#define MODEL_KERNEL 0x10000ULL

extern uint8_t model_bytes[MODEL_BYTES];

void model_init(struct lwk_memory *mem);

#endif
