/* SPDX-License-Identifier: MIT */
/* The table of forms, by opcode. */
#include "nimble/core/forms.h"
#include "nimble/abi/insn.h"
#include "nimble/engine/ops.h"

#define BOTH(o, x_kind, k_kind, name)                                         \
	[BPF_ALU64 | BPF_X | (o)] = {NIMBLE_FORM_##x_kind, OP_##name##64},    \
			     [BPF_ALU | BPF_X | (o)] = {NIMBLE_FORM_##x_kind, \
							OP_##name##32},       \
			     [BPF_ALU64 | BPF_K |                             \
				     (o)] = {NIMBLE_FORM_##k_kind,            \
					     OP_##name##64i},                 \
			     [BPF_ALU | BPF_K | (o)] = {NIMBLE_FORM_##k_kind, \
							OP_##name##32i}
#define LOAD(mode, size, name) \
	[BPF_LDX | (mode) | (size)] = {NIMBLE_FORM_LOAD, OP_##name}
#define STORES(size, bits)                                                \
	[BPF_STX | BPF_MEM | (size)] = {NIMBLE_FORM_STORE, OP_stx##bits}, \
			     [BPF_ST | BPF_MEM | (size)] = {              \
				     NIMBLE_FORM_STORE_IMM, OP_st##bits}
#define JUMPS(o, x_kind, x_name, k_name)                                      \
	[BPF_JMP | BPF_X | (o)] = {NIMBLE_FORM_##x_kind, OP_##x_name##64},    \
			   [BPF_JMP32 | BPF_X | (o)] = {NIMBLE_FORM_##x_kind, \
							OP_##x_name##32},     \
			   [BPF_JMP | BPF_K | (o)] = {NIMBLE_FORM_JUMP_IMM,   \
						      OP_##k_name##64i},      \
			   [BPF_JMP32 | BPF_K | (o)] = {NIMBLE_FORM_JUMP_IMM, \
							OP_##k_name##32i}

/* A subtraction of a constant is an addition; a mov32 of one is a mov64. */
#define OP_sub64i OP_add64i
#define OP_sub32i OP_add32i

const struct nimble_form nimble_forms[256] = {
	[BPF_ALU64 | BPF_X | BPF_ADD] = {NIMBLE_FORM_PAIR, OP_add64},
	[BPF_ALU | BPF_X | BPF_ADD] = {NIMBLE_FORM_PAIR, OP_add32},
	[BPF_ALU64 | BPF_K | BPF_ADD] = {NIMBLE_FORM_ADD, OP_add64i},
	[BPF_ALU | BPF_K | BPF_ADD] = {NIMBLE_FORM_IMM, OP_add32i},
	BOTH(BPF_SUB, PAIR, MINUS, sub),
	BOTH(BPF_MUL, PAIR, IMM, mul),
	BOTH(BPF_DIV, PAIR, DIVIDE, div),
	BOTH(BPF_OR, PAIR, IMM, or),
	BOTH(BPF_AND, PAIR, IMM, and),
	BOTH(BPF_LSH, PAIR, SHIFT, lsh),
	BOTH(BPF_RSH, PAIR, SHIFT, rsh),
	BOTH(BPF_MOD, PAIR, DIVIDE, mod),
	BOTH(BPF_XOR, PAIR, IMM, xor),
	BOTH(BPF_ARSH, PAIR, SHIFT, arsh),
	[BPF_ALU64 | BPF_X | BPF_MOV] = {NIMBLE_FORM_MOVE, OP_mov64},
	[BPF_ALU | BPF_X | BPF_MOV] = {NIMBLE_FORM_MOVE, OP_mov32},
	[BPF_ALU64 | BPF_K | BPF_MOV] = {NIMBLE_FORM_IMM, OP_mov64i},
	[BPF_ALU | BPF_K | BPF_MOV] = {NIMBLE_FORM_IMM32, OP_mov64i},
	[BPF_ALU64 | BPF_NEG] = {NIMBLE_FORM_ONE, OP_neg64},
	[BPF_ALU | BPF_NEG] = {NIMBLE_FORM_ONE, OP_neg32},
	[BPF_ALU | BPF_END | BPF_K] = {NIMBLE_FORM_SWAP, 0},
	[BPF_ALU | BPF_END | BPF_X] = {NIMBLE_FORM_SWAP, 0},
	[BPF_ALU64 | BPF_END] = {NIMBLE_FORM_SWAP, 0},
	[NX_OP_LDDW] = {NIMBLE_FORM_WIDE, OP_mov64i},
	LOAD(BPF_MEM, BPF_B, ldx8),
	LOAD(BPF_MEM, BPF_H, ldx16),
	LOAD(BPF_MEM, BPF_W, ldx32),
	LOAD(BPF_MEM, BPF_DW, ldx64),
	LOAD(BPF_MEMSX, BPF_B, lds8),
	LOAD(BPF_MEMSX, BPF_H, lds16),
	LOAD(BPF_MEMSX, BPF_W, lds32),
	STORES(BPF_B, 8),
	STORES(BPF_H, 16),
	STORES(BPF_W, 32),
	STORES(BPF_DW, 64),
	[BPF_STX | BPF_ATOMIC | BPF_W] = {NIMBLE_FORM_ATOMIC, 0},
	[BPF_STX | BPF_ATOMIC | BPF_DW] = {NIMBLE_FORM_ATOMIC, 0},
	JUMPS(BPF_JEQ, JUMP, jeq, jeq),
	JUMPS(BPF_JNE, JUMP, jne, jne),
	JUMPS(BPF_JSET, JUMP, jset, jset),
	JUMPS(BPF_JLT, JUMP, jlt, jlt),
	JUMPS(BPF_JLE, JUMP, jle, jle),
	JUMPS(BPF_JGT, MIRROR, jlt, jgt),
	JUMPS(BPF_JGE, MIRROR, jle, jge),
	JUMPS(BPF_JSLT, JUMP, jslt, jslt),
	JUMPS(BPF_JSLE, JUMP, jsle, jsle),
	JUMPS(BPF_JSGT, MIRROR, jslt, jsgt),
	JUMPS(BPF_JSGE, MIRROR, jsle, jsge),
	[BPF_JMP | BPF_JA] = {NIMBLE_FORM_ALWAYS, OP_ja},
	[BPF_JMP32 | BPF_JA] = {NIMBLE_FORM_ALWAYS32, OP_ja},
	[BPF_JMP | BPF_CALL] = {NIMBLE_FORM_CALL, 0},
	[BPF_JMP | BPF_EXIT] = {NIMBLE_FORM_EXIT, OP_exit},
};
