/* SPDX-License-Identifier: MIT */
/* The simulated machine: its CPUs choose what runs, as kernel/proc/sched.c does. */
#include "toolchain/nimble/sim/sim_priv.h"

#define SLICE_NS 10000000ull /* without a policy */

/* ---- Slices -------------------------------------------------------------- */

static uint64_t end_of_turn(struct sim_cpu *cpu)
{
	if (!cpu->turn_end_ns)
		cpu->turn_end_ns = sim->now_ns + SLICE_NS;
	return cpu->turn_end_ns;
}

/* A slice runs exactly while another task waits, or as the policy wants. */
void sim_update_slice(struct sim_cpu *cpu)
{
	const struct sim_thread *t = cpu->current;
	uint64_t end = 0;

	if (!t || cpu->resched)
		end = 0;
	else if (t->joined)
		end = sim_policy_slice_end(cpu, t);
	else if (cpu->count || cpu->waiting_near)
		end = end_of_turn(cpu);
	cpu->slice_end_ns = end;
	if (!end)
		cpu->turn_end_ns = 0;
}

void sim_slice_over(struct sim_cpu *cpu)
{
	sim->this_cpu = cpu;
	if (!cpu->current->joined || sim_policy_tick(cpu->current))
		cpu->resched = true;
	sim_update_slice(cpu);
}

/* ---- Where a thread goes ------------------------------------------------- */

struct sim_cpu *sim_claim_idle(uint64_t mask)
{
	uint64_t idle = sim->idle & mask;

	if (!idle)
		return NULL;
	sim->idle &= ~(idle & -idle);
	return &sim->cpu[__builtin_ctzll(idle)];
}

static uint32_t load_of(const struct sim_cpu *cpu)
{
	return cpu->count + (cpu->current != NULL);
}

struct sim_cpu *sim_least_loaded(uint64_t mask)
{
	struct sim_cpu *best = &sim->cpu[__builtin_ctzll(mask)];
	uint32_t i;

	for (i = 0; i < sim->load->cpus; i++)
		if (mask >> i & 1 && load_of(&sim->cpu[i]) < load_of(best))
			best = &sim->cpu[i];
	return best;
}

struct sim_cpu *sim_choose_cpu(uint64_t mask)
{
	struct sim_cpu *cpu = sim_claim_idle(mask);

	return cpu ? cpu : sim_least_loaded(mask);
}

static struct sim_cpu *cpu_to_wake_on(const struct sim_thread *t)
{
	struct sim_cpu *last = t->cpu, *idle;
	bool allowed = t->load->mask & sim_bit(last);

	if (allowed && !last->current && !last->count)
		return last;
	idle = sim_claim_idle(t->load->mask);
	if (idle)
		return idle;
	return allowed ? last : sim_least_loaded(t->load->mask);
}

static void queue_add(struct sim_cpu *cpu, struct sim_thread *t, bool in_front)
{
	t->queued_ns = sim->now_ns;
	sim_list_add(in_front ? cpu->queue.next : &cpu->queue, &t->queue);
	cpu->count++;
}

static struct sim_thread *queue_take(struct sim_cpu *cpu)
{
	struct sim_thread *t;

	if (sim_list_empty(&cpu->queue))
		return NULL;
	t = sim_entry(cpu->queue.next, struct sim_thread, queue);
	sim_list_remove(&t->queue);
	cpu->count--;
	return t;
}

void sim_place(struct sim_thread *t, struct sim_cpu *to, bool in_front)
{
	t->cpu = to;
	queue_add(to, t, in_front);
	if (!to->current)
		to->resched = true;
	else
		sim_update_slice(to);
}

void sim_put(struct sim_thread *t, uint64_t flags)
{
	if (!sim_policy_put(t, flags))
		sim_place(t, cpu_to_wake_on(t), false);
}

void sim_wake(struct sim_thread *t)
{
	if (t->state != SIM_BLOCKED) {
		t->wakes++;
		return;
	}
	t->state = SIM_RUNNABLE;
	t->ready_ns = sim->now_ns;
	sim_put(t, NIMBLE_ENQ_WAKEUP);
}

void sim_launch(struct sim_thread *t)
{
	t->state = SIM_RUNNABLE;
	t->ready_ns = sim->now_ns;
	if (!sim_policy_put(t, 0))
		sim_place(t, sim_choose_cpu(t->load->mask), false);
}

/* ---- Switching ------------------------------------------------------------ */

static void set_current(struct sim_cpu *cpu, struct sim_thread *t)
{
	cpu->current = t;
	cpu->since_ns = sim->now_ns;
	cpu->turn_end_ns = 0;
	sim_update_slice(cpu);
}

/* Whether prev may go on without being put into a queue. */
static bool goes_on(const struct sim_thread *prev)
{
	return prev->joined && prev->slice;
}

static void put_prev(struct sim_cpu *cpu, struct sim_thread *prev)
{
	sim_policy_stopping(prev, true);
	if (prev->joined && prev->slice)
		sim_place(prev, cpu, true);
	else
		sim_put(prev, 0);
}

static bool blocked_leaves(struct sim_cpu *cpu, struct sim_thread *prev)
{
	set_current(cpu, NULL);
	sim_policy_stopping(prev, false);
	if (prev->state == SIM_DEAD)
		sim_policy_ended(prev);
	else
		sim_policy_quiescent(prev);
	sim_policy_balance(cpu, NULL);
	return true;
}

/* Whether prev leaves the CPU. Tells its policy, and has it fill the queue. */
static bool leaves(struct sim_cpu *cpu, struct sim_thread *prev)
{
	if (!prev) {
		sim_policy_balance(cpu, NULL);
		return true;
	}
	sim_policy_charge(prev);
	if (prev->state != SIM_RUNNABLE)
		return blocked_leaves(cpu, prev);
	if (goes_on(prev))
		return false;
	sim_policy_balance(cpu, prev);
	if (!cpu->count && sim_policy_renew(prev))
		return false;
	set_current(cpu, NULL);
	prev->ready_ns = sim->now_ns;
	put_prev(cpu, prev);
	return true;
}

void sim_schedule(struct sim_cpu *cpu)
{
	struct sim_thread *prev = cpu->current, *next;

	sim->this_cpu = cpu;
	cpu->resched = false;
	if (!leaves(cpu, prev)) {
		sim_update_slice(cpu);
		return;
	}
	cpu->resched = false;
	next = queue_take(cpu);
	if (next) {
		next->outcome->waited_ns += sim->now_ns - next->ready_ns;
		sim_policy_running(next);
	}
	set_current(cpu, next);
}

void sim_yield(struct sim_cpu *cpu)
{
	struct sim_thread *t = cpu->current;

	if (t->joined)
		sim_policy_yield(t);
	if (t->joined || cpu->count || cpu->waiting_near)
		sim_schedule(cpu);
}

/* ---- Idling ----------------------------------------------------------------- */

/* Take work from a CPU that has more than it can do at once. */
static bool take_work(struct sim_cpu *cpu)
{
	uint32_t i;

	if (sim_has_policy())
		return false;
	for (i = 1; i < sim->load->cpus; i++) {
		struct sim_cpu *other =
			&sim->cpu[(cpu->index + i) % sim->load->cpus];
		struct sim_list *n;

		if (!other->count || load_of(other) <= 1)
			continue;
		for (n = other->queue.next; n != &other->queue; n = n->next) {
			struct sim_thread *t =
				sim_entry(n, struct sim_thread, queue);

			if (!(t->load->mask & sim_bit(cpu)))
				continue;
			sim_list_remove(&t->queue);
			other->count--;
			t->cpu = cpu;
			queue_add(cpu, t, false);
			return true;
		}
	}
	return false;
}

static bool has_something_to_run(struct sim_cpu *cpu)
{
	if (cpu->count || take_work(cpu))
		return true;
	sim_policy_balance(cpu, NULL);
	return cpu->count != 0;
}

void sim_look_for_work(struct sim_cpu *cpu)
{
	sim->this_cpu = cpu;
	if (cpu->asleep) {
		cpu->asleep = false;
		sim->idle &= ~sim_bit(cpu);
		sim_policy_update_idle(cpu, false);
	}
	cpu->resched = false;
	if (has_something_to_run(cpu))
		sim_schedule(cpu);
	if (cpu->current || cpu->resched || cpu->count)
		return;
	sim_policy_update_idle(cpu, true);
	sim->idle |= sim_bit(cpu);
	cpu->asleep = true;
}
