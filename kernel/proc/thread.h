/* SPDX-License-Identifier: GPL-2.0 */
/* Threads of the kernel: each process has one for now; each CPU has an idle one.
 *
 * A thread belongs to one CPU from its creation on. All fields are touched by
 * code on that CPU alone (the kernel is not preempted), so they need no lock;
 * other CPUs reach a thread by messages to its CPU.
 */
#ifndef LWK_PROC_THREAD_H
#define LWK_PROC_THREAD_H

#include "kernel/arch/cpu.h"
#include "kernel/arch/thread.h"
#include "kernel/core/percpu.h"
#include "kernel/lib/list.h"

struct process;
struct lwk_slot;

enum thread_state {
	THREAD_NEW = 0,
	THREAD_RUNNABLE, /* in its CPU's queue, or running */
	THREAD_BLOCKED, /* waits for thread_wake() */
	THREAD_DEAD, /* will not run again */
};

struct thread {
	struct arch_thread arch;
	struct list queue; /* runnable or dead list of its CPU */
	struct cpu *cpu;
	struct process *proc; /* NULL: idle */
	void *stack; /* lowest byte; its first word is STACK_CANARY */
	void *stack_top;
	enum thread_state state;
	uint32_t id; /* thread id of Linux's kind */
	uint64_t started_cycles; /* TSC when it got the CPU */
	uint64_t queued_cycles; /* TSC when it became runnable */
	struct lwk_slot *slot; /* for delegated calls */
	vaddr_t clear_child_tid;
};

#define THREAD_STACK_ORDER 2 /* 16 KiB */
#define STACK_CANARY 0x6d61726761793231UL

static inline struct thread *current_thread(void)
{
	return this_cpu()->current;
}

/* A thread of proc (NULL: none) on cpu that begins in entry(), not yet runnable.
 * NULL: out of memory. */
struct thread *thread_new(struct cpu *cpu, struct process *proc,
			  void (*entry)(void));

/* Free a thread that does not run: new or dead. */
void thread_free(struct thread *t);

#endif
