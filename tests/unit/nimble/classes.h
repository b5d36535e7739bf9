/* SPDX-License-Identifier: MIT */
/* Programs that repeat one kind of instruction, or helper, until their budget is used up:
 * what a unit of it is in time. */
#ifndef TESTS_UNIT_NIMBLE_CLASSES_H
#define TESTS_UNIT_NIMBLE_CLASSES_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "nimble/abi/map.h"
#include "tests/unit/nimble/code.h"
#include "toolchain/nimble/nxbuild.h"

#define BODY 60 /* instructions of a loop */

static uint64_t window[8]; /* the application's memory */

/* Up to four instructions that are repeated; r6 is the context, r7 the stack, r8 the
 * application's memory, r9 a great number. */
struct class
{
	const char *name;
	bool user; /* is a system call on this host: its time is no kernel's */
	struct nx_insn insn[6]; /* the last is no second half of lddw */
};

#define ALU(op, dst, src, off) I(BPF_ALU64 | BPF_X | (op), dst, src, off, 0)

static const struct class classes[] = {
	{"mov", false, {MOVR(0, 9)}},
	{"mul", false, {ALU(BPF_MUL, 0, 9, 0)}},
	{"div", false, {MOVR(0, 9), ALU(BPF_DIV, 0, 6, 0)}},
	{"sdiv", false, {MOVR(0, 9), ALU(BPF_DIV, 0, 6, 1)}},
	{"smod", false, {ALU(BPF_MOD, 9, 6, 1)}},
	{"load", false, {LDX(BPF_DW, 0, 7, -8)}},
	{"atomic", false, {ATOMIC(BPF_DW, 7, 9, 0, BPF_ADD | BPF_FETCH)}},
	{"cmpxchg", false, {ATOMIC(BPF_W, 7, 9, 0, BPF_CMPXCHG)}},
	{"user load", true, {LDX(BPF_DW, 0, 8, 0)}},
	{"user store", true, {STX(BPF_DW, 8, 9, 0)}},
	{"this_cpu", false, {CALL(0)}},
	{"callx", false, {MOV(1, 0), I(NX_OP_CALLX, 1, 0, 0, 0)}},
	{"local call", false, {CALL_LOCAL(0)}}, /* settled below */
	{"map_lookup", false, {LDDW(1, NX_IMM_MAP, 0, 0), MOVR(2, 7), CALL(1)}},
	{"map_update",
	 false,
	 {LDDW(1, NX_IMM_MAP, 0, 0), MOVR(2, 7), MOVR(3, 7), CALL(2)}},
	{"map_delete", false, {LDDW(1, NX_IMM_MAP, 0, 0), MOVR(2, 7), CALL(3)}},
	{"mem_set", false, {MOVR(1, 7), MOV(3, 63), CALL(4)}},
	{"mem_compare", false, {MOVR(1, 7), MOVR(2, 7), MOV(3, 63), CALL(5)}},
	{"user_read", true, {MOVR(1, 7), MOV(2, 63), MOVR(3, 8), CALL(6)}},
	{"ext_find", false, {MOVR(1, 7), MOV(2, 8), CALL(7)}},
	{"ext_call", false, {CALL(8)}},
};

#define CLASSES (sizeof(classes) / sizeof(classes[0]))

static inline void add_imports(struct nx_build *build)
{
	static const char *const names[] = {"this_cpu",	  "map_lookup",
					    "map_update", "map_delete",
					    "mem_set",	  "mem_compare",
					    "user_read",  "ext_find",
					    "ext_call"};
	struct nx_map map = {0, NIMBLE_MAP_HASH, 64, 64, 64, 0};
	unsigned int i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		nx_import(build, names[i]);
	map.name = nx_string(build, "m");
	nx_append(build, NX_SEC_MAPS, &map, sizeof(map));
}

static inline unsigned int length(const struct class *class)
{
	unsigned int n = 6;

	while (!class->insn[n - 1].opcode)
		n--;
	return n;
}

static inline unsigned int write_loop(const struct class *class,
				      struct nx_insn *code)
{
	const struct nx_insn start[] = {
		MOVR(6, 1),
		LDX(BPF_DW, 6, 6, 16),
		MOVR(7, 10),
		ADD(7, -128),
		LDDW(8, 0, (int32_t)(uint32_t)(uintptr_t)window,
		     (int32_t)(uint32_t)((uintptr_t)window >> 32)),
		LDDW(9, 0, -1, 0x7fffffff)};
	unsigned int n = sizeof(start) / 8, begin = n, i, at;

	memcpy(code, start, sizeof(start));
	while (n + length(class) <= begin + BODY)
		for (i = 0; i < length(class); i++)
			code[n++] = class->insn[i];
	code[n] = JA((int16_t)(begin - n - 1));
	n++;
	code[n++] = EXIT;
	for (at = n, i = begin; i < at; i++)
		if (code[i].opcode == (BPF_JMP | BPF_CALL) &&
		    code[i].src == NX_CALL_LOCAL)
			code[i].imm = (int32_t)(at - 1 - i - 1);
	return n;
}

#endif
