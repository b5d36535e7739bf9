/* SPDX-License-Identifier: GPL-2.0 */
/* Delegated system calls: the LWK's side of kernel/abi/slot.h. */
#ifndef LWK_IKC_DELEGATE_H
#define LWK_IKC_DELEGATE_H

#include "kernel/lib/types.h"
#include "kernel/proc/thread.h"

/* Make the current thread's proxy execute call nr. Thread context, no lock held: it
 * may take for ever. Returns what Linux returned; -LWK_INTERRUPTED: a signal came
 * before the call ran (also where the process is about to end: then the call may still
 * run, and its result is lost). */
int64_t delegate(uint32_t nr, const uint64_t arg[6]);

#define delegate_call(nr, ...) delegate(nr, (const uint64_t[6]){__VA_ARGS__})

#endif
