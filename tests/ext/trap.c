/* SPDX-License-Identifier: MIT */
/* To be loaded trusted: exceptions of the processor in unchecked code, in a load
 * and in an atomic operation. */
#include "ext/lib/nimble_ext.h"

#define GETEGID 108
#define GETPPID 110
#define GETPGRP 111

LICENCE("MIT");

HOOK(syscall_entry)
u64 trap(struct nimble_ctx_syscall_entry *ctx)
{
	u64 *nowhere = (u64 *)0xffffbeef00000000;

	if (ctx->nr == GETPPID)
		return __sync_fetch_and_add(nowhere, 1);
	if (ctx->nr == GETPGRP)
		return *(volatile u64 *)nowhere;
	if (ctx->nr == GETEGID) /* no address at all: bits 47 to 63 differ */
		return *(volatile u64 *)0x8000000000000000;
	return NIMBLE_CONTINUE;
}
