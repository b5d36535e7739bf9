/* SPDX-License-Identifier: MIT */
/* Gang scheduling: the threads of a process run all at the same time, or none does.
 *
 * A parallel program whose threads wait for each other is slow when they run in turns:
 * each waits for one that has no CPU (Ousterhout, "Scheduling Techniques for Concurrent
 * Systems", ICDCS 1982). So time is cut into slots, and each slot belongs to one
 * process. Each process has a queue of its own, and CPUs take only from that of the
 * process whose slot it is; a CPU for which it has no thread idles, since the next
 * thread might wake any moment. A timer ends the slot: the process goes to the end of
 * the line, the next one that has something to run is taken, and all CPUs choose anew.
 * Where nothing of the slot's process runs or waits any more, the slot ends early.
 *
 * The scope of a policy is a job, so the gangs are the processes of a job. */
#include "ext/lib/nimble_ext.h"

#define SLOT 10000000 /* ns */
#define TIMER 1
#define GANGS 64

LICENCE("MIT");
/* A CPU's only task, too, has to leave it when its slot is over. */
POLICY(.timeout_ms = 30000, .flags = NIMBLE_POLICY_ENQ_LAST);

struct gang {
	u64 running; /* threads that have a CPU; atomic */
	u64 in_line; /* it stands in the line, or has the slot; atomic */
};

MAP_HASH(gangs, u32, struct gang, GANGS); /* by process */
MAP_QUEUE(line, u32, GANGS); /* processes, the next one first */
MAP_ARRAY(slot, u32, 1); /* the process that has it; 0: none */
MAP_ARRAY(slots, u64, 1); /* how many there have been */

static struct gang *gang_of(u32 process)
{
	struct gang none = {0};
	struct gang *gang = map_lookup(MAP(gangs), &process);

	if (gang || map_update(MAP(gangs), &process, &none))
		return gang;
	return map_lookup(MAP(gangs), &process);
}

static void kick_all(u64 flags)
{
	u64 cpu, cpus = cpu_count();

	for (cpu = 0; cpu < cpus; cpu++)
		sched_kick(cpu, flags);
}

/* Gives the slot to the next in line that has something to run; false: there is none. */
static u64 next_slot(u64 flags)
{
	u32 process = slot[0], turn;
	struct gang *gang;

	if (process)
		map_push(MAP(line), &process, 0);
	for (turn = 0; turn < GANGS && !map_pop(MAP(line), &process); turn++) {
		gang = gang_of(process);
		if (!gang)
			continue;
		if (gang->running || sched_dsq_count(process) > 0) {
			slots[0] += process != slot[0];
			slot[0] = process;
			kick_all(flags);
			return 1;
		}
		gang->in_line = 0;
	}
	slot[0] = 0;
	return 0;
}

HOOK(sched_init)
u64 init(struct nimble_ctx_sched_init *ctx)
{
	(void)ctx;
	return (u64)timer_arm(TIMER, SLOT, 0);
}

HOOK(timer)
u64 end_slot(struct nimble_ctx_timer *ctx)
{
	next_slot(NIMBLE_KICK_PREEMPT);
	return (u64)timer_arm(ctx->timer, SLOT, 0);
}

HOOK(sched_select_cpu)
u64 select_cpu(struct nimble_ctx_sched_select_cpu *ctx)
{
	return ctx->previous_cpu;
}

HOOK(sched_enqueue)
u64 enqueue(struct nimble_ctx_sched_enqueue *ctx)
{
	struct nimble_sched_task *task = TASK(ctx->task);
	struct gang *gang = gang_of(task->process);
	s64 cpu;

	if (!gang)
		return sched_dsq_insert(task, NIMBLE_DSQ_GLOBAL,
					NIMBLE_SLICE_DEFAULT, ctx->flags);
	sched_dsq_create(task->process); /* unless it is there */
	sched_dsq_insert(task, task->process, NIMBLE_SLICE_INFINITE,
			 ctx->flags);
	if (!__sync_fetch_and_or(&gang->in_line, 1))
		map_push(MAP(line), &task->process, 0);
	if (slot[0] && slot[0] != task->process)
		return 0;
	cpu = sched_pick_idle(task->mask, 0);
	if (cpu >= 0)
		sched_kick((u64)cpu, NIMBLE_KICK_IDLE);
	return 0;
}

HOOK(sched_dispatch)
u64 dispatch(struct nimble_ctx_sched_dispatch *ctx)
{
	struct nimble_sched_task *previous = TASK(ctx->previous);
	struct gang *gang = slot[0] ? gang_of(slot[0]) : 0;
	u64 leaves = previous && previous->process == slot[0];

	if (gang && sched_dsq_move_to_local(slot[0]) == 1)
		return 0;
	/* A thread that is about to be put back still counts, and is no reason to
	 * wait. */
	if (gang && gang->running > leaves)
		return 0;
	if (next_slot(NIMBLE_KICK_IDLE))
		sched_dsq_move_to_local(slot[0]);
	return 0;
}

HOOK(sched_running)
u64 running(struct nimble_ctx_sched_running *ctx)
{
	struct gang *gang = gang_of(TASK(ctx->task)->process);

	if (gang)
		__sync_fetch_and_add(&gang->running, 1);
	return 0;
}

HOOK(sched_stopping)
u64 stopping(struct nimble_ctx_sched_stopping *ctx)
{
	struct gang *gang = gang_of(TASK(ctx->task)->process);

	if (gang)
		__sync_fetch_and_add(&gang->running, (u64)-1);
	return 0;
}
