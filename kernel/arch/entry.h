/* SPDX-License-Identifier: GPL-2.0 */
/* What the architecture's entry code calls; supplied by the layers above. */
#ifndef LWK_ARCH_ENTRY_H
#define LWK_ARCH_ENTRY_H

#include "kernel/arch/regs.h"

struct lwk_boot;
struct lwk_where;

/* The first C code of each CPU after its own tables are set up
 * (core/main.c). */
_Noreturn void kernel_main_primary(void);
_Noreturn void kernel_main_secondary(void);

/* Leaf calls, by number; a call whose entry is NULL goes to syscall_dispatch(). They
 * are called with interrupts off and without a register frame, keep all registers but
 * RAX, and return the result. If that is negative, the call is dispatched. The CPU
 * looks for no work after them: a CPU that has work for one that runs a program
 * interrupts it, and an interrupt that comes during a leaf call is taken as soon as
 * the program runs on. */
#define LEAF_CALLS 256
extern int64_t (*const leaf_calls[LEAF_CALLS])(void);

/* A system call. Interrupts on. The result goes to regs_set_result(). */
void syscall_dispatch(struct regs *regs);

/* The last step before user mode, after a system call, trap or interrupt
 * from there: messages, timers, scheduling, signals. Interrupts are off on
 * entry and return, on in between. It does not return if the process has
 * ended. */
void return_to_user(struct regs *regs);

/* A page fault at address va, from user mode or in a user access of the kernel.
 * Interrupts on. 0: try again; -EFAULT: no mapping; -EACCES: not allowed;
 * -ENOMEM. */
enum fault_access { FAULT_READ = 1, FAULT_WRITE = 2, FAULT_EXEC = 4 };
int user_page_fault(vaddr_t va, uint32_t access, uint64_t ahead);

/* LWK_VECTOR_SHOOTDOWN: another CPU waits for this one to forget translations.
 * Interrupts off. */
void shootdown_interrupt(void);

/* Fill in which process this CPU runs. Any context, NMIs included. */
void describe_running(struct lwk_where *where);

/* An exception of user mode that ends in a signal. Interrupts on. */
void user_exception(struct regs *regs, int signal, int code, vaddr_t address);

#endif
