/* SPDX-License-Identifier: GPL-2.0 */
/* What policies are asked and told about threads. See policy.h. */
#include <asm/errno.h>

#include "kernel/arch/cpu.h"
#include "kernel/core/panic.h"
#include "kernel/lib/string.h"
#include "kernel/proc/job.h"
#include "kernel/proc/policy_priv.h"
#include "kernel/proc/process.h"
#include "kernel/proc/runqueue.h"
#include "kernel/proc/sched.h"

/* Less would be an interrupt for nothing but itself; Linux looks at ticks only. */
#define SLICE_LEAST_NS 50000
#define SLICE_MOST_NS (1ULL << 60)
#define TICK_NS 4000000ULL /* Linux's at 250 Hz */
#define PAID_WINDOW_NS 1000000
#define LOOPS_MOST 32 /* dispatches for one look for work */

/* ---- A thread as the policy sees it -------------------------------------- */

static uint32_t count_bits(uint64_t mask)
{
	uint32_t count = 0;

	for (; mask; mask &= mask - 1)
		count++;
	return count;
}

static void show_mask(struct thread *t)
{
	struct nimble_sched_task *view = view_of(t);

	t->policy.mask = t->affinity;
	view->mask = t->policy.mask;
	view->cpu_count = count_bits(t->policy.mask);
}

/* What changes while it runs. It does not run elsewhere. */
static struct nimble_sched_task *show(const struct thread *t)
{
	struct nimble_sched_task *view = view_of(t);

	view->slice = t->policy.slice;
	view->cpu = t->cpu->index;
	return view;
}

static void show_all(struct thread *t)
{
	struct nimble_sched_task *view = view_of(t);

	memset(view, 0, sizeof(*view));
	view->id = t->id;
	view->process = t->proc->pid;
	view->weight = 100;
	view->address_of_mask = (uint64_t)&view->mask;
	strlcpy(view->name, t->name, sizeof(view->name));
	show_mask(t);
	show(t);
}

/* ---- Operations ----------------------------------------------------------- */

/* Run one about a thread, with one more argument. True: done, or it has none. */
static bool operate(struct policy_call *call, enum nimble_hook op,
		    struct thread *t, uint64_t argument, uint64_t *result)
{
	uint64_t args[] = {(uint64_t)show(t), argument}, ignored;
	bool ok;

	if (!policy_has(call->policy, op))
		return true;
	call->op = op;
	ok = policy_operate(call, args, result ? result : &ignored);
	t->policy.slice = view_of(t)->slice;
	return ok;
}

/* The same for what only tells it something. */
static void tell(struct policy *p, enum nimble_hook op, struct thread *t,
		 uint64_t argument)
{
	struct policy_call call = {.policy = p, .cpu = this_cpu()};

	operate(&call, op, t, argument, NULL);
}

static bool join(struct policy *p, struct thread *t)
{
	struct policy_call call = {.policy = p, .cpu = this_cpu()};
	uint64_t result = 0;

	if (has_joined(p, t))
		return true;
	/* Another one is ending just now, and takes it off its list. */
	if (t->policy.policy || !member_add(p, t))
		return false;
	t->policy.is_runnable = t->policy.is_running = false;
	t->policy.slice = 0;
	show_all(t);
	if (!operate(&call, NIMBLE_HOOK_sched_init_task, t, 0, &result))
		return false;
	if (result) {
		policy_fail(p, NIMBLE_EXIT_ERROR,
			    "init_task of thread %u gave %ld", t->id,
			    (int64_t)result);
		return false;
	}
	return operate(&call, NIMBLE_HOOK_sched_enable, t, 0, NULL);
}

/* ---- Putting it somewhere -------------------------------------------------- */

/* The policy's fault, unless the thread's CPUs have changed since it was told of them: then
 * the thread is about to be put anew. */
static bool nonsense(struct policy *p, uint32_t id, bool told, uint64_t cpu)
{
	if (told)
		policy_fail(p, NIMBLE_EXIT_ERROR,
			    "thread %u was put on CPU %lu, which it may not "
			    "run on",
			    id, cpu);
	return false;
}

static bool knows_mask(const struct thread *t)
{
	return t->policy.mask == t->affinity;
}

static bool may_run_on(const struct thread *t, uint64_t cpu)
{
	return cpu < cpu_count() && (t->affinity >> cpu & 1);
}

/* End the slice of what runs there, where it is of the same policy. */
static void preempt(const struct policy *p, struct cpu *cpu)
{
	uint64_t flags = arch_irq_save();
	struct thread *current;

	spin_lock(&cpu->lock);
	current = cpu->current;
	if (has_joined(p, current)) {
		__atomic_store_n(&current->policy.slice, 0, __ATOMIC_RELAXED);
		cpu_notify(cpu, CPU_WORK_RESCHED);
	}
	spin_unlock(&cpu->lock);
	arch_irq_restore(flags);
}

void policy_kick(struct policy *p, struct cpu *cpu, uint64_t flags)
{
	const struct thread *current =
		__atomic_load_n(&cpu->current, __ATOMIC_RELAXED);

	if (current == cpu->idle)
		cpu_notify(cpu, CPU_WORK_RESCHED);
	else if (flags & NIMBLE_KICK_PREEMPT)
		preempt(p, cpu);
	else if (!(flags & NIMBLE_KICK_IDLE) &&
		 (!p->job ||
		  __atomic_load_n(&cpu->runs_for, __ATOMIC_RELAXED) == p))
		cpu_notify(cpu, CPU_WORK_RESCHED);
}

/* Into the run queue of a CPU. */
static bool insert_local(const struct policy_call *call, struct thread *t,
			 uint64_t cpu)
{
	struct cpu *to = &cpus[cpu];

	if (!may_run_on(t, cpu))
		return nonsense(call->policy, t->id, knows_mask(t), cpu);
	sched_place(t, to,
		    call->flags & (NIMBLE_ENQ_HEAD | NIMBLE_ENQ_PREEMPT));
	if (call->flags & NIMBLE_ENQ_PREEMPT)
		preempt(call->policy, to);
	if (to != this_cpu() &&
	    __atomic_load_n(&to->current, __ATOMIC_RELAXED) != to->idle)
		policy_watch(call->policy);
	return true;
}

/* Into another queue: it waits already, kept. Caller holds the policy's lock. NULL: done;
 * else what is wrong. */
static const char *insert_queue(const struct policy_call *call,
				struct thread *t)
{
	struct dsq *q = dsq_find(call->policy, call->dsq);
	int error;

	if (!q)
		return "there is no such queue";
	error = call->by_vtime ? dsq_add_by_vtime(q, t, call->vtime)
			       : dsq_add(q, t,
					 call->flags & (NIMBLE_ENQ_HEAD |
							NIMBLE_ENQ_PREEMPT));
	if (error)
		return "a queue is either by virtual time or not";
	if (call->by_vtime)
		view_of(t)->vtime = call->vtime;
	view_of(t)->queue = q->id;
	return NULL;
}

/* Its enqueue has been asked; now it is put somewhere. release: pairs with
 * wait_for_enqueue() */
static void came(struct thread *t)
{
	__atomic_store_n(&t->policy.is_coming, false, __ATOMIC_RELEASE);
}

/* Something waits where nothing did: whoever runs a task of the policy has a slice from
 * now on. */
static void start_slices(const struct policy *p, const struct cpu *but)
{
	uint32_t i;

	for (i = 0; i < cpu_count(); i++)
		if (&cpus[i] != but &&
		    __atomic_load_n(&cpus[i].runs_for, __ATOMIC_SEQ_CST) == p)
			cpu_notify(&cpus[i], CPU_WORK_QUEUE);
}

static bool wait_in_policy(const struct policy_call *call, struct thread *t)
{
	struct policy *p = call->policy;
	const char *wrong = NULL;
	struct cpu *near = t->cpu;
	bool first;

	spin_lock(&p->lock);
	first = list_empty(&p->waiting);
	waiting_add(p, t);
	came(t);
	if (call->inserted)
		wrong = insert_queue(call, t);
	else
		view_of(t)->queue = 0;
	if (wrong)
		waiting_remove(p, t);
	spin_unlock(&p->lock);
	if (wrong) {
		policy_fail(p, NIMBLE_EXIT_ERROR, "queue %lx: %s", call->dsq,
			    wrong);
		return false;
	}
	sched_notify_waiting(near);
	if (first)
		start_slices(p, near);
	policy_watch(p);
	return true;
}

void policy_use_slice(struct thread *t, uint64_t slice)
{
	if (slice)
		t->policy.slice = slice;
	t->policy.slice = MAX(t->policy.slice, (uint64_t)SLICE_LEAST_NS);
	if (t->policy.slice != NIMBLE_SLICE_INFINITE)
		t->policy.slice = MIN(t->policy.slice, SLICE_MOST_NS);
}

/* The CPU whose run queue is meant, or NOT_LOCAL. */
#define NOT_LOCAL (~0ULL)
static uint64_t local_cpu(const struct policy_call *call)
{
	if (call->dsq == NIMBLE_DSQ_LOCAL)
		return call->cpu->index;
	if ((call->dsq & ~0xffffffffULL) == NIMBLE_DSQ_LOCAL_ON)
		return (uint32_t)call->dsq;
	return NOT_LOCAL;
}

/* Where the verdict says; LOCAL is the CPU that the thread is near. */
static bool insert(struct policy_call *call, struct thread *t)
{
	call->cpu = t->cpu;
	if (call->inserted)
		policy_use_slice(t, call->slice);
	if (call->inserted && local_cpu(call) != NOT_LOCAL) {
		came(t);
		return insert_local(call, t, local_cpu(call));
	}
	return wait_in_policy(call, t);
}

struct cpu *policy_default_cpu(const struct thread *t, bool *idle)
{
	struct cpu *last = t->cpu, *cpu;

	*idle = true;
	if (t->affinity & cpu_bit(last)) {
		cpu = claim_idle(cpu_bit(last));
		if (cpu)
			return cpu;
		if (last == this_cpu() && last->current == last->idle &&
		    !last->runnable_count)
			return last;
	}
	cpu = claim_idle(t->affinity);
	if (cpu)
		return cpu;
	*idle = false;
	return t->affinity & cpu_bit(last) ? last : least_loaded(t->affinity);
}

static void say(struct policy_call *call, uint64_t dsq, uint64_t slice)
{
	call->inserted = true;
	call->dsq = dsq;
	call->slice = slice;
}

/* A thread that wakes: near which CPU? */
static bool select_cpu(struct policy_call *call, struct thread *t)
{
	uint64_t wake = t->policy.enqueue_flags & NIMBLE_ENQ_WAKEUP
				? NIMBLE_WAKE_TTWU
				: NIMBLE_WAKE_FORK;
	uint64_t args[] = {(uint64_t)show(t), t->cpu->index, wake}, cpu;
	bool idle;

	if (!policy_has(call->policy, NIMBLE_HOOK_sched_select_cpu)) {
		struct cpu *chosen = policy_default_cpu(t, &idle);

		if (idle)
			say(call, NIMBLE_DSQ_LOCAL, NIMBLE_SLICE_DEFAULT);
		sched_set_near(t, chosen);
		return true;
	}
	call->op = NIMBLE_HOOK_sched_select_cpu;
	if (!policy_operate(call, args, &cpu))
		return false;
	t->policy.slice = view_of(t)->slice;
	/* As on Linux, what it may not run on is not taken, and no error. */
	if (!may_run_on(t, cpu))
		cpu = choose_cpu(t->affinity)->index;
	sched_set_near(t, &cpus[cpu]);
	return true;
}

static bool enqueue(struct policy_call *call, struct thread *t, uint64_t flags)
{
	if (policy_has(call->policy, NIMBLE_HOOK_sched_enqueue))
		return operate(call, NIMBLE_HOOK_sched_enqueue, t, flags, NULL);
	say(call, NIMBLE_DSQ_GLOBAL, NIMBLE_SLICE_DEFAULT);
	return true;
}

static bool put(struct policy *p, struct thread *t, uint64_t flags)
{
	struct policy_call call = {
		.policy = p, .cpu = this_cpu(), .subject = t};

	if (t->policy.mask != t->affinity) {
		show_mask(t);
		tell(p, NIMBLE_HOOK_sched_set_cpumask, t, t->policy.mask);
	}
	if (!t->policy.is_runnable) {
		if (!select_cpu(&call, t))
			return false;
		t->policy.is_runnable = true;
		tell(p, NIMBLE_HOOK_sched_runnable, t, flags);
	}
	/* What enqueue hands on by the policy's own means, another CPU may dispatch
	 * before it has returned. */
	__atomic_store_n(&t->policy.is_coming, true, __ATOMIC_SEQ_CST);
	if (!call.inserted && !enqueue(&call, t, flags)) {
		came(t);
		return false;
	}
	return insert(&call, t);
}

bool policy_put(struct thread *t, uint64_t flags)
{
	struct policy *p = policy_enter(t);
	bool done;

	if (!p)
		return false;
	done = join(p, t) && put(p, t, flags);
	policy_leave();
	return done;
}

bool policy_take(struct thread *t, bool says)
{
	struct policy *p = policy_enter(t);
	bool kept = false, waits;

	if (!p)
		return false;
	spin_lock(&p->lock);
	waits = has_joined(p, t) && !list_empty(&t->policy.waiting);
	if (waits) {
		kept = !t->policy.dsq;
		waiting_remove(p, t);
	}
	spin_unlock(&p->lock);
	if (kept && says)
		tell(p, NIMBLE_HOOK_sched_dequeue, t, 0);
	policy_leave();
	return waits;
}

/* ---- Running ---------------------------------------------------------------- */

/* For the thread's policy, where it has joined it. Then policy_leave() is due. */
static struct policy *enter_joined(const struct thread *t)
{
	struct policy *p;

	if (!t->policy.policy)
		return NULL;
	p = policy_enter(t);
	if (!p || has_joined(p, t))
		return p;
	policy_leave();
	return NULL;
}

void policy_charge(struct thread *t)
{
	uint64_t now = arch_cycles(), ran, slice;

	if (!t->policy.policy)
		return;
	ran = cycles_to_ns(now - t->policy.charged);
	t->policy.charged = now;
	slice = __atomic_load_n(&t->policy.slice, __ATOMIC_RELAXED);
	/* Another CPU may end it at the same time: preempt(). */
	if (slice != NIMBLE_SLICE_INFINITE)
		__atomic_compare_exchange_n(&t->policy.slice, &slice,
					    slice - MIN(ran, slice), false,
					    __ATOMIC_RELAXED, __ATOMIC_RELAXED);
}

uint64_t policy_slice_left(const struct thread *t)
{
	return t->policy.policy ? t->policy.slice : 0;
}

void policy_stopping(struct thread *t, bool runnable)
{
	struct policy *p = enter_joined(t);

	if (!p)
		return;
	if (t->policy.is_running) {
		t->policy.is_running = false;
		view_of(t)->ran_ns =
			cycles_to_ns(thread_run_cycles(t) + arch_cycles() -
				     t->started_cycles);
		tell(p, NIMBLE_HOOK_sched_stopping, t, runnable);
	}
	policy_leave();
}

static void quiescent(struct policy *p, struct thread *t)
{
	if (t->policy.is_runnable) {
		t->policy.is_runnable = false;
		tell(p, NIMBLE_HOOK_sched_quiescent, t, NIMBLE_DEQ_SLEEP);
	}
}

void policy_quiescent(struct thread *t)
{
	struct policy *p = enter_joined(t);

	if (!p)
		return;
	quiescent(p, t);
	policy_leave();
}

void policy_running(struct thread *t)
{
	struct policy *p = enter_joined(t);

	if (!p)
		return;
	if (!t->policy.is_running) {
		t->policy.is_running = true;
		view_of(t)->queue = 0;
		tell(p, NIMBLE_HOOK_sched_running, t, 0);
	}
	policy_leave();
}

void policy_yield(struct thread *t)
{
	struct policy *p = enter_joined(t);

	if (!p)
		return;
	policy_charge(t);
	if (policy_has(p, NIMBLE_HOOK_sched_yield))
		tell(p, NIMBLE_HOOK_sched_yield, t, 0);
	else
		t->policy.slice = 0;
	policy_leave();
}

bool policy_renew(struct thread *t)
{
	struct policy *p = policy_enter(t);
	bool renew;

	if (!p)
		return true;
	renew = has_joined(p, t) && !(p->about.flags & NIMBLE_POLICY_ENQ_LAST);
	if (renew && !t->policy.slice)
		t->policy.slice = NIMBLE_SLICE_DEFAULT;
	policy_leave();
	return renew;
}

static uint64_t min_end(uint64_t a, uint64_t b)
{
	return !a || b < a ? b : a;
}

uint64_t policy_slice_end(const struct thread *t, uint64_t now, bool queued)
{
	const struct policy *p = t->policy.policy;
	uint64_t end = 0, slice = t->policy.slice;

	if (slice == NIMBLE_SLICE_INFINITE)
		return 0;
	if (queued || __atomic_load_n(&p->waiting_count, __ATOMIC_SEQ_CST))
		end = t->policy.charged +
		      ns_to_cycles(MIN(slice, SLICE_MOST_NS));
	if (policy_has(p, NIMBLE_HOOK_sched_tick))
		end = min_end(end, now + ns_to_cycles(TICK_NS));
	return end;
}

bool policy_tick(struct thread *t)
{
	struct policy *p = enter_joined(t);
	bool over;

	if (!p)
		return true;
	policy_charge(t);
	tell(p, NIMBLE_HOOK_sched_tick, t, 0);
	over = !t->policy.slice &&
	       (this_cpu()->runnable_count || p->waiting_count);
	policy_leave();
	return over;
}

bool policy_waits_near(const struct cpu *cpu)
{
	return __atomic_load_n(&cpu->waiting_near, __ATOMIC_SEQ_CST) != 0;
}

bool policy_others_near(const struct cpu *cpu, const struct thread *t)
{
	const struct policy *p = t->policy.policy;
	uint32_t all = __atomic_load_n(&cpu->waiting_near, __ATOMIC_SEQ_CST);

	return all != (p ? __atomic_load_n(&p->waiting_at[cpu->index],
					   __ATOMIC_RELAXED)
			 : 0);
}

/* The thread has ended. A policy that is being stopped just now may be taking it off its
 * list: it waits for this CPU before it is freed. */
void policy_ended(struct thread *t)
{
	struct policy *p = enter_joined(t);
	struct policy *of = t->policy.policy;

	if (p) {
		quiescent(p, t);
		tell(p, NIMBLE_HOOK_sched_disable, t, 0);
		tell(p, NIMBLE_HOOK_sched_exit_task, t, 0);
	}
	if (!of)
		return;
	policy_publish(of);
	if (__atomic_load_n(&t->policy.policy, __ATOMIC_SEQ_CST) == of)
		member_remove(of, t);
	policy_leave();
}

/* Until a thread that is being enqueued on another CPU waits. That one has a budget, and
 * nobody who is in enqueue dispatches, so it does not wait for us. The policy's lock is
 * given up meanwhile; the member is found anew. */
static struct thread *wait_for_enqueue(struct policy_call *run, uint64_t view)
{
	struct policy *p = run->policy;
	struct thread *t = policy_member_at(p, view);
	bool first = !run->waited;

	/* acquire: pairs with came() */
	while (t && __atomic_load_n(&t->policy.is_coming, __ATOMIC_ACQUIRE)) {
		/* Once in a run: its time is not that of others. */
		if (!first)
			return NULL;
		run->waited = true;
		spin_unlock(&p->lock);
		arch_pause();
		spin_lock(&p->lock);
		t = policy_member_at(p, view);
	}
	return t;
}

bool policy_dispatch(struct policy_call *run, const struct policy_call *call,
		     uint64_t view, bool from_queue)
{
	struct policy *p = call->policy;
	const char *wrong = NULL;
	struct thread *t;
	uint64_t cpu = local_cpu(call);

	spin_lock(&p->lock);
	t = wait_for_enqueue(run, view);
	if (!t || list_empty(&t->policy.waiting) ||
	    !t->policy.dsq == from_queue) {
		spin_unlock(&p->lock);
		return false;
	}
	if (cpu != NOT_LOCAL && !may_run_on(t, cpu)) {
		uint32_t id = t->id;
		bool told = knows_mask(t);

		spin_unlock(&p->lock);
		return nonsense(p, id, told, cpu);
	}
	if (cpu != NOT_LOCAL) {
		waiting_remove(p, t);
	} else {
		if (from_queue)
			dsq_remove(t);
		policy_use_slice(t, call->slice);
		wrong = insert_queue(call, t);
	}
	spin_unlock(&p->lock);
	if (wrong)
		policy_fail(p, NIMBLE_EXIT_ERROR, "queue %lx: %s", call->dsq,
			    wrong);
	if (cpu == NOT_LOCAL)
		return !wrong;
	policy_use_slice(t, call->slice);
	if (insert_local(call, t, cpu))
		return true;
	sched_put_again(t);
	return false;
}

/* ---- Filling a CPU's queue ---------------------------------------------------- */

/* Take the first of a queue that may run on the CPU; or NULL. Caller holds the lock. */
static struct thread *take_first(struct policy *p, struct dsq *q,
				 const struct cpu *cpu)
{
	struct list *n;

	list_for_each(n, &q->threads) {
		struct thread *t = list_entry(n, struct thread, policy.in_dsq);

		if (t->affinity & cpu_bit(cpu)) {
			waiting_remove(p, t);
			return t;
		}
	}
	return NULL;
}

int policy_consume(struct policy *p, uint64_t id, struct cpu *cpu)
{
	struct thread *found = NULL;
	struct dsq *q;

	spin_lock(&p->lock);
	q = dsq_find(p, id);
	if (q)
		found = take_first(p, q, cpu);
	spin_unlock(&p->lock);
	if (found)
		sched_place(found, cpu, false);
	return !q ? -ENOENT : found != NULL;
}

/* Is there something of the policy in the CPU's queue? Only this CPU takes from there, but
 * for affinity. */
static bool has_some(const struct policy *p, const struct cpu *cpu)
{
	return p->job ? !list_empty(&p->job->queue[cpu->index].threads)
		      : cpu->runnable_count != 0;
}

static bool dispatch(struct policy *p, struct cpu *cpu, struct thread *prev)
{
	struct policy_call call = {.policy = p, .cpu = cpu};
	bool joined = prev && has_joined(p, prev);
	uint64_t args[] = {cpu->index, joined ? (uint64_t)show(prev) : 0};
	uint64_t ignored;

	call.op = NIMBLE_HOOK_sched_dispatch;
	if (!policy_operate(&call, args, &ignored))
		return false;
	if (joined)
		prev->policy.slice = view_of(prev)->slice;
	return call.count && !has_some(p, cpu);
}

/* May the policy be asked on this CPU now? In its own job's time always, and in nobody's; in
 * that of others for a tenth of each millisecond. */
static bool may_ask(struct policy *p, const struct cpu *cpu,
		    const struct thread *prev, uint64_t now)
{
	struct policy_paid *paid = &p->paid[cpu->index];

	if (!p->job || !prev || prev->proc->job == p->job)
		return true;
	if (now - paid->window >= ns_to_cycles(PAID_WINDOW_NS)) {
		paid->window = now;
		paid->spent = 0;
	}
	return paid->spent < ns_to_cycles(PAID_WINDOW_NS / 10);
}

static bool ask(struct policy *p, struct cpu *cpu, struct thread *prev)
{
	uint64_t begin = arch_cycles();
	bool again;

	if (!policy_has(p, NIMBLE_HOOK_sched_dispatch) ||
	    !may_ask(p, cpu, prev, begin))
		return false;
	again = dispatch(p, cpu, prev);
	p->paid[cpu->index].spent += arch_cycles() - begin;
	return again;
}

static void balance(struct policy *p, struct cpu *cpu, struct thread *prev)
{
	int loops = LOOPS_MOST;

	while (!has_some(p, cpu) &&
	       __atomic_load_n(&p->waiting_count, __ATOMIC_SEQ_CST)) {
		if (policy_consume(p, NIMBLE_DSQ_GLOBAL, cpu) > 0)
			break;
		if (!ask(p, cpu, prev))
			break;
		if (!--loops) {
			/* Others have been served all the time: go on later. */
			cpu_raise(cpu, CPU_WORK_RESCHED);
			break;
		}
	}
}

bool policy_balance(struct cpu *cpu, struct thread *prev)
{
	uint32_t i;

	for (i = 0; i < policy_slot_end; i++) {
		struct policy *p = policy_enter_at(&policy_slot[i]);

		if (!p)
			continue;
		balance(p, cpu, prev);
		policy_leave();
	}
	return cpu->runnable_count != 0;
}

void policy_update_idle(struct cpu *cpu, bool idle)
{
	uint32_t i;

	for (i = 0; i < policy_slot_end; i++) {
		struct policy *p = policy_enter_at(&policy_slot[i]);
		struct policy_call call = {.policy = p, .cpu = cpu};
		uint64_t args[] = {cpu->index, idle}, ignored;

		if (!p)
			continue;
		call.op = NIMBLE_HOOK_sched_update_idle;
		if (policy_has(p, NIMBLE_HOOK_sched_update_idle))
			policy_operate(&call, args, &ignored);
		policy_leave();
	}
}
