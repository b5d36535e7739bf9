/* SPDX-License-Identifier: GPL-2.0 */
/* Scheduling policies: extensions that decide which of a job's threads runs next, where
 * and how long. The model is sched_ext's of Linux 6.12; docs/policies.md says what
 * differs.
 *
 * A runnable thread that a policy schedules is in one of three places: in the run queue
 * of a CPU (its "local" dispatch queue), in another dispatch queue, or kept by the
 * policy, which then inserts it when a CPU asks. In the last two, "waiting", the kernel
 * has it in a list of its own, so a policy that fails loses none.
 *
 * Only job->policy says which policy schedules. A thread joins its job's policy when it
 * is next put on a queue, and leaves it when it ends or the policy does. The kernel takes
 * turns between jobs (sched.c); a policy does not affect that.
 *
 * Operations run with interrupts off, no lock held, and for one thread never on two CPUs
 * at once: one CPU has a thread from when it becomes runnable until it is on a queue, and
 * the CPU that wakes a thread waits until the CPU that it leaves has done with it. While
 * a CPU is between policy_enter() and policy_leave() the policy stays; ending it takes it
 * away from its job first, and then waits for those CPUs.
 *
 * Locks. policy->lock guards its queues, its members and what waits; interrupts off;
 * inside it no other lock is taken.
 */
#ifndef LWK_PROC_POLICY_H
#define LWK_PROC_POLICY_H

#include "kernel/abi/boot.h"
#include "kernel/lib/list.h"
#include "kernel/lib/types.h"
#include "kernel/sync/spinlock.h"
#include "kernel/time/timer.h"
#include "nimble/abi/hook_ctx.h"
#include "nimble/abi/sched.h"

struct cpu;
struct dsq;
struct job;
struct thread;

#define POLICY_DSQ_HASH 64

struct policy {
	struct list all; /* of those that are attached */
	void *extension; /* kernel/nimble's; constant */
	struct job *job; /* NULL: all that have none of their own */
	uint64_t operations; /* a bit for each hook it has, see policy_has() */
	struct nimble_policy about; /* from the image */
	struct nimble_sched_task *view; /* about.tasks of them, in its memory */
	struct nimble_exit_record *record; /* there, too */

	bool off; /* atomic: it has failed, or is being ended */

	struct spinlock lock;
	struct thread **member; /* by index of view; NULL: free */
	uint32_t member_next; /* where to look for a free one */
	uint32_t member_end; /* beyond all that were ever taken */
	struct list waiting; /* the longest first */
	uint32_t waiting_count; /* atomic: read without the lock, too */
	uint32_t waiting_at[LWK_MAX_CPUS]; /* atomic; by the CPU they are near */
	struct list dsq[POLICY_DSQ_HASH];
	uint32_t dsq_count;

	/* Time of others that its dispatch took of each CPU; that CPU's alone. */
	struct policy_paid {
		uint64_t window, spent; /* TSC, cycles */
	} paid[LWK_MAX_CPUS];

	bool watched; /* atomic: the watchdog runs */
	struct timer watchdog;

	/* How it ended; written once, by the CPU that sets `off`. */
	uint32_t exit_kind; /* enum nimble_exit_kind */
	uint64_t exit_code;
	char exit_message[NIMBLE_EXIT_MESSAGE_BYTES];
	char dump[NIMBLE_EXIT_DUMP_BYTES];
	uint32_t dump_bytes;
};

/* A thread's part for the policy that schedules it. It belongs to the CPU that the
 * thread runs on, or the one that puts it on a queue; (`waiting` and below) the
 * policy's lock guards it. */
struct policy_thread {
	struct policy *policy; /* that it has joined; NULL: none */
	uint32_t index; /* there */
	bool is_runnable, is_running; /* as the policy was told */
	bool left_queue; /* of the policy's own, which it is to be told */
	bool is_coming; /* atomic: enqueue is asked, and it is on no queue yet */
	struct list limbo; /* in cpu->limbo: must be put on a queue */
	uint64_t enqueue_flags; /* with which */
	uint64_t slice; /* ns; what was left of it at: */
	uint64_t charged; /* TSC */
	uint64_t mask; /* its CPUs, as the policy was told */
	int8_t nice; /* from which the policy was told its weight */

	struct list waiting; /* in policy->waiting */
	struct dsq *dsq; /* that holds it; NULL while waiting: kept */
	struct list in_dsq;
	uint64_t vtime;
};

/* A run of an operation, or of another hook of the same extension, for the helpers of
 * policies. It is on the stack of the CPU that runs it. */
struct policy_call {
	struct policy *policy; /* NULL: the extension is none */
	void *extension;
	void *message; /* of hook message: what has arrived */
	uint32_t device; /* of hook irq: the device whose interrupt it is */
	uint32_t op; /* enum nimble_hook */
	struct cpu *cpu;
	struct thread *subject; /* of select_cpu, enqueue */
	/* What they said: put the subject there. */
	bool inserted;
	bool by_vtime;
	uint64_t dsq, slice, vtime, flags;
	/* Of dispatch. */
	uint32_t count; /* that were inserted */
	bool waited; /* for an enqueue on another CPU */
	uint64_t last; /* the last one's view, for cancelling */
};

/* Whether there are policies at all. */
extern uint32_t policy_count;
static inline bool policies_exist(void)
{
	return __builtin_expect(
		__atomic_load_n(&policy_count, __ATOMIC_RELAXED) != 0, 0);
}

/* Whether the policy has that operation. */
static inline bool policy_has(const struct policy *p, enum nimble_hook op)
{
	return p->operations >> (op - NIMBLE_HOOK_sched_select_cpu) & 1;
}

/* The policy that schedules a thread, or NULL. Without policy_enter() it may go at any
 * time. */
struct policy *policy_of(const struct thread *t);

/* ---- From sched.c; interrupts off, no lock held ------------------------- */

/* Keep the thread's policy for this CPU: it, or NULL where there is none or it has
 * failed; then without policy_leave(). */
struct policy *policy_enter(const struct thread *t);
void policy_leave(void);
/* The same for the policy that a pointer names, which is cleared before policy_wait()
 * when the policy is ended. */
struct policy *policy_enter_at(struct policy *const *place);

/* Put a runnable thread that is on no queue where its policy says. False: it has none,
 * or no longer, and the caller keeps the thread. */
bool policy_put(struct thread *t, uint64_t enqueue_flags);

/* Take a waiting thread from its policy, for the caller; false: it does not wait. `says`: the
 * policy is told when it is put anew. */
bool policy_take(struct thread *t, bool says);

/* Tell the policy of a thread that leaves this CPU, and charge its slice. */
void policy_stopping(struct thread *t, bool runnable);
/* The thread has left the CPU: it is blocked, or dead: then it leaves the
 * policy, too. */
void policy_quiescent(struct thread *t);
void policy_ended(struct thread *t);
/* It gets this CPU. */
void policy_running(struct thread *t);
/* It yields: its slice ends, or as the policy says. */
void policy_yield(struct thread *t);

/* Let policies fill this CPU's run queue if it has none of their threads. True: it has
 * something to run. `prev` is the thread that leaves the CPU, or NULL. */
bool policy_balance(struct cpu *cpu, struct thread *prev);

/* This CPU begins to idle, or ends it. */
void policy_update_idle(struct cpu *cpu, bool idle);

/* The time of policy_slice_end() has come: charge the slice, run the tick. True: the
 * slice is over and another thread waits for it. */
bool policy_tick(struct thread *t);

/* Charge the time since the last call, or since it got the CPU. On its CPU, as the
 * following. */
void policy_charge(struct thread *t);

/* What the thread has of its slice, in ns; 0: nothing, or it has joined no policy. */
uint64_t policy_slice_left(const struct thread *t);

/* No other thread wants the CPU: give it another slice. False: its policy must be
 * asked. */
bool policy_renew(struct thread *t);

/* When the timer shall fire for the slice of the running thread, which has joined a
 * policy, or for its tick: TSC, or 0. `queued`: one of its job is in the run queue. */
uint64_t policy_slice_end(const struct thread *t, uint64_t now, bool queued);

/* Whether threads of any policy wait near the CPU; whether threads of others
 * than t's do. */
bool policy_waits_near(const struct cpu *cpu);
bool policy_others_near(const struct cpu *cpu, const struct thread *t);

/* ---- For kernel/nimble, whose lock of changes keeps one of these at a time ---- */

/* Make it ready. 0, -ENOMEM. */
int policy_prepare(struct policy *p);
void policy_unprepare(struct policy *p);

/* The one that schedules all jobs without their own, or NULL. */
struct policy *policy_for_all(void);

/* Let it schedule the job (NULL: all without their own) from now on, in place of `old`
 * where not NULL, which is stopped. Its operation `init` has run. Thread context. 0;
 * -ENOSPC: there are too many. */
int policy_start(struct policy *p, struct policy *old);

/* Take it away from its job, and its threads from it: afterwards no CPU is inside it, and
 * it has no members. Thread context, interrupts on. It may be off. */
void policy_stop(struct policy *p);

/* Until no CPU is inside it. Thread context. */
void policy_wait(const struct policy *p);

/* It schedules no more, with the reason. False: that is so already. Any context. */
bool policy_end(struct policy *p, uint32_t kind, uint64_t code,
		const char *message);

/* How it ended, so far. */
void policy_fill_record(const struct policy *p,
			struct nimble_exit_record *record);

/* One of enum nimble_exit_kind in words. */
const char *policy_exit_reason(uint32_t kind);

/* It fails, or ends by itself: it schedules no more. Any context; only the first
 * reason counts. policy_stop() does the rest, soon: policy_failed() asks for it. */
__attribute__((format(printf, 3, 4))) void
policy_fail(struct policy *p, uint32_t kind, const char *format, ...);

/* The member whose view is at an address of the policy's memory, or NULL. Caller holds
 * the lock. */
struct thread *policy_member_at(struct policy *p, uint64_t view);

/* ---- For the helpers; this CPU is inside p, interrupts off, no lock -------- */

/* Set a thread's slice as an insertion says; 0: it has what it had, and not nothing. */
void policy_use_slice(struct thread *t, uint64_t slice);

/* Move the first thread of a queue that may run on the CPU to its run queue. 1; 0: none
 * may; -ENOENT: there is no such queue. */
int policy_consume(struct policy *p, uint64_t id, struct cpu *cpu);

/* The kernel's own choice of a CPU for a thread that wakes; an idle one is claimed. */
struct cpu *policy_default_cpu(const struct thread *t, bool *idle);

/* Make a CPU choose anew, by enum nimble_kick_flags. */
void policy_kick(struct policy *p, struct cpu *cpu, uint64_t flags);

/* Put a thread that waits, kept or (`from_queue`) in a queue, where `call` says; false
 * where it does not, or is not the policy's. */
bool policy_dispatch(struct policy_call *run, const struct policy_call *call,
		     uint64_t view, bool from_queue);

/* Supplied by kernel/nimble: run an operation that the policy has; false: it failed.
 * And: something has failed; make thread context call policy_stop(). */
bool policy_operate(struct policy_call *call, uint64_t *args, uint64_t *result);
void policy_failed(struct policy *p);

#endif
