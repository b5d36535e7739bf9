/* SPDX-License-Identifier: GPL-2.0 */
/* Dispatch queues. See dsq.h.
 *
 * One ordered by virtual time is a sorted list, searched from its end: time goes on, so
 * what comes belongs near there; and a policy has a bounded number of threads. */
#include <asm/errno.h>

#include "kernel/core/panic.h"
#include "kernel/core/percpu.h"
#include "kernel/mm/kmalloc.h"
#include "kernel/proc/dsq.h"

static struct list *bucket(struct policy *p, uint64_t id)
{
	/* Fibonacci hashing; ids are often small numbers, or pids. */
	return &p->dsq[id * 0x9e3779b97f4a7c15ull >> 58];
}

_Static_assert(POLICY_DSQ_HASH == 1 << 6, "bucket() takes six bits");

struct dsq *dsq_find(struct policy *p, uint64_t id)
{
	struct list *n;

	list_for_each(n, bucket(p, id)) {
		struct dsq *q = list_entry(n, struct dsq, node);

		if (q->id == id)
			return q;
	}
	return NULL;
}

int dsq_create(struct policy *p, uint64_t id)
{
	struct dsq *q;

	if (dsq_find(p, id))
		return -EEXIST;
	if (p->dsq_count == DSQ_MOST)
		return -ENOSPC;
	q = kzalloc(sizeof(*q));
	if (!q)
		return -ENOMEM;
	q->id = id;
	list_init(&q->threads);
	list_push_back(bucket(p, id), &q->node);
	p->dsq_count++;
	return 0;
}

static void destroy(struct policy *p, struct dsq *q)
{
	ASSERT(!q->count);
	list_remove(&q->node);
	p->dsq_count--;
	kfree(q);
}

int dsq_destroy(struct policy *p, uint64_t id)
{
	struct dsq *q = dsq_find(p, id);

	if (!q || id == NIMBLE_DSQ_GLOBAL)
		return -ENOENT;
	if (q->count)
		return -EBUSY;
	destroy(p, q);
	return 0;
}

void dsq_destroy_all(struct policy *p)
{
	struct list *n, *tmp;
	uint32_t i;

	for (i = 0; i < POLICY_DSQ_HASH; i++)
		list_for_each_safe(n, tmp, &p->dsq[i])
			destroy(p, list_entry(n, struct dsq, node));
}

static void count_near(struct policy *p, struct cpu *cpu, uint32_t change)
{
	__atomic_add_fetch(&p->waiting_count, change, __ATOMIC_SEQ_CST);
	__atomic_add_fetch(&p->waiting_at[cpu->index], change,
			   __ATOMIC_RELAXED);
	__atomic_add_fetch(&cpu->waiting_near, change, __ATOMIC_SEQ_CST);
}

void waiting_add(struct policy *p, struct thread *t)
{
	t->queued_cycles = arch_cycles();
	list_push_back(&p->waiting, &t->policy.waiting);
	count_near(p, t->cpu, 1);
}

void waiting_remove(struct policy *p, struct thread *t)
{
	if (t->policy.dsq)
		dsq_remove(t);
	list_remove(&t->policy.waiting);
	count_near(p, t->cpu, (uint32_t)-1);
}

static void set_count(struct dsq *q, uint32_t count)
{
	__atomic_store_n(&q->count, count, __ATOMIC_RELAXED);
}

/* An empty queue takes either order. */
static int set_order(struct dsq *q, bool by_vtime)
{
	if (q->count && q->by_vtime != by_vtime)
		return -EINVAL;
	q->by_vtime = by_vtime;
	return 0;
}

static void insert(struct dsq *q, struct thread *t, struct list *before)
{
	list_insert_before(before, &t->policy.in_dsq);
	t->policy.dsq = q;
	t->policy.policy->view[t->policy.index].queue = q->id;
	set_count(q, q->count + 1);
}

int dsq_add(struct dsq *q, struct thread *t, bool in_front)
{
	int error = set_order(q, false);

	if (!error)
		insert(q, t, in_front ? q->threads.next : &q->threads);
	return error;
}

int dsq_add_by_vtime(struct dsq *q, struct thread *t, uint64_t vtime)
{
	int error = set_order(q, true);
	struct list *n;

	if (error)
		return error;
	t->policy.vtime = vtime;
	/* Times wrap: what is less than half of them ahead is later. */
	for (n = q->threads.prev; n != &q->threads; n = n->prev)
		if ((int64_t)(vtime -
			      list_entry(n, struct thread, policy.in_dsq)
				      ->policy.vtime) >= 0)
			break;
	insert(q, t, n->next);
	return 0;
}

void dsq_remove(struct thread *t)
{
	list_remove(&t->policy.in_dsq);
	set_count(t->policy.dsq, t->policy.dsq->count - 1);
	t->policy.dsq = NULL;
	t->policy.policy->view[t->policy.index].queue = 0;
}
