/* SPDX-License-Identifier: MIT */
/* The simulated machine: dispatch queues, and all that waits in a policy. */
#include <stdlib.h>

#include "nimble/user/sim_priv.h"

#define DSQ_MOST 1024

struct sim_dsq *sim_dsq_find(uint64_t id)
{
	struct sim_list *n;

	for (n = sim->policy.dsqs.next; n != &sim->policy.dsqs; n = n->next) {
		struct sim_dsq *q = sim_entry(n, struct sim_dsq, node);

		if (q->id == id)
			return q;
	}
	return NULL;
}

static uint32_t queues(void)
{
	const struct sim_list *n;
	uint32_t count = 0;

	for (n = sim->policy.dsqs.next; n != &sim->policy.dsqs; n = n->next)
		count++;
	return count;
}

int sim_dsq_create(uint64_t id)
{
	struct sim_dsq *q;

	if (sim_dsq_find(id))
		return -EEXIST;
	if (queues() == DSQ_MOST)
		return -ENOSPC;
	q = calloc(1, sizeof(*q));
	if (!q)
		return -ENOMEM;
	q->id = id;
	sim_list_init(&q->threads);
	sim_list_add(&sim->policy.dsqs, &q->node);
	return 0;
}

int sim_dsq_destroy(uint64_t id)
{
	struct sim_dsq *q = sim_dsq_find(id);

	if (!q || id == NIMBLE_DSQ_GLOBAL)
		return -ENOENT;
	if (q->count)
		return -EBUSY;
	sim_list_remove(&q->node);
	free(q);
	return 0;
}

void sim_dsq_destroy_all(void)
{
	struct sim_list *dsqs = &sim->policy.dsqs;

	while (!sim_list_empty(dsqs)) {
		struct sim_dsq *q = sim_entry(dsqs->next, struct sim_dsq, node);

		sim_list_remove(&q->node);
		free(q);
	}
}

void sim_waiting_add(struct sim_thread *t)
{
	t->queued_ns = sim->now_ns;
	t->near = t->cpu;
	t->near->waiting_near++;
	sim->policy.waiting_count++;
	sim_list_add(&sim->policy.waiting, &t->waiting);
}

void sim_waiting_remove(struct sim_thread *t)
{
	if (t->dsq)
		sim_dsq_remove(t);
	sim_list_remove(&t->waiting);
	t->near->waiting_near--;
	sim->policy.waiting_count--;
}

/* An empty queue takes either order. */
static int set_order(struct sim_dsq *q, bool by_vtime)
{
	if (q->count && q->by_vtime != by_vtime)
		return -EINVAL;
	q->by_vtime = by_vtime;
	return 0;
}

static void insert(struct sim_dsq *q, struct sim_thread *t,
		   struct sim_list *before)
{
	sim_list_add(before, &t->in_dsq);
	t->dsq = q;
	q->count++;
}

int sim_dsq_add(struct sim_dsq *q, struct sim_thread *t, bool in_front)
{
	int error = set_order(q, false);

	if (!error)
		insert(q, t, in_front ? q->threads.next : &q->threads);
	return error;
}

int sim_dsq_add_by_vtime(struct sim_dsq *q, struct sim_thread *t,
			 uint64_t vtime)
{
	int error = set_order(q, true);
	struct sim_list *n;

	if (error)
		return error;
	t->vtime = vtime;
	/* Times wrap: what is less than half of them ahead is later. */
	for (n = q->threads.prev; n != &q->threads; n = n->prev)
		if ((int64_t)(vtime -
			      sim_entry(n, struct sim_thread, in_dsq)->vtime) >=
		    0)
			break;
	insert(q, t, n->next);
	return 0;
}

void sim_dsq_remove(struct sim_thread *t)
{
	sim_list_remove(&t->in_dsq);
	t->dsq->count--;
	t->dsq = NULL;
}
