/* SPDX-License-Identifier: MIT */
/* A service for other extensions: adds its arguments; 13 is unlucky, and with 99
 * it never comes back. */
#include "ext/lib/nimble_ext.h"

LICENCE("MIT");

HOOK(service)
u64 add(struct nimble_ctx_service *ctx)
{
	volatile u64 turns = 0;

	if (ctx->args[0] == 13)
		return *(volatile u64 *)1;
	while (ctx->args[0] == 99)
		turns++;
	return ctx->args[0] + ctx->args[1] + ctx->args[2];
}
