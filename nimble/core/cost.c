/* SPDX-License-Identifier: MIT */
/* What instructions cost: the time that a unit of the budget stands for. */
/*
 * A plain instruction costs 1, and NIMBLE_UNIT of them are a unit. Those that take
 * longer, in hardware or since the slow path does them, cost as many plain ones, so
 * that a unit is about the same time whatever is run: tests/bench/nimble measures it.
 * Helpers charge their work themselves; the call is charged here.
 */
#include "nimble/core/priv.h"

#define DIVISION 8
#define SIGNED_DIVISION 16
#define ATOMIC_OPERATION 16
#define HELPER_CALL 8
#define CALLX 16

static uint32_t cost_of(const struct nx_insn *insn)
{
	switch (nimble_opcodes[insn->opcode].form) {
	case NIMBLE_FORM_DIVIDE:
	case NIMBLE_FORM_DIVIDE_IMM:
		return insn->off ? SIGNED_DIVISION : DIVISION;
	case NIMBLE_FORM_ATOMIC:
		return ATOMIC_OPERATION;
	case NIMBLE_FORM_CALL:
		return insn->src == NX_CALL_HELPER ? HELPER_CALL : 1;
	case NIMBLE_FORM_CALLX:
		return CALLX;
	default:
		return 1;
	}
}

void nimble_sum_costs(const struct nx_insn *insns, uint32_t count,
		      uint32_t *cost)
{
	uint32_t i;

	cost[0] = 0;
	for (i = 0; i < count; i++)
		cost[i + 1] = cost[i] + cost_of(&insns[i]);
}
