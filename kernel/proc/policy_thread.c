/* SPDX-License-Identifier: GPL-2.0 */
/* Calls of policies' operations about threads. See policy.h. */
#include "kernel/arch/cpu.h"
#include "kernel/lib/string.h"
#include "kernel/proc/policy_priv.h"
#include "kernel/proc/process.h"
#include "kernel/proc/runqueue.h"
#include "kernel/proc/sched.h"

#define TICK_NS 4000000ULL /* Linux's at 250 Hz */

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

struct nimble_sched_task *policy_show(const struct thread *t)
{
	struct nimble_sched_task *view = view_of(t);

	view->slice = t->policy.slice;
	view->cpu = t->cpu->index;
	return view;
}

/* Linux's weights (sched_setattr(2), sched_ext): 1024 for a nice of 0, a quarter more for each
 * step below it; told in hundredths of that. */
static uint32_t weight_of(int nice)
{
	static const uint32_t weight[] = {
		88761, 71755, 56483, 46273, 36291, 29154, 23254, 18705,
		14949, 11916, 9548,  7620,  6100,  4904,  3906,	 3121,
		2501,  1991,  1586,  1277,  1024,  820,	  655,	 526,
		423,   335,   272,   215,   172,   137,	  110,	 87,
		70,    56,    45,    36,    29,	   23,	  18,	 15,
	};

	return (weight[nice + 20] * 100 + 512) / 1024;
}

static void show_weight(struct thread *t)
{
	t->policy.nice = __atomic_load_n(&t->nice, __ATOMIC_RELAXED);
	view_of(t)->weight = weight_of(t->policy.nice);
}

static void show_all(struct thread *t)
{
	struct nimble_sched_task *view = view_of(t);

	memset(view, 0, sizeof(*view));
	view->id = t->id;
	view->process = t->proc->pid;
	view->address_of_mask = (uint64_t)&view->mask;
	strlcpy(view->name, t->name, sizeof(view->name));
	show_mask(t);
	show_weight(t);
	policy_show(t);
}

/* ---- Operations ----------------------------------------------------------- */

/* Run one about a thread, with one more argument. True: done, or it has none. */
static bool operate(struct policy_call *call, enum nimble_hook op,
		    struct thread *t, uint64_t argument, uint64_t *result)
{
	uint64_t args[] = {(uint64_t)policy_show(t), argument}, ignored;
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
	t->policy.left_queue = false;
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
	uint64_t args[] = {(uint64_t)policy_show(t), t->cpu->index, wake}, cpu;
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
	/* As on Linux, a CPU that it may not run on is ignored, without an
	 * error. */
	if (!policy_allows(t, cpu))
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

	if (t->policy.left_queue) {
		t->policy.left_queue = false;
		tell(p, NIMBLE_HOOK_sched_dequeue, t, 0);
	}
	if (t->policy.mask != t->affinity) {
		show_mask(t);
		tell(p, NIMBLE_HOOK_sched_set_cpumask, t, t->policy.mask);
	}
	if (t->policy.nice != t->nice) {
		show_weight(t);
		tell(p, NIMBLE_HOOK_sched_set_weight, t, view_of(t)->weight);
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
		policy_came(t);
		return false;
	}
	return policy_insert(&call, t);
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
	/* The policy is told when the thread is put on a queue again,
	 * because the caller may hold locks. */
	if (kept && says)
		t->policy.left_queue = true;
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
		      ns_to_cycles(MIN(slice, POLICY_SLICE_MOST_NS));
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
