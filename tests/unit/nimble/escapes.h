/* SPDX-License-Identifier: MIT */
/* Ways out of an extension's memory and time, wherever it runs: programs that must be
 * unwound, how and where. The same in user space and on the LWK. */
#ifndef TESTS_UNIT_NIMBLE_ESCAPES_H
#define TESTS_UNIT_NIMBLE_ESCAPES_H

#include "nimble/nimble.h"
#include "tests/unit/nimble/code.h"

/* Each image has eight bytes of data, eight of read-only data, and imports map_lookup and
 * this_cpu. r1 is a context of 64 bytes. */
struct escape {
	const char *name;
	enum nimble_fault_kind kind;
	uint32_t insn;
	struct nx_insn code[10]; /* up to the first exit */
};

static const struct escape escapes[] = {
	{"a read at the end of the address space",
	 NIMBLE_FAULT_READ,
	 2,
	 {MOV(0, -8), MOVR(1, 0), LDX(BPF_DW, 0, 1, 7), EXIT}},
	{"a read around its end",
	 NIMBLE_FAULT_READ,
	 2,
	 {LDDW(0, 0, -1, 0x7fffffff), LDX(BPF_DW, 0, 0, 32767), EXIT}},
	{"a read at 64", NIMBLE_FAULT_READ, 0, {LDX(BPF_B, 0, 2, 0), EXIT}},
	{"a read of the kernel's half",
	 NIMBLE_FAULT_READ,
	 2,
	 {LDDW(3, 0, 0, -32768), LDX(BPF_W, 0, 3, 0), EXIT}},
	{"a write of the kernel's text",
	 NIMBLE_FAULT_WRITE,
	 2,
	 {LDDW(3, 0, -2147483647, -1), STX(BPF_B, 3, 2, 0), EXIT}},
	{"a write at nothing",
	 NIMBLE_FAULT_WRITE,
	 1,
	 {MOV(1, 0), ST(BPF_DW, 1, 8, 5), EXIT}},
	{"a write of read-only data",
	 NIMBLE_FAULT_WRITE,
	 3,
	 {LDDW(1, NX_IMM_RODATA, 0, 0), LDX(BPF_DW, 0, 1, 0),
	  STX(BPF_B, 1, 0, 0), EXIT}},
	{"a write half of read-only data",
	 NIMBLE_FAULT_WRITE,
	 2,
	 {LDDW(1, NX_IMM_RODATA, 0, 0), STX(BPF_DW, 1, 0, -4), EXIT}},
	{"an atomic operation on read-only data",
	 NIMBLE_FAULT_WRITE,
	 3,
	 {LDDW(1, NX_IMM_RODATA, 0, 0), MOV(2, 1),
	  ATOMIC(BPF_DW, 1, 2, 0, BPF_ADD), EXIT}},
	{"an atomic operation at nothing",
	 NIMBLE_FAULT_WRITE,
	 1,
	 {MOV(1, 0), ATOMIC(BPF_DW, 1, 2, 0, BPF_CMPXCHG), EXIT}},
	{"an atomic operation across a border",
	 NIMBLE_FAULT_ALIGN,
	 0,
	 {ATOMIC(BPF_DW, 1, 2, 4, BPF_OR), EXIT}},
	{"an atomic operation of four bytes across one",
	 NIMBLE_FAULT_ALIGN,
	 0,
	 {ATOMIC(BPF_W, 1, 2, 62, BPF_AND | BPF_FETCH), EXIT}},
	{"an address far behind the read-only data",
	 NIMBLE_FAULT_READ,
	 2,
	 {LDDW(1, NX_IMM_RODATA, 1 << 20, 0), LDX(BPF_B, 0, 1, 0), EXIT}},
	{"an address far before the data",
	 NIMBLE_FAULT_WRITE,
	 2,
	 {LDDW(1, NX_IMM_DATA, -(1 << 24), 0), STX(BPF_B, 1, 0, 0), EXIT}},
	{"a pointer to a pointer to nothing",
	 NIMBLE_FAULT_READ,
	 3,
	 {ST(BPF_DW, 10, -8, 4096), LDX(BPF_DW, 3, 10, -8), MOVR(4, 3),
	  LDX(BPF_DW, 0, 4, 8), EXIT}},
	{"a loop without an end",
	 NIMBLE_FAULT_BUDGET,
	 1,
	 {ADD(0, 1), JA(-2), EXIT}},
	{"a loop that counts",
	 NIMBLE_FAULT_BUDGET,
	 2,
	 {MOV(3, 0), ADD(3, 1), I(BPF_JMP | BPF_JNE | BPF_X, 3, 1, -2, 0),
	  EXIT}},
	{"calls without an end", NIMBLE_FAULT_DEPTH, 0, {CALL_LOCAL(-1), EXIT}},
	{"a map that is none",
	 NIMBLE_FAULT_ARGUMENT,
	 3,
	 {MOVR(2, 1), MOV(1, 0), JA(0), CALL(0), EXIT}},
	{"a call of what is not imported",
	 NIMBLE_FAULT_CALLX,
	 1,
	 {MOV(1, 99), I(NX_OP_CALLX, 1, 0, 0, 0), EXIT}},
};

#define ESCAPES (sizeof(escapes) / sizeof(escapes[0]))

/* Up to the exit, which is the last instruction. */
static inline unsigned int escape_length(const struct escape *escape)
{
	unsigned int n = 0;

	while (escape->code[n].opcode != (BPF_JMP | BPF_EXIT))
		n++;
	return n + 1;
}

#endif
