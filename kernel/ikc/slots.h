/* SPDX-License-Identifier: GPL-2.0 */
/* Slots for delegated calls: which thread has which. See kernel/abi/slot.h.
 *
 * A thread gets a slot at its first delegated call. It keeps one of the first page until
 * it ends. Further pages are made when all slots are taken; their slots are given back
 * after each call, so that there are as many as threads that block at once. Where there
 * is none, the thread waits for one.
 *
 * process.slot_lock guards which thread has which slot. It is taken with interrupts on;
 * inside it, only a CPU's lock is.
 */
#ifndef LWK_IKC_SLOTS_H
#define LWK_IKC_SLOTS_H

#include "kernel/abi/slot.h"
#include "kernel/lib/types.h"
#include "kernel/proc/thread.h"

struct process;

struct slot_page {
	struct lwk_slot_page *shared;
	uint32_t number; /* which page of the process */
	uint64_t used; /* bit i: slot[i] is lent, or its call was given up */
	struct thread *owner[LWK_SLOTS]; /* NULL: free, or given up */
};

/* Have a slot for the current thread. Thread context. 0; -EINTR: the thread is to
 * end, or (rarely) a signal came while none was free. */
int slot_get(void);

/* The call is over: give the slot back if it is shared. */
void slot_put(void);

/* The current thread ends while its call runs: the slot is not used again. */
void slot_abandon(void);

/* The call in slot `number` of p is done and its thread sleeps: wake it. */
void slot_done(struct process *p, uint64_t number);

static inline struct lwk_slot *thread_slot(const struct thread *t)
{
	return &t->slot_page->shared->slot[t->slot];
}

static inline uint64_t thread_slot_number(const struct thread *t)
{
	return (uint64_t)t->slot_page->number * LWK_SLOTS + t->slot;
}

#endif
