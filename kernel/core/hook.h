/* SPDX-License-Identifier: GPL-2.0 */
/* Where the kernel lets extensions in. Everyone but kernel/nimble/ knows
 * extensions only through this header. Each function is cheap where nothing is
 * attached: one load and one branch. */
#ifndef LWK_CORE_HOOK_H
#define LWK_CORE_HOOK_H

#include "kernel/lib/types.h"

struct cpu;
struct process;
struct regs;
struct thread;

/* Number of extensions attached to each hook that the kernel fires; written by
 * kernel/nimble/ alone. The entry code tests the first two at once: where one is
 * attached, no call takes the short way of a leaf (abi/syscall.def). */
struct hook_counts {
	uint32_t syscall_entry;
	uint32_t syscall_exit; /* no extension can attach to it yet: 0 */
	uint32_t task_switch;
} __attribute__((aligned(8)));
extern struct hook_counts hook_counts;

/* What became of a system call. */
enum hook_verdict {
	HOOK_CONTINUE = 0, /* go on, with regs as they are now */
	HOOK_ANSWERED, /* an extension has answered: regs->rax */
};

/* Out of line parts; call the inline functions below. */
enum hook_verdict hook_run_syscall_entry(struct regs *regs);
void hook_run_task_switch(struct thread *previous, struct thread *next);

/* A system call came in, before it is dispatched; its number is regs->error.
 * Task context, interrupts on. May change number and arguments in regs. */
static inline enum hook_verdict hook_syscall_entry(struct regs *regs)
{
	if (__builtin_expect(__atomic_load_n(&hook_counts.syscall_entry,
					     __ATOMIC_RELAXED) != 0,
			     0))
		return hook_run_syscall_entry(regs);
	return HOOK_CONTINUE;
}

/* This CPU goes from one thread to another. Interrupts off. */
static inline void hook_task_switch(struct thread *previous,
				    struct thread *next)
{
	if (__builtin_expect(__atomic_load_n(&hook_counts.task_switch,
					     __ATOMIC_RELAXED) != 0,
			     0))
		hook_run_task_switch(previous, next);
}

/* An exception in kernel mode: was it raised by the code of an extension? Then
 * regs are changed so that returning from it ends that run. Any context. */
bool hook_kernel_trap(struct regs *regs, uint64_t address);

/* Once, before other CPUs run. */
void hook_init(void);

/* Work that hooks have left for task context: from kernel_poll(). */
void hook_poll(void);

/* A process or thread has gone: what belongs to it goes too. */
void hook_process_gone(struct process *proc);

#endif
