/* SPDX-License-Identifier: MIT */
/* On every hook that an application may have: each does something that its program can
 * see. */
#include "ext/lib/nimble_ext.h"
#include "tests/ext/hooks.h"

LICENCE("MIT");

MAP_ARRAY(seen, u64, SEEN_ENTRIES);
/* What the program wants. */
MAP_ARRAY(wants, u64, WANTS_ENTRIES);

/* lseek() gets other arguments, getppid() becomes getpid(), and execve() is let be. */
HOOK(syscall_entry)
u64 entry(struct nimble_ctx_syscall_entry *ctx)
{
	if (ctx->nr == NR_LSEEK && ctx->args[2] == 77) {
		ctx->args[0] = wants[WANTS_FD];
		ctx->args[1] = 99;
		ctx->args[2] = 0;
	}
	if (ctx->nr == NR_GETPGRP) {
		ctx->ret = (u64)-13; /* EACCES */
		return NIMBLE_DENY;
	}
	/* Linux's counter says that it was asked. */
	if (ctx->nr == NR_GETUID && wants[WANTS_DELEGATED])
		return NIMBLE_DELEGATE;
	if (ctx->nr == NR_CLONE || ctx->nr == NR_CLONE3)
		ctx->args[0] = ~0ull; /* not taken: registers are copied */
	return ctx->nr == NR_SYNC ? 55 : NIMBLE_CONTINUE; /* means nothing */
}

HOOK(syscall_exit)
u64 leave(struct nimble_ctx_syscall_exit *ctx)
{
	if (ctx->nr == NR_GETPPID)
		ctx->ret = 4711;
	return 0;
}

HOOK(page_fault)
u64 fault(struct nimble_ctx_page_fault *ctx)
{
	seen[SEEN_FAULTS]++;
	ctx->bytes = wants[WANTS_BYTES];
	return ctx->address >> 12 == wants[WANTS_NO_PAGE] ? NIMBLE_DENY
							  : NIMBLE_CONTINUE;
}

HOOK(exception)
u64 exception(struct nimble_ctx_exception *ctx)
{
	seen[SEEN_VECTOR] = ctx->vector;
	return ctx->vector == 3 ? NIMBLE_ANSWER : NIMBLE_CONTINUE; /* int3 */
}

HOOK(task_create)
u64 create(struct nimble_ctx_task_create *ctx)
{
	__sync_fetch_and_add(&seen[SEEN_TASKS], 1);
	seen[SEEN_CREATED] = ctx->task;
	return 0;
}

HOOK(task_exec)
u64 exec(struct nimble_ctx_task_exec *ctx)
{
	__sync_fetch_and_add(&seen[SEEN_TASKS], 1);
	seen[SEEN_EXECS] = ctx->process;
	return 0;
}

HOOK(task_exit)
u64 exit(struct nimble_ctx_task_exit *ctx)
{
	__sync_fetch_and_add(&seen[SEEN_TASKS], 1);
	seen[SEEN_ENDED] = ctx->task;
	return 0;
}

/* A timer that goes on until it has fired ten times. */
HOOK(timer)
u64 timer(struct nimble_ctx_timer *ctx)
{
	seen[SEEN_TIMER]++;
	if (seen[SEEN_TIMER] < 10)
		timer_arm(ctx->timer, 1000000, 0);
	return 0;
}

HOOK(message)
u64 message(struct nimble_ctx_message *ctx)
{
	__sync_fetch_and_add(&seen[SEEN_MESSAGES], 1);
	__sync_fetch_and_add(&seen[SEEN_SUM], ctx->payload[0]);
	seen[SEEN_SOURCE] = ctx->source_task;
	return ctx->tag;
}

static u64 batch(struct nimble_ctx_call *ctx)
{
	/* args[5]: how many are to come; args[6]: sum of the results. */
	if (seen[SEEN_CALLS]++)
		seen[SEEN_SUM] += ctx->args[7];
	if (seen[SEEN_CALLS] > wants[WANTS_CALLS]) {
		ctx->args[0] = seen[SEEN_SUM];
		return NIMBLE_CALL_DONE;
	}
	ctx->args[0] = wants[WANTS_NR];
	ctx->args[1] = 0;
	ctx->args[2] = 0;
	ctx->args[3] = 0;
	return NIMBLE_CALL_SYSCALL;
}

/* args[1]: at most so long; args[0] says afterwards that it was. */
static u64 sleep(struct nimble_ctx_call *ctx)
{
	__sync_fetch_and_add(&seen[SEEN_WAITS], 1);
	if (wants[WANTS_GO])
		return NIMBLE_CALL_DONE;
	if (ctx->args[7]) {
		ctx->args[0] = ctx->args[7];
		return NIMBLE_CALL_DONE;
	}
	seen[SEEN_WAITER] = task_current();
	ctx->args[7] = ctx->args[1];
	return NIMBLE_CALL_WAIT;
}

/* args[6], where it is not 0, says more than what the program wants of all. */
HOOK(call)
u64 call(struct nimble_ctx_call *ctx)
{
	switch (ctx->args[6] ? ctx->args[6] : wants[WANTS_CALL]) {
	case CALL_ADD:
		ctx->args[2] = ctx->args[0] + ctx->args[1];
		return NIMBLE_CALL_DONE;
	case CALL_TIMER:
		ctx->args[0] = (u64)timer_arm(5, 1000000, 0);
		return NIMBLE_CALL_DONE;
	case CALL_MESSAGE:
		ctx->args[0] = (u64)message_send(ctx->args[0], ctx->args[1],
						 &ctx->args[2], 8);
		return NIMBLE_CALL_DONE;
	case CALL_BATCH:
		return batch(ctx);
	case CALL_SLEEP:
		return sleep(ctx);
	case CALL_WAKE:
		ctx->args[0] = (u64)task_wake(ctx->args[0]);
		return NIMBLE_CALL_DONE;
	default:
		return 99;
	}
}
