/* SPDX-License-Identifier: MIT */
/* The simulated machine: dispatch queues, and all that waits in a policy. */
#include <stdlib.h>

#include "toolchain/nimble/sim/sim_priv.h"

struct sim_dsq *sim_dsq_find(uint64_t id)
{
	uint32_t i;

	for (i = 0; i < sim->policy.dsqs; i++)
		if (sim->policy.dsq[i]->id == id)
			return sim->policy.dsq[i];
	return NULL;
}

int sim_dsq_create(uint64_t id)
{
	struct sim_dsq *q;

	if (sim_dsq_find(id))
		return -EEXIST;
	if (sim->policy.dsqs == SIM_DSQS_MOST)
		return -ENOSPC;
	q = calloc(1, sizeof(*q));
	if (!q)
		return -ENOMEM;
	q->id = id;
	sim_list_init(&q->threads);
	sim->policy.dsq[sim->policy.dsqs++] = q;
	return 0;
}

int sim_dsq_destroy(uint64_t id)
{
	struct sim_policy *p = &sim->policy;
	uint32_t i = 0;

	while (i < p->dsqs && p->dsq[i]->id != id)
		i++;
	if (i == p->dsqs || id == NIMBLE_DSQ_GLOBAL)
		return -ENOENT;
	if (p->dsq[i]->count)
		return -EBUSY;
	free(p->dsq[i]);
	p->dsq[i] = p->dsq[--p->dsqs];
	return 0;
}

void sim_dsq_destroy_all(void)
{
	while (sim->policy.dsqs)
		free(sim->policy.dsq[--sim->policy.dsqs]);
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
	/* Times wrap: a time less than half the range ahead is later. */
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
