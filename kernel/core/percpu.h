/* SPDX-License-Identifier: GPL-2.0 */
/* The structure of each CPU. %gs points to it in the kernel.
 *
 * A field is touched by its own CPU alone, with interrupts on or off, unless
 * its group says otherwise. Interrupt handlers only set `need_*`, which are
 * looked at on the way back to user mode, in the idle loop and in wait loops.
 */
#ifndef LWK_CORE_PERCPU_H
#define LWK_CORE_PERCPU_H

#include "kernel/abi/boot.h"
#include "kernel/lib/list.h"
#include "kernel/lib/types.h"

struct thread;
struct arch_cpu;
struct lwk_ring;

struct cpu {
	struct cpu *self; /* must be first: this_cpu() */
	uint64_t kernel_stack; /* top; the next system call's or trap's */
	uint64_t user_rsp; /* scratch of the system-call entry */
	struct thread *current;

	uint32_t index; /* in boot.cpu[] */
	uint32_t apic_id;
	struct thread *idle;
	struct arch_cpu *arch;

	/* Set by this CPU's interrupt handlers, or by others that then send an
	 * IPI; cleared by this CPU before it looks for the work. */
	uint32_t need_poll; /* the ring may hold messages */
	uint32_t need_timer; /* the timer fired */
	uint32_t need_resched; /* another thread should run */
	uint32_t need_halt; /* the instance shuts down */

	/* The NMI handler runs: whatever it interrupted may hold the log's lock
	 * or be in the middle of a message. */
	bool in_nmi;

	/* Run queue (proc/sched.c). */
	struct list runnable;
	uint32_t runnable_count; /* without the one that runs */
	uint64_t slice_end; /* TSC; 0 = no slice is running */

	/* Timers, soonest first (time/timer.c). */
	struct list timers;
	uint64_t armed_deadline; /* TSC; 0 = the timer is off */

	/* Threads that have ended and await their burial (proc/process.c). */
	struct list dead;

	/* Rings (ikc/ring.c). */
	struct lwk_ring *ring_in;
	struct lwk_ring *ring_out;
	uint32_t in_tail; /* private copies of our own indices */
	uint32_t out_head;

	/* Counters, for the log and `lwk status`. */
	uint64_t foreign_vectors; /* interrupts that were not meant for us */
	uint64_t doorbells;
	uint64_t timer_interrupts;
	uint64_t nmis;
	uint64_t context_switches;
} __attribute__((aligned(64)));

extern struct cpu cpus[LWK_MAX_CPUS];

/* The boot block, as checked by boot_check(); constant but for its shared
 * words. */
extern struct lwk_boot *boot;

static inline uint32_t cpu_count(void)
{
	return boot->cpu_count;
}

#endif
