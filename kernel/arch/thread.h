/* SPDX-License-Identifier: GPL-2.0 */
/* What each architecture supplies about threads. */
#ifndef LWK_ARCH_THREAD_H
#define LWK_ARCH_THREAD_H

#include "kernel/arch/regs.h"
#include "kernel/lib/types.h"

/* The architecture's part of a thread. */
struct arch_thread {
	uint64_t kernel_rsp; /* while it does not run */
	uint64_t fs_base;
	uint64_t gs_base;
	void *fpu; /* xsave area, NULL for threads without user mode */
	uint64_t guard_seen; /* CPUs that know the guard below its stack */
};

struct thread;

/* Prepare a thread to begin in entry() on the kernel stack that ends at
 * stack_top; with_user: give it floating-point state. 0 or -ENOMEM. */
int arch_thread_init(struct arch_thread *t, void *stack_top,
		     void (*entry)(void), bool with_user);
void arch_thread_destroy(struct arch_thread *t);

/* A kernel stack of 16 KiB, the lowest 4 KiB of which are not mapped. Returns its end
 * (top), or NULL: out of memory. */
void *arch_stack_new(void);
void arch_stack_free(void *top);

/* Run `next` instead of `prev`, which continues when it is switched to.
 * Interrupts off. */
void arch_thread_switch(struct arch_thread *prev, struct arch_thread *next,
			void *next_stack_top);

/* Registers with which a program begins at `entry` with stack pointer sp; the
 * floating-point state of the current thread is made new. */
void arch_thread_start_user(struct regs *regs, vaddr_t entry, vaddr_t sp);

/* Prepare a new thread to leave the kernel as the current one will, from a system
 * call with the registers at regs, but with result 0, with `sp` as its stack
 * pointer (0: the same) and *tls as its FS base (NULL: the same). */
void arch_thread_clone(void *stack_top, struct arch_thread *child,
		       const struct regs *regs, vaddr_t sp,
		       const uint64_t *tls);

/* Set the FS or GS base of the current thread. False: it is no address of an
 * application. */
bool arch_set_tls(uint64_t base);
bool arch_set_gs(uint64_t base);

/* Leave the kernel with the registers at regs, on the current stack. */
_Noreturn void arch_enter_user(struct regs *regs);

/* Registers on the kernel stack that ends at stack_top. */
static inline struct regs *arch_thread_regs(void *stack_top)
{
	return (struct regs *)stack_top - 1;
}

#endif
