/* SPDX-License-Identifier: MIT */
/* Answers getppid(a, b, c) by what the extension "adder" makes of it. */
#include "ext/lib/nimble_ext.h"

#define GETPPID 110

LICENCE("MIT");

HOOK(syscall_entry)
u64 ask(struct nimble_ctx_syscall_entry *ctx)
{
	s64 adder;

	if (ctx->nr != GETPPID)
		return NIMBLE_CONTINUE;
	adder = ext_find("adder", 5);
	ctx->ret = adder < 0 ? (u64)adder
			     : ext_call((u64)adder, ctx->args[0], ctx->args[1],
					ctx->args[2]);
	return NIMBLE_ANSWER;
}
