/* SPDX-License-Identifier: MIT */
/* Memory for translated code, of every tier. */
#include "nimble/core/priv.h"

/* One allocation: cells, their origins, where instructions start, what they cost. */
int nimble_code_allocate(struct nimble_ext *ext,
			 const struct nimble_facts *facts, uint32_t words,
			 bool origins, struct nimble_diag *diag)
{
	struct nimble_code *code = &ext->code;
	uint32_t count = ext->image.insns;
	size_t cells_bytes = words * sizeof(*code->cells);
	size_t cost_bytes = (count + 1) * sizeof(*code->cost);
	size_t word_bytes = origins ? words * sizeof(*code->word) : 0;
	size_t insn_bytes = origins ? count * sizeof(*code->insn_cell) : 0;

	code->count = count;
	code->insns = ext->image.code;
	code->bytes = cells_bytes + cost_bytes + word_bytes + insn_bytes;
	code->memory = nimble_take(ext, code->bytes, "the code", diag);
	if (!code->memory)
		return diag->error;
	code->cells = code->memory;
	code->cost = (void *)(code->cells + words);
	memcpy(code->cost, facts->cost, cost_bytes);
	if (origins) {
		code->word = code->cost + count + 1;
		code->insn_cell = code->word + words;
	}
	return 0;
}

void nimble_code_free(struct nimble_code *code)
{
	if (code->machine)
		nimble_port_code_free(code->machine, code->machine_bytes);
	if (code->memory)
		nimble_port_free(code->memory, code->bytes);
	memset(code, 0, sizeof(*code));
}
