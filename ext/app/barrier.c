/* SPDX-License-Identifier: MIT */
/* A barrier in the kernel: threads of a job meet, in one system call each.
 *
 * A barrier of the C library is a counter and a futex. Each thread takes a lock in user
 * memory, all but the last go to the kernel to sleep, and the last goes there to wake
 * them. Here the counter is where the threads sleep and wake anyway: each makes one direct
 * call, adds itself to the meeting, and waits if it is not the last; the last opens the
 * meeting, wakes the others one by one and returns. A waiter spins for a while first
 * where nothing else wants its CPU (kernel/nimble/call.c), so a meeting of threads that
 * have a CPU each costs no sleep and no interrupt.
 *
 * A direct call: args[0] which barrier, below BARRIERS; args[1] how many threads meet
 * there, up to THREADS; args[2] 0. args[3] is 0 afterwards, or what is wrong (-errno).
 * After a call that a signal has ended (-EINTR), make it again with args as they are: the
 * ticket in args[2] says that the thread is counted already.
 *
 * The order of two things matters. Each thread writes its name before it looks whether
 * the meeting is open; the last thread opens the meeting before it reads the names. So
 * either the last one finds the name, or the other finds the meeting open. A thread
 * that goes on early may write its name for the next meeting while the last one still
 * reads, so meetings take turns with two lists of names. No thread is two meetings
 * ahead of the one that reads, because that one has to come, too. */
#include "ext/lib/nimble_ext.h"

#define BARRIERS 16
#define THREADS 64

LICENCE("MIT");

struct barrier {
	u64 come; /* to the meeting that is next; atomic */
	u64 over; /* meetings that were; atomic */
	u64 who[2][THREADS]; /* tasks that came, by their order; 0: taken */
};

MAP_ARRAY(barriers, struct barrier, BARRIERS);

static u64 meetings_over(struct barrier *b)
{
	return *(volatile u64 *)&b->over;
}

/* The last thread has come: the next meeting begins, before any thread is
 * woken. */
static void open(struct barrier *b, u64 meeting, u64 all)
{
	u64 *who = b->who[meeting & 1], i, task;

	__sync_fetch_and_and(&b->come, 0);
	__sync_fetch_and_add(&b->over, 1);
	for (i = 0; i + 1 < all; i++) {
		task = __sync_lock_test_and_set(&who[i & (THREADS - 1)], 0);
		if (task)
			task_wake(task);
	}
}

/* A thread comes. Returns the number of its meeting, from 1. The next meeting cannot
 * begin before this thread has come, so the number does not change meanwhile. */
static u64 arrive(struct barrier *b, u64 all)
{
	u64 meeting = meetings_over(b) + 1, *who = b->who[meeting & 1];
	u64 place = __sync_fetch_and_add(&b->come, 1);

	if (place + 1 == all)
		open(b, meeting, all);
	else
		__sync_lock_test_and_set(&who[place & (THREADS - 1)],
					 task_current());
	return meeting;
}

HOOK(call)
u64 meet(struct nimble_ctx_call *ctx)
{
	struct barrier *b = &barriers[ctx->args[0] & (BARRIERS - 1)];

	ctx->args[3] = 0;
	ctx->args[7] = 0; /* wait without an end */
	if (ctx->args[0] >= BARRIERS || !ctx->args[1] ||
	    ctx->args[1] > THREADS) {
		ctx->args[3] = (u64)-EINVAL;
		return NIMBLE_CALL_DONE;
	}
	if (!ctx->args[2])
		ctx->args[2] = arrive(b, ctx->args[1]);
	return meetings_over(b) >= ctx->args[2] ? NIMBLE_CALL_DONE
						: NIMBLE_CALL_WAIT;
}
