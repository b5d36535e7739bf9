/* SPDX-License-Identifier: MIT */
/* The state of one run, shared by C and assembly; offsets for both. */
#ifndef NIMBLE_ENGINE_RUN_H
#define NIMBLE_ENGINE_RUN_H

/* Offsets in struct nimble_run, asserted below; regs are at 0. */
#define RUN_IP 88
#define RUN_BUDGET 96
#define RUN_BASE 104
#define RUN_TOP 112
#define RUN_BOTTOM 120
#define RUN_LIMIT 128
#define RUN_FRAME 136
#define RUN_FAULT 144
#define RUN_SP 152
#define RUN_INSN 160

/* One suspended caller: r6 to r9, and its call cell or the code to go on at. */
#define CALLER_BYTES 40

/* The arena's limits lie before its first byte, one word per access size. */
#define LIMIT_READ(bytes) (-8 * (bytes))
#define LIMIT_WRITE(bytes) (-8 * (bytes)-64)
#define ARENA_LEAD 128

#ifndef __ASSEMBLER__
#include <stdint.h>
#include <stddef.h>

#include "nimble/abi/insn.h"
#include "nimble/abi/nx.h"

struct nimble_code;
struct nimble_ext;
struct nimble_frame;

struct nimble_caller {
	uint64_t saved[4];
	const uint64_t *cell;
};

struct nimble_run {
	uint64_t reg[NX_REGS];
	const uint64_t *ip;
	int64_t budget;
	uint8_t *base; /* the arena; its limits lie before it */
	struct nimble_caller *top; /* first free entry of callers[] */
	struct nimble_caller *bottom;
	struct nimble_caller *limit;
	uint64_t frame_bytes;
	uint64_t faulted; /* an enum nimble_fault_kind; nonzero unwinds */
	void *sp; /* the host's stack pointer inside handlers */
	uint32_t fault_insn; /* in copied code also what is at C, see core/copy.c */
	uint32_t level; /* enum nimble_level */

	/* Below: not known to assembly. */
	const struct nimble_code *code;
	struct nimble_ext *ext;
	struct nimble_frame *frame;
	uint64_t fault_address;
	uint32_t depth; /* of extension-to-extension calls */
	uint32_t cpu;
	struct nimble_caller callers[NX_MAX_DEPTH - 1];
};

#define CHECK_RUN(field, offset)                                       \
	_Static_assert(offsetof(struct nimble_run, field) == (offset), \
		       "nimble_run." #field)
CHECK_RUN(ip, RUN_IP);
CHECK_RUN(budget, RUN_BUDGET);
CHECK_RUN(base, RUN_BASE);
CHECK_RUN(top, RUN_TOP);
CHECK_RUN(bottom, RUN_BOTTOM);
CHECK_RUN(limit, RUN_LIMIT);
CHECK_RUN(frame_bytes, RUN_FRAME);
CHECK_RUN(faulted, RUN_FAULT);
CHECK_RUN(sp, RUN_SP);
CHECK_RUN(fault_insn, RUN_INSN);
_Static_assert(sizeof(struct nimble_caller) == CALLER_BYTES, "nimble_caller");
#endif

#endif
