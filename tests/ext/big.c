/* SPDX-License-Identifier: MIT */
/* Long code: some 25,000 instructions, to fill the memory for machine code. */
#include "ext/lib/nimble_ext.h"

LICENCE("MIT");

#define TEN(x) x x x x x x x x x x
#define STEPS TEN(TEN(TEN(sum = sum * 3 + ctx->args[0];)))

HOOK(syscall_entry)
u64 big(struct nimble_ctx_syscall_entry *ctx)
{
	volatile u64 sum = ctx->nr;

	STEPS;
	STEPS;
	STEPS;
	STEPS;
	return sum == 1 ? NIMBLE_DENY : NIMBLE_CONTINUE;
}
