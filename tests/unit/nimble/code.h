/* SPDX-License-Identifier: MIT */
/* Instructions, to write programs with. */
#ifndef TESTS_UNIT_NIMBLE_CODE_H
#define TESTS_UNIT_NIMBLE_CODE_H

#include "nimble/abi/insn.h"

#define I(opcode, dst, src, off, imm)      \
	(struct nx_insn)                   \
	{                                  \
		opcode, dst, src, off, imm \
	}
#define MOV(dst, imm) I(BPF_ALU64 | BPF_MOV | BPF_K, dst, 0, 0, imm)
#define MOVR(dst, src) I(BPF_ALU64 | BPF_MOV | BPF_X, dst, src, 0, 0)
#define ADD(dst, imm) I(BPF_ALU64 | BPF_ADD | BPF_K, dst, 0, 0, imm)
#define LDX(size, dst, src, off) I(BPF_LDX | BPF_MEM | size, dst, src, off, 0)
#define STX(size, dst, src, off) I(BPF_STX | BPF_MEM | size, dst, src, off, 0)
#define ST(size, dst, off, imm) I(BPF_ST | BPF_MEM | size, dst, 0, off, imm)
#define ATOMIC(size, dst, src, off, op) \
	I(BPF_STX | BPF_ATOMIC | (size), dst, src, off, op)
#define JA(off) I(BPF_JMP | BPF_JA, 0, 0, off, 0)
#define JEQ(dst, imm, off) I(BPF_JMP | BPF_JEQ | BPF_K, dst, 0, off, imm)
#define CALL(index) I(BPF_JMP | BPF_CALL, 0, NX_CALL_HELPER, 0, index)
#define CALL_LOCAL(offset) I(BPF_JMP | BPF_CALL, 0, NX_CALL_LOCAL, 0, offset)
#define LDDW(dst, src, imm, next) \
	I(NX_OP_LDDW, dst, src, 0, imm), I(0, 0, 0, 0, next)
#define EXIT I(BPF_JMP | BPF_EXIT, 0, 0, 0, 0)

#define CODE(...)                              \
	(const struct nx_insn[]){__VA_ARGS__}, \
		sizeof((const struct nx_insn[]){__VA_ARGS__}) / 8

#endif
