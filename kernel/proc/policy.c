/* SPDX-License-Identifier: GPL-2.0 */
/* Which policies there are: how they begin, fail and end. See policy.h. */
#include <asm/errno.h>
#include <stdarg.h>

#include "kernel/arch/cpu.h"
#include "kernel/core/panic.h"
#include "kernel/lib/format.h"
#include "kernel/lib/string.h"
#include "kernel/mm/kmalloc.h"
#include "kernel/proc/job.h"
#include "kernel/proc/policy_priv.h"
#include "kernel/proc/process.h"
#include "kernel/proc/runqueue.h"
#include "kernel/proc/sched.h"

#define TIMEOUT_DEFAULT_MS 100
#define TIMEOUT_MOST_MS 30000
#define DISPATCH_DEFAULT 32

uint32_t policy_count;
struct policy *policy_slot[POLICY_SLOTS];
uint32_t policy_slot_end;

/* Schedules the threads of all jobs that have no policy of their own. Atomic. */
static struct policy *policy_of_all;

/* The pointer by which p's threads find their policy. */
static struct policy **place_of(const struct policy *p)
{
	return p->job ? &p->job->policy : &policy_of_all;
}

struct policy *policy_for_all(void)
{
	return __atomic_load_n(&policy_of_all, __ATOMIC_SEQ_CST);
}

struct policy *policy_of(const struct thread *t)
{
	struct policy *p =
		__atomic_load_n(&t->proc->job->policy, __ATOMIC_SEQ_CST);

	return p ? p : policy_for_all();
}

/* ---- Being inside ------------------------------------------------------- */

/* seq_cst: either the CPU that ends the policy sees that this one is inside, or the
 * caller sees afterwards that the policy is gone. */
void policy_publish(struct policy *p)
{
	__atomic_store_n(&this_cpu()->policy, p, __ATOMIC_SEQ_CST);
}

void policy_leave(void)
{
	__atomic_store_n(&this_cpu()->policy, NULL, __ATOMIC_RELEASE);
}

static struct policy *unless_off(struct policy *p)
{
	if (p && !__atomic_load_n(&p->off, __ATOMIC_RELAXED))
		return p;
	policy_leave();
	return NULL;
}

struct policy *policy_enter(const struct thread *t)
{
	struct policy *p = policy_of(t), *again;

	for (;; p = again) {
		policy_publish(p);
		again = policy_of(t);
		if (again == p)
			return unless_off(p);
	}
}

struct policy *policy_enter_at(struct policy *const *place)
{
	struct policy *p = __atomic_load_n(place, __ATOMIC_RELAXED);

	if (!p)
		return NULL;
	policy_publish(p);
	if (__atomic_load_n(place, __ATOMIC_SEQ_CST) != p)
		p = NULL;
	return unless_off(p);
}

void policy_wait(const struct policy *p)
{
	uint32_t i;

	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	for (i = 0; i < cpu_count(); i++)
		/* acquire: pairs with policy_leave() */
		while (__atomic_load_n(&cpus[i].policy, __ATOMIC_ACQUIRE) == p)
			arch_pause();
}

/* ---- Members ------------------------------------------------------------ */

bool member_add(struct policy *p, struct thread *t)
{
	uint32_t i, index, most = p->about.tasks;
	bool found = false;

	spin_lock(&p->lock);
	for (i = 0; i < most && !found; i++) {
		index = (p->member_next + i) % most;
		if (!p->member[index]) {
			p->member[index] = t;
			p->member_next = index + 1;
			p->member_end = MAX(p->member_end, index + 1);
			t->policy.index = index;
			found = true;
		}
	}
	spin_unlock(&p->lock);
	if (found)
		t->policy.policy = p;
	return found;
}

void member_remove(struct policy *p, struct thread *t)
{
	spin_lock(&p->lock);
	p->member[t->policy.index] = NULL;
	spin_unlock(&p->lock);
	t->policy.policy = NULL;
}

struct thread *policy_member_at(struct policy *p, uint64_t view)
{
	uint64_t offset = view - (uint64_t)p->view;
	uint64_t index = offset / sizeof(*p->view);

	if (offset % sizeof(*p->view) || index >= p->about.tasks)
		return NULL;
	return p->member[index];
}

/* ---- The watchdog -------------------------------------------------------- */

struct oldest {
	uint64_t since; /* TSC; 0: nothing waits */
	uint32_t id;
};

static void look_at(struct oldest *o, const struct thread *t)
{
	if (!o->since || t->queued_cycles < o->since)
		*o = (struct oldest){t->queued_cycles, t->id};
}

/* The first of each job in a CPU's run queue. Caller holds its lock. */
static void look_at_queue(struct policy *p, struct cpu *cpu, struct oldest *o)
{
	struct list *n;

	list_for_each(n, &cpu->jobs) {
		struct job_queue *q = list_entry(n, struct job_queue, node);
		struct thread *t =
			list_first(&q->threads, struct thread, queue);

		if (has_joined(p, t))
			look_at(o, t);
	}
}

/* Interrupts off. */
static struct oldest find_oldest(struct policy *p)
{
	struct oldest o = {0};
	uint32_t i;

	spin_lock(&p->lock);
	if (!list_empty(&p->waiting))
		look_at(&o,
			list_first(&p->waiting, struct thread, policy.waiting));
	spin_unlock(&p->lock);
	for (i = 0; i < cpu_count(); i++) {
		spin_lock(&cpus[i].lock);
		look_at_queue(p, &cpus[i], &o);
		spin_unlock(&cpus[i].lock);
	}
	return o;
}

/* CPUs take turns between jobs: what others take of the time is not the policy's. */
static uint64_t timeout_cycles(const struct policy *p)
{
	return ns_to_cycles(p->about.timeout_ms * 1000000ULL) * job_count();
}

static void look_for_stall(struct policy *p, struct timer *timer)
{
	struct oldest o = find_oldest(p);

	if (!o.since) {
		__atomic_store_n(&p->watched, false, __ATOMIC_SEQ_CST);
		/* A thread that came after the look did not start it. */
		o = find_oldest(p);
		if (!o.since ||
		    __atomic_exchange_n(&p->watched, true, __ATOMIC_SEQ_CST))
			return;
	}
	if (arch_cycles() >= o.since + timeout_cycles(p))
		policy_fail(p, NIMBLE_EXIT_ERROR_STALL,
			    "thread %u was runnable and did not run for %u ms",
			    o.id, p->about.timeout_ms);
	else
		timer_start_call(timer, o.since + timeout_cycles(p));
}

/* Inside the policy: another CPU may start the timer while this one looks, and the CPU
 * that ends the policy then waits for the timer there. */
static void watch(struct timer *timer)
{
	struct policy *p = container_of(timer, struct policy, watchdog);
	uint64_t flags = arch_irq_save();

	policy_publish(p);
	if (!__atomic_load_n(&p->off, __ATOMIC_SEQ_CST))
		look_for_stall(p, timer);
	policy_leave();
	arch_irq_restore(flags);
}

void policy_watch(struct policy *p)
{
	if (__atomic_load_n(&p->watched, __ATOMIC_SEQ_CST) ||
	    __atomic_exchange_n(&p->watched, true, __ATOMIC_SEQ_CST))
		return;
	timer_start_call(&p->watchdog, arch_cycles() + timeout_cycles(p));
}

/* ---- Beginning ------------------------------------------------------------ */

int policy_prepare(struct policy *p)
{
	uint32_t i;

	p->member = kzalloc(p->about.tasks * sizeof(*p->member));
	if (!p->member)
		return -ENOMEM;
	list_init(&p->waiting);
	for (i = 0; i < POLICY_DSQ_HASH; i++)
		list_init(&p->dsq[i]);
	if (dsq_create(p, NIMBLE_DSQ_GLOBAL)) {
		kfree(p->member);
		return -ENOMEM;
	}
	p->watchdog.fire = watch;
	if (!p->about.timeout_ms)
		p->about.timeout_ms = TIMEOUT_DEFAULT_MS;
	p->about.timeout_ms = MIN(p->about.timeout_ms, TIMEOUT_MOST_MS);
	if (!p->about.dispatch_max)
		p->about.dispatch_max = DISPATCH_DEFAULT;
	return 0;
}

void policy_unprepare(struct policy *p)
{
	dsq_destroy_all(p);
	kfree(p->member);
}

/* Make the CPUs that run threads of p's follow it. */
static void notify_cpus(const struct policy *p, uint32_t work)
{
	uint64_t flags = arch_irq_save();
	uint32_t i;

	for (i = 0; i < cpu_count(); i++) {
		struct cpu *cpu = &cpus[i];

		spin_lock(&cpu->lock);
		if (cpu->current->proc &&
		    (!p->job || cpu->current->proc->job == p->job))
			cpu_notify(cpu, work);
		spin_unlock(&cpu->lock);
	}
	arch_irq_restore(flags);
}

static int take_slot(struct policy *p)
{
	uint32_t i;

	for (i = 0; i < POLICY_SLOTS && policy_slot[i]; i++)
		;
	if (i == POLICY_SLOTS)
		return -ENOSPC;
	__atomic_store_n(&policy_slot[i], p, __ATOMIC_SEQ_CST);
	if (i >= policy_slot_end)
		__atomic_store_n(&policy_slot_end, i + 1, __ATOMIC_SEQ_CST);
	return 0;
}

static void give_slot_up(const struct policy *p)
{
	uint32_t i;

	for (i = 0; i < POLICY_SLOTS; i++)
		if (policy_slot[i] == p)
			__atomic_store_n(&policy_slot[i], NULL,
					 __ATOMIC_SEQ_CST);
}

int policy_start(struct policy *p, struct policy *old)
{
	int error = take_slot(p);

	if (error)
		return error;
	__atomic_add_fetch(&policy_count, 1, __ATOMIC_SEQ_CST);
	if (old)
		policy_end(old, NIMBLE_EXIT_UNREG, 0, "replaced");
	__atomic_store_n(place_of(p), p, __ATOMIC_SEQ_CST);
	notify_cpus(p, CPU_WORK_RESCHED);
	if (old)
		policy_stop(old);
	return 0;
}

/* ---- Ending ---------------------------------------------------------------- */

bool policy_end(struct policy *p, uint32_t kind, uint64_t code,
		const char *message)
{
	if (__atomic_exchange_n(&p->off, true, __ATOMIC_SEQ_CST))
		return false;
	p->exit_kind = kind;
	p->exit_code = code;
	strlcpy(p->exit_message, message, sizeof(p->exit_message));
	return true;
}

void policy_fail(struct policy *p, uint32_t kind, const char *format, ...)
{
	char message[NIMBLE_EXIT_MESSAGE_BYTES];
	va_list args;

	va_start(args, format);
	format_v(message, sizeof(message), format, args);
	va_end(args);
	if (policy_end(p, kind, 0, message))
		policy_failed(p);
}

/* No CPU is inside. Threads that wait are put on queues again, by whatever schedules
 * them now. */
static void release_waiting(struct policy *p)
{
	uint64_t flags = arch_irq_save();

	for (;;) {
		struct thread *t = NULL;

		spin_lock(&p->lock);
		if (!list_empty(&p->waiting)) {
			t = list_first(&p->waiting, struct thread,
				       policy.waiting);
			waiting_remove(p, t);
		}
		spin_unlock(&p->lock);
		if (!t)
			break;
		sched_put_again(t);
	}
	arch_irq_restore(flags);
}

/* End the membership of `index`; returns whether there was one. Its thread exists
 * while it is in the table, because it leaves that under the lock. */
static bool release_member(struct policy *p, uint32_t index)
{
	uint64_t flags = arch_irq_save();
	struct thread *t;

	spin_lock(&p->lock);
	t = p->member[index];
	if (t) {
		sched_leave_policy(t);
		p->member[index] = NULL;
	}
	spin_unlock(&p->lock);
	arch_irq_restore(flags);
	return t;
}

/* No CPU is inside, and none will be, so the operations run one after another here. */
static void operate(struct policy *p, enum nimble_hook op, uint64_t a,
		    uint64_t b)
{
	uint64_t flags = arch_irq_save();
	struct policy_call call = {.policy = p, .op = op, .cpu = this_cpu()};
	uint64_t args[] = {a, b}, result;

	if (policy_has(p, op))
		policy_operate(&call, args, &result);
	arch_irq_restore(flags);
}

static void release_members(struct policy *p)
{
	uint32_t i;

	/* No member is added any more; some may leave meanwhile. */
	for (i = 0; i < p->member_end; i++) {
		if (!__atomic_load_n(&p->member[i], __ATOMIC_RELAXED))
			continue;
		if (!release_member(p, i))
			continue;
		operate(p, NIMBLE_HOOK_sched_disable, (uint64_t)&p->view[i], 0);
		operate(p, NIMBLE_HOOK_sched_exit_task, (uint64_t)&p->view[i],
			0);
	}
}

const char *policy_exit_reason(uint32_t kind)
{
	switch (kind) {
	case NIMBLE_EXIT_NONE:
		return "it schedules";
	case NIMBLE_EXIT_UNREG:
		return "it was taken off";
	case NIMBLE_EXIT_UNREG_BPF:
		return "it has ended itself";
	case NIMBLE_EXIT_ERROR:
		return "runtime error";
	case NIMBLE_EXIT_ERROR_BPF:
		return "it has reported an error";
	case NIMBLE_EXIT_ERROR_STALL:
		return "a thread was left waiting";
	default:
		return "unknown";
	}
}

void policy_fill_record(const struct policy *p,
			struct nimble_exit_record *record)
{
	memset(record, 0, sizeof(*record));
	record->kind = p->exit_kind;
	record->code = p->exit_code;
	strlcpy(record->reason, policy_exit_reason(p->exit_kind),
		sizeof(record->reason));
	strlcpy(record->message, p->exit_message, sizeof(record->message));
	strlcpy(record->dump, p->dump, sizeof(record->dump));
}

static void tell_exit(struct policy *p)
{
	if (p->exit_kind >= NIMBLE_EXIT_ERROR)
		operate(p, NIMBLE_HOOK_sched_dump, (uint64_t)p->record, 0);
	policy_fill_record(p, p->record);
	operate(p, NIMBLE_HOOK_sched_exit, (uint64_t)p->record, 0);
}

void policy_stop(struct policy *p)
{
	struct policy *self = p;

	policy_end(p, NIMBLE_EXIT_UNREG, 0, "detached");
	__atomic_compare_exchange_n(place_of(p), &self, NULL, false,
				    __ATOMIC_SEQ_CST, __ATOMIC_RELAXED);
	give_slot_up(p);
	policy_wait(p);
	timer_stop(&p->watchdog);
	release_waiting(p);
	release_members(p);
	policy_wait(p); /* that are about to leave the table: policy_ended() */
	tell_exit(p);
	notify_cpus(p, CPU_WORK_QUEUE);
	__atomic_sub_fetch(&policy_count, 1, __ATOMIC_SEQ_CST);
}
