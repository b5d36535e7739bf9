/* SPDX-License-Identifier: MIT */
/* What instructions cost: the time that the budget stands for. */
/*
 * A move is the cheapest instruction on either tier. Others cost so many times as much that the dearest program of a budget takes at most four times as long as the
 * cheapest, again on either; tests/bench/nimble measures it. Helpers charge their work
 * themselves; the call is charged here.
 */
#include "nimble/core/priv.h"

#define MOVE 2
#define PLAIN 4
#define PRODUCT 13
#define QUOTIENT 38
#define REMAINDER 48
#define ATOMIC_OPERATION 88
#define HELPER_CALL 36
#define CALLX 140 /* by the slow path */
#define CALL 65 /* and the exit from there */

static uint32_t cost_of(const struct nx_insn *insn)
{
	switch (nimble_opcodes[insn->opcode].form) {
	case NIMBLE_FORM_DIVIDE:
	case NIMBLE_FORM_DIVIDE_IMM:
		return BPF_OP(insn->opcode) == BPF_DIV ? QUOTIENT : REMAINDER;
	case NIMBLE_FORM_ATOMIC:
		return ATOMIC_OPERATION;
	case NIMBLE_FORM_CALL:
		return insn->src == NX_CALL_HELPER ? HELPER_CALL : CALL;
	case NIMBLE_FORM_CALLX:
		return CALLX;
	case NIMBLE_FORM_MOVE:
	case NIMBLE_FORM_WIDE:
	case NIMBLE_FORM_IMM32:
		return MOVE;
	case NIMBLE_FORM_NO: /* the second half of an lddw */
		return 0;
	case NIMBLE_FORM_PAIR:
	case NIMBLE_FORM_IMM:
		if (BPF_OP(insn->opcode) == BPF_MUL)
			return PRODUCT;
		return BPF_OP(insn->opcode) == BPF_MOV ? MOVE : PLAIN;
	default:
		return PLAIN;
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
