/* SPDX-License-Identifier: MIT */
/* A list of the system calls that a program may make, as seccomp's filters are on Linux;
 * here it is a map, which the program fills and may read at any time.
 *
 * Nothing is refused until `armed` is set. Then a call whose number is not in `allowed`
 * fails with EPERM, without reaching the LWK or Linux, and is counted in `denied`. A
 * thread may always end and return from a signal's handler. The list is that of the whole
 * job, children and threads included, whatever they execute.
 *
 * It protects a program from its own mistakes and libraries, not from its own malice:
 * a program that can write the map can disarm it. For a list that the job cannot
 * change, the administrator loads this extension as a trusted one, which sees the
 * calls of all jobs. */
#include "ext/lib/nimble_ext.h"

#define CALLS 512 /* that a number can name; others are denied */
#define NR_RT_SIGRETURN 15
#define NR_EXIT 60
#define NR_EXIT_GROUP 231

LICENCE("MIT");

MAP_ARRAY(armed, u64, 1);
MAP_ARRAY(allowed, u64, CALLS); /* not 0: it is */
MAP_ARRAY(denied, u64,
	  CALLS); /* how often; the last entry: all numbers beyond */

static u64 is_allowed(u64 nr)
{
	return (nr < CALLS && allowed[nr]) || nr == NR_RT_SIGRETURN ||
	       nr == NR_EXIT || nr == NR_EXIT_GROUP;
}

HOOK(syscall_entry)
u64 check(struct nimble_ctx_syscall_entry *ctx)
{
	u64 nr = ctx->nr;

	if (!armed[0] || is_allowed(nr))
		return NIMBLE_CONTINUE;
	__sync_fetch_and_add(&denied[nr < CALLS ? nr : CALLS - 1], 1);
	ctx->ret = (u64)-EPERM;
	return NIMBLE_DENY;
}
