/* SPDX-License-Identifier: MIT */
/* What ext/trusted/record.c writes and `lwk sched` reads. */
#ifndef NIMBLE_ABI_RECORD_H
#define NIMBLE_ABI_RECORD_H

#include "nimble/abi/types.h"

/* A CPU goes from one task to another; 0: it idles. */
struct nimble_switch {
	nx_u64 now_ns; /* CLOCK_MONOTONIC */
	nx_u32 previous;
	nx_u32 next;
	nx_u32 cpu; /* index of the LWK's CPU */
	nx_u32 runnable; /* that wait for it */
};

_Static_assert(sizeof(struct nimble_switch) == 24, "nimble_switch is ABI");

#endif
