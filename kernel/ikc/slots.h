/* SPDX-License-Identifier: GPL-2.0 */
/* Slots for delegated calls: who has which. See kernel/abi/slot.h.
 *
 * A thread gets a slot at its first delegated call. One of the first page it keeps
 * until it ends; those of further pages, made when all are taken, it gives back
 * after each call, so that threads that block at once are what they are made for.
 * Where there is none, the thread waits for one.
 *
 * process.slot_lock guards who has which; taken with interrupts on, with nothing
 * inside but a CPU's lock.
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

/* The call is over: give the slot back where it is to be shared. */
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
