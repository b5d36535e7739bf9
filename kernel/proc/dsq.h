/* SPDX-License-Identifier: GPL-2.0 */
/* Dispatch queues of a policy, and the list of all its threads that wait. Callers hold
 * policy->lock. */
#ifndef LWK_PROC_DSQ_H
#define LWK_PROC_DSQ_H

#include "kernel/proc/thread.h"

#define DSQ_MOST 1024 /* queues of one policy */

struct dsq {
	struct list node; /* in the policy's hash */
	uint64_t id;
	struct list threads; /* the next one first */
	uint32_t count;
	bool by_vtime; /* the order of what is in it */
};

struct dsq *dsq_find(struct policy *p, uint64_t id); /* or NULL */

/* A new queue: 0; -EEXIST, -ENOSPC, -ENOMEM. */
int dsq_create(struct policy *p, uint64_t id);
/* 0; -ENOENT, -EBUSY: there are threads in it. */
int dsq_destroy(struct policy *p, uint64_t id);
/* All of them; they are empty. */
void dsq_destroy_all(struct policy *p);

/* Make a thread that is on no queue wait, kept by the policy. */
void waiting_add(struct policy *p, struct thread *t);
/* It no longer waits, and is in no queue. Its CPU is the one that it had when it began
 * to wait. */
void waiting_remove(struct policy *p, struct thread *t);

/* Put a thread that waits, and is kept, into a queue: at the end, in front, or by its
 * virtual time. -EINVAL: the queue is in the other order. */
int dsq_add(struct dsq *q, struct thread *t, bool in_front);
int dsq_add_by_vtime(struct dsq *q, struct thread *t, uint64_t vtime);
/* Take it out of its queue: it is kept. */
void dsq_remove(struct thread *t);

#endif
