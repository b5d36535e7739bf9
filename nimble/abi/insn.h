/* SPDX-License-Identifier: MIT */
/* The eBPF instruction encoding of RFC 9669, and what Nimble adds to lddw. */
#ifndef NIMBLE_ABI_INSN_H
#define NIMBLE_ABI_INSN_H

#include "nimble/abi/types.h"

struct nx_insn {
	nx_u8 opcode;
	nx_u8 dst : 4;
	nx_u8 src : 4;
	__INT16_TYPE__ off;
	nx_s32 imm;
};

_Static_assert(sizeof(struct nx_insn) == 8, "an instruction has 8 bytes");

/* Instruction classes, RFC 9669 section 3. */
#define BPF_LD 0x00
#define BPF_LDX 0x01
#define BPF_ST 0x02
#define BPF_STX 0x03
#define BPF_ALU 0x04
#define BPF_JMP 0x05
#define BPF_JMP32 0x06
#define BPF_ALU64 0x07
#define BPF_CLASS(opcode) ((opcode)&0x07)

/* Source operand. */
#define BPF_K 0x00
#define BPF_X 0x08

/* Arithmetic, section 4.1. */
#define BPF_ADD 0x00
#define BPF_SUB 0x10
#define BPF_MUL 0x20
#define BPF_DIV 0x30
#define BPF_OR 0x40
#define BPF_AND 0x50
#define BPF_LSH 0x60
#define BPF_RSH 0x70
#define BPF_NEG 0x80
#define BPF_MOD 0x90
#define BPF_XOR 0xa0
#define BPF_MOV 0xb0
#define BPF_ARSH 0xc0
#define BPF_END 0xd0
#define BPF_OP(opcode) ((opcode)&0xf0)

/* Jumps, section 4.3. */
#define BPF_JA 0x00
#define BPF_JEQ 0x10
#define BPF_JGT 0x20
#define BPF_JGE 0x30
#define BPF_JSET 0x40
#define BPF_JNE 0x50
#define BPF_JSGT 0x60
#define BPF_JSGE 0x70
#define BPF_CALL 0x80
#define BPF_EXIT 0x90
#define BPF_JLT 0xa0
#define BPF_JLE 0xb0
#define BPF_JSLT 0xc0
#define BPF_JSLE 0xd0

/* Loads and stores, section 5. */
#define BPF_W 0x00
#define BPF_H 0x08
#define BPF_B 0x10
#define BPF_DW 0x18
#define BPF_SIZE(opcode) ((opcode)&0x18)
#define BPF_IMM 0x00
#define BPF_MEM 0x60
#define BPF_MEMSX 0x80
#define BPF_ATOMIC 0xc0
#define BPF_MODE(opcode) ((opcode)&0xe0)

/* Atomic operations, in imm; section 5.3. */
#define BPF_FETCH 0x01
#define BPF_XCHG 0xe1
#define BPF_CMPXCHG 0xf1

/* call: src says what imm means. callx: an indirect call (not in the RFC). */
#define NX_CALL_HELPER 0 /* imm: index into the image's import table */
#define NX_CALL_LOCAL 1 /* imm: instructions relative to the next one */
#define NX_OP_CALLX (BPF_JMP | BPF_CALL | BPF_X)
#define NX_OP_LDDW (BPF_LD | BPF_IMM | BPF_DW)

/* lddw: src says what the two immediates mean. */
#define NX_IMM64 0 /* the constant itself */
#define NX_IMM_MAP 1 /* imm: map index; gives the handle for map helpers */
#define NX_IMM_VALUE 2 /* imm: map index, next imm: offset in its values */
#define NX_IMM_DATA 3 /* imm: offset in data and bss */
#define NX_IMM_RODATA 4 /* imm: offset in read-only data; all may lie outside */

#define NX_REGS 11
#define NX_REG_FRAME 10

#endif
