/* SPDX-License-Identifier: GPL-2.0 */
/* Where the kernel calls extensions. All code but kernel/nimble/ knows extensions only
 * through this header. Each function costs one load and one branch where nothing is
 * attached; docs/hooks.md says when each hook fires. */
#ifndef LWK_CORE_HOOK_H
#define LWK_CORE_HOOK_H

#include "kernel/lib/types.h"
#include "nimble/abi/hook_ctx.h"

struct policy_call;
struct process;
struct regs;
struct thread;

/* Number of extensions attached to each hook; only kernel/nimble/ writes it. The entry
 * code tests the first two at once: if either hook has one, no call is a leaf call
 * (abi/syscall.def). */
extern uint32_t hook_counts[NIMBLE_HOOKS];

_Static_assert(NIMBLE_HOOK_syscall_entry == 0 && NIMBLE_HOOK_syscall_exit == 1,
	       "the entry code tests these two");

static inline bool hook_is_on(enum nimble_hook hook)
{
	return __builtin_expect(
		__atomic_load_n(&hook_counts[hook], __ATOMIC_RELAXED) != 0, 0);
}

/* Whether one of the first two is on, read as one word, as by the entry
 * code. */
static inline bool hooks_on_calls(void)
{
	return __builtin_expect(
		*(const volatile uint64_t *)(const void *)hook_counts != 0, 0);
}

/* ---- System calls. Task context, interrupts on ---------------------------- */

/* The outcome of a system call's hooks. */
enum hook_verdict {
	HOOK_CONTINUE = 0, /* go on */
	HOOK_CHANGED, /* go on with number and arguments as they are in regs now,
		       * and put the original ones back after it */
	HOOK_DELEGATE, /* let Linux perform it */
	HOOK_ANSWERED, /* an extension has answered: regs_result() */
};

/* The number and the arguments as the program has them. */
struct hook_call {
	uint64_t nr;
	uint64_t arg[6];
};

enum hook_verdict hook_run_syscall_entry(struct regs *regs,
					 struct hook_call *original);
void hook_run_syscall_exit(struct regs *regs);

/* A system call came in, before it is dispatched; its number is regs_call(). */
static inline enum hook_verdict hook_syscall_entry(struct regs *regs,
						   struct hook_call *original)
{
	return hook_is_on(NIMBLE_HOOK_syscall_entry)
		       ? hook_run_syscall_entry(regs, original)
		       : HOOK_CONTINUE;
}

/* The call was performed and its result is regs_result(), which the hook may change.
 * Not called where a signal has interrupted the call and it begins again, or where it
 * does not return. */
static inline void hook_syscall_exit(struct regs *regs)
{
	if (hook_is_on(NIMBLE_HOOK_syscall_exit))
		hook_run_syscall_exit(regs);
}

/* ---- Faults of programs. Task context, interrupts on ---------------------- */

bool hook_run_page_fault(uint64_t address, uint64_t ip, uint64_t access,
			 uint64_t *bytes);
bool hook_run_exception(uint64_t ip, uint32_t vector, uint32_t error);

/* False: the access is refused, as if nothing were mapped there. *bytes: how much to
 * bring in; unchanged if no extension says. */
static inline bool hook_page_fault(uint64_t address, uint64_t ip,
				   uint64_t access, uint64_t *bytes)
{
	return !hook_is_on(NIMBLE_HOOK_page_fault) ||
	       hook_run_page_fault(address, ip, access, bytes);
}

/* False: no signal, the program goes on where it was. */
static inline bool hook_exception(uint64_t ip, uint32_t vector, uint32_t error)
{
	return !hook_is_on(NIMBLE_HOOK_exception) ||
	       hook_run_exception(ip, vector, error);
}

/* ---- Threads and interrupts. Interrupts off -------------------------------- */

void hook_run_task_switch(struct thread *previous, struct thread *next);
void hook_run_task_event(enum nimble_hook hook, uint64_t task, uint64_t value);
bool hook_run_irq(uint32_t vector);

/* This CPU goes from one thread to another. */
static inline void hook_task_switch(struct thread *previous,
				    struct thread *next)
{
	if (hook_is_on(NIMBLE_HOOK_task_switch))
		hook_run_task_switch(previous, next);
}

/* The current process has a new thread; it executes another program; the current thread
 * ends. `value` is the second field of the context. Interrupts on or off. */
static inline void hook_task_event(enum nimble_hook hook, uint64_t task,
				   uint64_t value)
{
	if (hook_is_on(hook))
		hook_run_task_event(hook, task, value);
}

/* An interrupt has come, not an NMI. True: it was a device's, and an extension has dealt
 * with it. */
static inline bool hook_irq(uint32_t vector)
{
	return hook_is_on(NIMBLE_HOOK_irq) && hook_run_irq(vector);
}

/* An exception in kernel mode. True: the code of an extension raised it;
 * regs are changed so that returning from it ends that run. Any context. */
bool hook_kernel_trap(struct regs *regs, uint64_t address);

/* An interrupt has been handled. If it came in an extension's run for a thread that is
 * to die, a change of regs ends that run. Interrupts off. */
void hook_end_run(struct regs *regs);

/* Once, before other CPUs run. */
void hook_init(void);

/* Called by kernel_poll(): does the work that hooks have left for task context, and
 * handles messages that have arrived on this CPU. */
void hook_poll(void);
void hook_poll_messages(void);

/* A process or thread has ended: frees what belongs to it. */
void hook_process_gone(struct process *proc);

#endif
