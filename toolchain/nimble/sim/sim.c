/* SPDX-License-Identifier: MIT */
/* The simulated machine: time, bursts, and what happens when. See sim.h. */
#include <stdlib.h>
#include <string.h>

#include "toolchain/nimble/sim/sim_priv.h"

/* The number of things done while no time passes, after which the load
 * counts as wrong. */
#define INSTANT_MOST 1000000u

struct sim *sim;

uint64_t sim_time_ns(void)
{
	return sim ? sim->now_ns : 0;
}

/* ---- Events ----------------------------------------------------------------- */

/* The array with room for one more than `count`. Without memory it is unchanged, and
 * the simulation ends. */
void *sim_more(void *array, uint32_t count, uint32_t *room, size_t bytes)
{
	void *more;

	if (count < *room)
		return array;
	more = realloc(array, (*room * 2 + 16) * bytes);
	if (!more) {
		sim->no_memory = true;
		return array;
	}
	*room = *room * 2 + 16;
	return more;
}

void sim_add_event(uint64_t at_ns, enum sim_event_kind kind, uint32_t cpu,
		   struct sim_thread *thread, uint64_t number)
{
	sim->event = sim_more(sim->event, sim->events, &sim->event_room,
			      sizeof(*sim->event));
	if (sim->no_memory)
		return;
	sim->event[sim->events++] = (struct sim_event){
		at_ns, sim->made++, kind, cpu, thread, number};
}

void sim_remove_event(struct sim_event *event)
{
	*event = sim->event[--sim->events];
}

struct sim_event *sim_find_timer(uint64_t number)
{
	uint32_t i;

	for (i = 0; i < sim->events; i++)
		if (sim->event[i].kind == SIM_EVENT_TIMER &&
		    sim->event[i].number == number)
			return &sim->event[i];
	return NULL;
}

static struct sim_event *next_event(void)
{
	struct sim_event *best = NULL;
	uint32_t i;

	for (i = 0; i < sim->events; i++) {
		struct sim_event *e = &sim->event[i];

		if (!best || e->at_ns < best->at_ns ||
		    (e->at_ns == best->at_ns && e->order < best->order))
			best = e;
	}
	return best;
}

/* An interrupt on the CPU that was chosen before; an idle CPU looks for work after it.
 * A new task comes from outside, without an interrupt. */
static void happen(struct sim_event *pending)
{
	struct sim_event event = *pending;
	struct sim_cpu *cpu = &sim->cpu[event.cpu];

	sim_remove_event(pending);
	sim->this_cpu = cpu;
	if (event.thread && event.thread->state == SIM_NEW) {
		sim_launch(event.thread);
		return;
	}
	if (event.kind == SIM_EVENT_TIMER)
		sim_policy_timer(cpu, event.number);
	if (cpu->asleep) {
		cpu->asleep = false;
		sim->idle &= ~sim_bit(cpu);
		sim_policy_update_idle(cpu, false);
	}
	if (event.kind == SIM_EVENT_COMES)
		sim_wake(event.thread);
}

/* ---- Steps of tasks ------------------------------------------------------------ */

static void block(struct sim_cpu *cpu, struct sim_thread *t,
		  enum sim_state state)
{
	t->state = state;
	sim_schedule(cpu);
}

static void end(struct sim_cpu *cpu, struct sim_thread *t)
{
	t->outcome->ended = true;
	t->outcome->end_ns = sim->now_ns;
	sim->alive--;
	block(cpu, t, SIM_DEAD);
}

/* The task on the CPU has ended its burst: it does what comes next. */
static void step(struct sim_cpu *cpu)
{
	struct sim_thread *t = cpu->current;
	const struct sim_step *next;

	sim->this_cpu = cpu;
	if (t->next == t->load->steps) {
		end(cpu, t);
		return;
	}
	next = &t->load->step[t->next++];
	switch (next->kind) {
	case SIM_RUN:
		t->left_ns = next->ns;
		break;
	case SIM_SLEEP:
		sim_add_event(sim->now_ns + next->ns, SIM_EVENT_COMES,
			      cpu->index, t, 0);
		block(cpu, t, SIM_BLOCKED);
		break;
	case SIM_YIELD:
		sim_yield(cpu);
		break;
	case SIM_BLOCK:
		if (t->wakes)
			t->wakes--;
		else
			block(cpu, t, SIM_BLOCKED);
		break;
	case SIM_WAKE:
		sim_wake(&sim->thread[next->task]);
		break;
	}
}

/* ---- Time ------------------------------------------------------------------------ */

/* Record which task has the CPU, now that time passes. */
static void show(struct sim_cpu *cpu)
{
	struct sim_result *result = sim->result;
	struct sim_thread *t = cpu->current;

	if (t == cpu->last_shown)
		return;
	cpu->last_shown = t;
	result->at = sim_more(result->at, result->switches, &sim->switch_room,
			      sizeof(*result->at));
	if (sim->no_memory)
		return;
	result->at[result->switches++] = (struct sim_switch){
		sim->now_ns, cpu->index, t ? t->id - 1 : SIM_NOBODY};
	if (!t)
		return;
	t->outcome->switches++;
	if (!t->outcome->started) {
		t->outcome->started = true;
		t->outcome->first_ns = sim->now_ns;
	}
}

static void pass_time(uint64_t to_ns)
{
	uint32_t i;

	for (i = 0; i < sim->load->cpus; i++) {
		struct sim_cpu *cpu = &sim->cpu[i];
		struct sim_thread *t = cpu->current;

		show(cpu);
		if (t) {
			t->left_ns -= to_ns - sim->now_ns;
			t->outcome->ran_ns += to_ns - sim->now_ns;
		}
	}
	sim->now_ns = to_ns;
}

static void sooner(uint64_t *next, uint64_t at_ns)
{
	if (at_ns < *next)
		*next = at_ns;
}

/* When something happens next; UINT64_MAX: never. */
static uint64_t next_time(void)
{
	const struct sim_event *event = next_event();
	uint64_t next = event ? event->at_ns : UINT64_MAX;
	uint64_t stall = sim_policy_stall_ns();
	uint32_t i;

	for (i = 0; i < sim->load->cpus; i++) {
		const struct sim_cpu *cpu = &sim->cpu[i];

		if (cpu->current)
			sooner(&next, sim->now_ns + cpu->current->left_ns);
		if (cpu->current && cpu->slice_end_ns)
			sooner(&next, cpu->slice_end_ns);
	}
	if (stall)
		sooner(&next, stall);
	return next < sim->now_ns ? sim->now_ns : next;
}

/* Whether a CPU has something to decide. */
static bool decide(struct sim_cpu *cpu)
{
	if (cpu->current && cpu->resched)
		sim_schedule(cpu);
	else if (!cpu->current && (cpu->resched || !cpu->asleep))
		sim_look_for_work(cpu);
	else
		return false;
	return true;
}

static bool decide_all(void)
{
	uint32_t i;

	if (sim->policy.ext && sim->policy.off) {
		sim_policy_stop();
		return true;
	}
	for (i = 0; i < sim->load->cpus; i++)
		if (decide(&sim->cpu[i]))
			return true;
	return false;
}

static bool end_burst(void)
{
	uint32_t i;

	for (i = 0; i < sim->load->cpus; i++)
		if (sim->cpu[i].current && !sim->cpu[i].current->left_ns) {
			step(&sim->cpu[i]);
			return true;
		}
	return false;
}

static bool end_slice(void)
{
	uint32_t i;

	for (i = 0; i < sim->load->cpus; i++) {
		struct sim_cpu *cpu = &sim->cpu[i];

		if (cpu->current && cpu->slice_end_ns &&
		    cpu->slice_end_ns <= sim->now_ns) {
			cpu->slice_end_ns = 0;
			sim_slice_over(cpu);
			return true;
		}
	}
	return false;
}

/* Do the first thing that is due now. False: nothing is. */
static bool do_one(void)
{
	struct sim_event *event;
	uint64_t stall;

	if (decide_all() || end_burst())
		return true;
	event = next_event();
	if (event && event->at_ns <= sim->now_ns) {
		happen(event);
		return true;
	}
	if (end_slice())
		return true;
	stall = sim_policy_stall_ns();
	if (!stall || stall > sim->now_ns)
		return false;
	sim_policy_stalled();
	return true;
}

static int run(void)
{
	uint32_t done = 0;
	uint64_t next;

	while (sim->alive && !sim->no_memory) {
		if (do_one()) {
			if (++done > INSTANT_MOST)
				return -EINVAL;
			continue;
		}
		done = 0;
		next = next_time();
		if (sim->load->until_ns && next >= sim->load->until_ns) {
			pass_time(sim->load->until_ns);
			break;
		}
		if (next == UINT64_MAX) /* all that are left wait for ever */
			break;
		pass_time(next);
	}
	while (!sim->no_memory && decide_all() && done++ < INSTANT_MOST)
		;
	return sim->no_memory ? -ENOMEM : 0;
}

/* ---- Beginning and end ------------------------------------------------------------- */

static void make_cpus(void)
{
	uint32_t i;

	for (i = 0; i < sim->load->cpus; i++) {
		struct sim_cpu *cpu = &sim->cpu[i];

		cpu->index = i;
		cpu->asleep = true;
		sim->idle |= sim_bit(cpu);
		sim_list_init(&cpu->queue);
	}
	sim->this_cpu = &sim->cpu[0];
}

static void make_threads(void)
{
	uint32_t i;

	for (i = 0; i < sim->load->tasks; i++) {
		struct sim_thread *t = &sim->thread[i];

		t->load = &sim->load->task[i];
		t->outcome = &sim->result->task[i];
		t->id = i + 1;
		t->cpu = &sim->cpu[0];
		sim_list_init(&t->queue);
		sim_list_init(&t->waiting);
		sim_list_init(&t->in_dsq);
		sim_add_event(t->load->at_ns, SIM_EVENT_COMES, 0, t, 0);
	}
	sim->alive = sim->load->tasks;
}

static void finish(void)
{
	uint32_t i;

	for (i = 0; i < sim->load->cpus && !sim->no_memory; i++)
		show(&sim->cpu[i]);
	sim->result->end_ns = sim->now_ns;
	if (sim->policy.ext) {
		sim_policy_end(NIMBLE_EXIT_UNREG, 0, "the simulation is over");
		sim_policy_stop();
		sim->result->exit.kind = NIMBLE_EXIT_NONE;
	}
}

int sim_run(const struct sim_load *load, struct nimble_ext *policy,
	    struct sim_result *result)
{
	struct sim *machine = calloc(1, sizeof(*machine));
	int error = -ENOMEM;

	memset(result, 0, sizeof(*result));
	result->task = calloc(load->tasks + 1, sizeof(*result->task));
	if (!machine || !result->task)
		goto free_machine;
	nimble_user_clock(sim_time_ns);
	sim = machine;
	sim->load = load;
	sim->result = result;
	sim->thread = calloc(load->tasks + 1, sizeof(*sim->thread));
	if (!sim->thread)
		goto leave;
	make_cpus();
	error = policy ? sim_policy_start(policy) : 0;
	if (!error) {
		make_threads();
		error = run();
	}
	finish();
	free(sim->event);
	free(sim->thread);
leave:
	sim = NULL;
	nimble_user_clock(NULL);
free_machine:
	free(machine);
	return error;
}

void sim_free(struct sim_result *result)
{
	free(result->task);
	free(result->at);
}
