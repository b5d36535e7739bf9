/* SPDX-License-Identifier: GPL-2.0 */
/* Threads. Each belongs to a process; each CPU has an idle one that does not.
 *
 * Another CPU may take a thread that is runnable (sched.h); its work in the kernel goes
 * on there. So code that may call schedule() does not keep this_cpu() across it.
 *
 * Life: thread_new() -> thread_wake() -> ... -> thread_exit() -> its CPU frees it when it
 * runs on nothing any more (thread_reap()). It holds a reference of its process all the
 * time. While it is in its process's list it is alive, and it leaves the list under the
 * process's lock. So code that holds that lock may use it, and so may a thread that it
 * has woken.
 */
#ifndef LWK_PROC_THREAD_H
#define LWK_PROC_THREAD_H

#include "kernel/arch/cpu.h"
#include "kernel/arch/thread.h"
#include "kernel/core/percpu.h"
#include "kernel/lib/list.h"
#include "kernel/proc/policy.h"
#include "kernel/proc/signal.h"

struct process;
struct slot_page;

enum thread_state {
	THREAD_NEW = 0,
	THREAD_RUNNABLE, /* in its CPU's queue, or running */
	THREAD_BLOCKED, /* waits for thread_wake() */
	THREAD_DEAD, /* will not run again */
};

/* Reasons why a thread must not simply go on in user mode. Any CPU sets bits,
 * atomically; the thread clears those that it handles. */
enum thread_work {
	THREAD_WORK_SIGNAL = 1, /* a signal may be deliverable */
	THREAD_WORK_RESTORE = 2, /* signals.restore_saved */
	THREAD_WORK_DIE = 4, /* it must end; never cleared */
	THREAD_WORK_ABANDON =
		8, /* its process ends: it waits for nothing more */
};

#define THREAD_NAME_BYTES 16

struct thread {
	struct arch_thread arch;
	struct process *proc; /* constant; NULL: idle */
	void *stack_top;
	void (*entry)(void); /* what it begins with */
	uint32_t id; /* thread id of Linux's kind */

	/* Scheduling. Guarded by the lock of `cpu`, which changes only while the
	 * thread is not blocked, under the lock of the CPU that it leaves. */
	struct cpu *cpu;
	struct list queue; /* run queue or dead list; empty: in neither */
	uint32_t state; /* enum thread_state; read without the lock, too */
	uint32_t on_cpu; /* runs, or its registers are not saved yet */
	uint64_t affinity; /* CPUs that it may run on, by index */
	int8_t nice; /* -20 to 19; atomic, written under the process's lock */
	uint64_t queued_cycles; /* TSC when it became runnable */
	struct policy_thread policy;

	uint32_t work; /* enum thread_work */

	/* Of the thread itself. */
	uint64_t started_cycles; /* TSC when it got the CPU */
	uint64_t run_cycles; /* before that */
	vaddr_t clear_child_tid;
	vaddr_t set_child_tid; /* fork: where its id goes when it begins */
	vaddr_t robust_list; /* 0 = none */
	struct slot_page *slot_page; /* its slot for delegated calls, or NULL */
	uint32_t slot;
	char name[THREAD_NAME_BYTES]; /* comm; written by itself */
	uint64_t run_limit; /* TSC: see hook_end_run(); 0: not needed yet */

	/* Guarded by the process's lock; see signal.h. */
	struct list member; /* in the process's list */
	struct thread_signals signals;
};

static inline struct thread *current_thread(void)
{
	return this_cpu()->current;
}

/* A thread of proc (NULL: idle) for `cpu` that begins in entry(), not yet
 * runnable, in no list. It may run on all CPUs. NULL: out of memory. */
struct thread *thread_new(struct cpu *cpu, struct process *proc,
			  void (*entry)(void));

/* Free a thread that does not run and is in no list: new, or dead. */
void thread_free(struct thread *t);

/* Free the threads that have ended on this CPU. Thread context. */
void thread_reap(void);

static inline void thread_set_work(struct thread *t, uint32_t work)
{
	__atomic_fetch_or(&t->work, work, __ATOMIC_RELEASE);
}

static inline void thread_clear_work(struct thread *t, uint32_t work)
{
	__atomic_fetch_and(&t->work, ~work, __ATOMIC_ACQ_REL);
}

static inline uint32_t thread_work(const struct thread *t)
{
	return __atomic_load_n(&t->work, __ATOMIC_ACQUIRE);
}

static inline bool thread_must_die(const struct thread *t)
{
	return thread_work(t) & THREAD_WORK_DIE;
}

#endif
