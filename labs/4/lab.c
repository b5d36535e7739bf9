/* SPDX-License-Identifier: MIT */
/* Lab 4: a filter of system calls.
 *
 * An application that knows which system calls it needs can give up all others, so
 * that an attacker who takes it over cannot use them. Map `allowed` has 1 at the
 * number of each call that may go on. While the map is empty, the filter is not armed,
 * and all calls may go on. A denied call is answered -EPERM (NIMBLE_DENY) and counted
 * in `denied`, by its number; numbers beyond the map's are denied, and counted at [0].
 * This filter lets all go on. `make lab N=4` grades. */
#include "ext/lib/nimble_ext.h"

#define SYSCALLS 512

LICENCE("MIT");

MAP_ARRAY(allowed, u64, SYSCALLS);
MAP_ARRAY(denied, u64, SYSCALLS);

HOOK(syscall_entry)
u64 filter(struct nimble_ctx_syscall_entry *ctx)
{
	(void)ctx;
	return NIMBLE_CONTINUE;
}
