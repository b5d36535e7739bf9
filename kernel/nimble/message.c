/* SPDX-License-Identifier: GPL-2.0 */
/* Active messages: an extension sends a few words to a CPU, and hook message fires there,
 * for the extensions of the same job (or the administrator's). The kernel writes who sent
 * them. A CPU that runs a program is interrupted; a full queue is an error for the sender.
 *
 * Each CPU has a queue, guarded by its lock; interrupts off. */
#include <asm/errno.h>
#include <asm/signal.h>
#include <asm-generic/siginfo.h>

#include "kernel/arch/cpu.h"
#include "kernel/core/hook.h"
#include "kernel/core/panic.h"
#include "kernel/lib/string.h"
#include "kernel/mm/kmalloc.h"
#include "kernel/nimble/nimble_priv.h"
#include "kernel/proc/job.h"
#include "kernel/proc/process.h"
#include "kernel/sync/spinlock.h"

_Static_assert(NIMBLE_SIGNALS == SIGNAL_COUNT, "what hook message may send");

#define QUEUE 64 /* messages of a CPU */
#define JOB_MOST 32 /* of them, for one job */
#define SEND_UNITS 16

struct message {
	uint64_t job; /* 0: the administrator's */
	struct nimble_ctx_message ctx;
};

struct queue {
	struct spinlock lock;
	uint32_t head, tail; /* rise; head - tail of them wait */
	struct message message[QUEUE];
};

static struct queue *queues; /* by CPU; constant */

void messages_init(void)
{
	queues = kzalloc(cpu_count() * sizeof(*queues));
	if (!queues)
		panic("no memory for the messages of extensions");
}

/* The number of a job's messages in a queue. Caller holds its lock. */
static uint32_t count_of(const struct queue *q, uint64_t job)
{
	uint32_t i, count = 0;

	for (i = q->tail; i != q->head; i++)
		count += q->message[i % QUEUE].job == job;
	return count;
}

static bool put(struct queue *q, const struct message *m)
{
	uint64_t flags = arch_irq_save();
	bool room;

	spin_lock(&q->lock);
	room = q->head - q->tail < QUEUE &&
	       (!m->job || count_of(q, m->job) < JOB_MOST);
	if (room)
		q->message[q->head++ % QUEUE] = *m;
	spin_unlock(&q->lock);
	arch_irq_restore(flags);
	return room;
}

static bool take(struct queue *q, struct message *m)
{
	bool some;

	spin_lock(&q->lock);
	some = q->head != q->tail;
	if (some)
		*m = q->message[q->tail++ % QUEUE];
	spin_unlock(&q->lock);
	return some;
}

uint64_t nimble_host_message_send(NIMBLE_HELPER_ARGS)
{
	const struct extension *e = nimble_owner(nimble_run_ext(run));
	const struct thread *t = current_thread();
	const void *payload = nimble_arg_memory(run, a3, a4, false);
	struct message m = {
		.job = e->owner.job,
		.ctx =
			{
				.source_cpu = this_cpu()->index,
				.source_task = t->proc ? t->id : 0,
				.tag = a2,
			},
	};

	(void)a5;
	if (!payload || !nimble_charge(run, SEND_UNITS))
		return 0;
	if (a1 >= cpu_count() || a4 > sizeof(m.ctx.payload))
		return (uint64_t)-EINVAL;
	m.ctx.cpu = (uint32_t)a1;
	memcpy(m.ctx.payload, payload, a4);
	if (!put(&queues[a1], &m))
		return (uint64_t)-EAGAIN;
	cpu_notify(&cpus[a1], CPU_WORK_MESSAGE);
	return 0;
}

static bool is_for(const struct nimble_ext *ext, void *host)
{
	const struct extension *e = nimble_owner(ext);
	const struct message *m = ((struct policy_call *)host)->message;

	return e->owner.admin || e->owner.job == m->job;
}

/* The signal that a handler wants, for the job's task that runs here. */
static void send_signal(const struct message *m, uint64_t signal)
{
	struct thread *t = current_thread();
	const struct signal_info info = {.signal = (int)signal,
					 .code = SI_KERNEL};

	if (signal && t->proc && t->proc->job->id == m->job)
		thread_signal(t, &info);
}

static void arrive(struct message *m)
{
	uint64_t flags = arch_irq_save();
	struct policy_call call = {
		.op = NIMBLE_HOOK_message,
		.cpu = this_cpu(),
		.message = m,
	};
	const struct hook_fire fire = {
		.hook = NIMBLE_HOOK_message,
		.ctx = &m->ctx,
		.concerns = is_for,
		.call = &call,
	};
	uint64_t signal = hook_fire(&fire);

	arch_irq_restore(flags);
	send_signal(m, signal);
}

void hook_poll_messages(void)
{
	struct queue *q = &queues[this_cpu()->index];
	struct message m;
	int i;

	/* At most as many as a queue holds; the rest are handled next time. */
	for (i = 0; i < QUEUE; i++) {
		uint64_t flags, begin = arch_cycles();
		bool some;

		if (!hook_share_left()) {
			hook_share_wait();
			return;
		}
		flags = arch_irq_save();
		some = take(q, &m);
		arch_irq_restore(flags);
		if (!some)
			return;
		arrive(&m);
		hook_share_spent(arch_cycles() - begin);
	}
	cpu_raise(this_cpu(), CPU_WORK_MESSAGE);
}
