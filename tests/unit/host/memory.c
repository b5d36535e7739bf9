// SPDX-License-Identifier: MIT
/* A model of an instance's memory for the module's pure files. */
#include "tests/unit/host/memory.h"

#include <stdlib.h>

uint8_t model_bytes[MODEL_BYTES] __attribute__((aligned(4096)));

void model_init(struct lwk_memory *mem)
{
	memset(mem, 0, sizeof(*mem));
	memset(model_bytes, 0, sizeof(model_bytes));
	if (lwk_memory_add(mem, MODEL_BASE, MODEL_BYTES, 0))
		abort();
	mem->free_offset = MODEL_KERNEL;
}

/* An address outside the model ends the test: no file may look there. */
void *lwk_memory_ptr(const struct lwk_memory *mem, uint64_t phys)
{
	(void)mem;
	if (phys < MODEL_BASE || phys >= MODEL_BASE + MODEL_BYTES)
		abort();
	return model_bytes + (phys - MODEL_BASE);
}
