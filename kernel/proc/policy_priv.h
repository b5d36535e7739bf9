/* SPDX-License-Identifier: GPL-2.0 */
/* Shared by policy.c (which policies there are), policy_thread.c (what they are told about
 * threads), policy_place.c (where they put them) and policy_balance.c (whom a CPU gets). */
#ifndef LWK_PROC_POLICY_PRIV_H
#define LWK_PROC_POLICY_PRIV_H

#include "kernel/proc/dsq.h"
#include "kernel/proc/policy.h"

#define POLICY_SLOTS 64 /* policies at once */

/* Those that are attached; NULL: a free place. Atomic. */
extern struct policy *policy_slot[POLICY_SLOTS];
extern uint32_t policy_slot_end; /* beyond all that were ever taken; atomic */

/* This CPU is inside p, if it is there still: look anew after. Then policy_leave(). */
void policy_publish(struct policy *p);

/* Has the thread joined it? While this CPU is inside p. */
static inline bool has_joined(const struct policy *p, const struct thread *t)
{
	return t->policy.policy == p;
}

/* Does the policy that the thread has joined have that operation? Its own CPU asks: the
 * policy may be ending just now. */
static inline bool wants(const struct thread *t, enum nimble_hook op)
{
	return t->policy.operations >> (op - NIMBLE_HOOK_sched_select_cpu) & 1;
}

/* The address of a thread's view, as an argument of operations. It has joined. */
static inline struct nimble_sched_task *view_of(const struct thread *t)
{
	return &t->policy.policy->view[t->policy.index];
}

/* Longer slices mean this, but for the infinite one. */
#define POLICY_SLICE_MOST_NS (1ULL << 60)

/* Write what changes into the thread's view, and return that. It has joined, and does not
 * run elsewhere. */
struct nimble_sched_task *policy_show(const struct thread *t);

/* May it run on a CPU of that index, if there is one? */
bool policy_allows(const struct thread *t, uint64_t cpu);

/* Put a thread that is nowhere where `call` says, or let it wait in its policy; false: the
 * policy has failed, or does not know the thread's CPUs, and the thread is nowhere. */
bool policy_insert(struct policy_call *call, struct thread *t);
/* Its enqueue has been asked: policy_insert() follows, or not. */
void policy_came(struct thread *t);

/* Something waits, or will: see that it does not for ever. Interrupts off, no lock. */
void policy_watch(struct policy *p);

/* Have a thread, which belongs to nobody's table, be a member; false: the table is
 * full. And not be one any more. */
bool member_add(struct policy *p, struct thread *t);
void member_remove(struct policy *p, struct thread *t);

#endif
