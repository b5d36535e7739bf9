/* SPDX-License-Identifier: GPL-2.0 */
/* Making every CPU forget translations of an address space.
 *
 * The CPU that has changed entries asks those that may have cached them, by an interrupt
 * whose handler forgets and answers; it waits for all answers. The handler takes no lock
 * and is not deferred, so a CPU answers whatever it does, except with interrupts off. So
 * code with interrupts off waits for no other CPU (except for locks whose holders wait
 * for none either). Locks that are held across a shootdown (an address space's) are taken
 * with interrupts on.
 */
#ifndef LWK_MM_SHOOTDOWN_H
#define LWK_MM_SHOOTDOWN_H

#include "kernel/lib/types.h"

struct aspace;

/* All CPUs forget [start, end) of `as`, whose entries have been changed. Thread
 * context, interrupts on. */
void shootdown(struct aspace *as, vaddr_t start, vaddr_t end);

/* The same for the kernel's half, on all CPUs, which all run. */
void shootdown_kernel(vaddr_t start, vaddr_t end);

/* Afterwards no CPU has the tables of `as` loaded. Nothing runs in it. */
void shootdown_all(struct aspace *as);

#endif
