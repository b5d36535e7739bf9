/* SPDX-License-Identifier: GPL-2.0 */
/* The structure of each CPU. %gs points to it in the kernel.
 *
 * Only its own CPU uses a field, with interrupts on or off, unless its group says
 * otherwise. Interrupt handlers only set bits of `work`, at which the CPU looks on the
 * way back to user mode, in the idle loop and in wait loops.
 */
#ifndef LWK_CORE_PERCPU_H
#define LWK_CORE_PERCPU_H

#include "kernel/abi/boot.h"
#include "kernel/lib/list.h"
#include "kernel/lib/types.h"
#include "kernel/sync/spinlock.h"

struct thread;
struct aspace;
struct arch_cpu;
struct lwk_ring;
struct timer;

/* What a CPU must do before it runs a program again. Any CPU sets bits, atomically; a
 * CPU that sets one for another then sends it an IPI. The CPU clears a bit before it
 * looks for the work, so that later work sets it again. */
enum cpu_work {
	CPU_WORK_POLL = 1, /* the ring may hold messages */
	CPU_WORK_TIMER = 2, /* the timer fired */
	CPU_WORK_HALT = 4, /* the instance shuts down */
	CPU_WORK_POSTED = 8, /* the inbox holds work */
	CPU_WORK_REAP = 16, /* dead threads wait to be freed */
	CPU_WORK_QUEUE = 32, /* the run queue has changed: look at the slice */
	CPU_WORK_HOOKS = 64, /* extensions have left something to do */
	CPU_WORK_PLACE = 128, /* threads are in limbo */
	CPU_WORK_MESSAGE = 256, /* active messages have arrived */
	CPU_WORK_RESCHED = 512, /* another thread should run */
};
/* All but the last are kernel_poll()'s. */
#define CPU_WORK_POLLED (CPU_WORK_RESCHED - 1)

/* Work for a certain CPU, in its thread context, with interrupts on. */
struct cpu_job {
	struct list node;
	void (*run)(struct cpu_job *job);
};

struct cpu {
	struct cpu *self; /* must be first: this_cpu() */
	uint64_t kernel_stack; /* top; the next system call's or trap's */
	uint64_t user_rsp; /* scratch of the system-call entry */
	uint64_t local_calls; /* of the thread that runs, since it began to */
	struct thread *current; /* changes under `lock` */
	uint32_t work; /* enum cpu_work; any CPU, atomically */

	uint32_t index; /* in boot.cpu[] */
	uint32_t apic_id;
	struct thread *idle;
	struct arch_cpu *arch;

	/* The NMI handler runs: the interrupted code may hold the log's lock
	 * or be in the middle of a message. */
	bool in_nmi;

	/* Whose tables are loaded; NULL: the kernel's (mm/aspace.c). */
	struct aspace *aspace;
	struct thread *previous; /* that is being switched from */

	/* Guards the run queue and the timers; taken by any CPU, with interrupts
	 * off; never two of them at once. */
	struct spinlock lock;
	struct list jobs; /* jobs of which a thread waits; proc/runqueue.h */
	uint32_t runnable_count; /* without the one that runs */
	struct list timers; /* soonest first; time/timer.c */
	struct timer *calling; /* whose fire() runs */

	/* For whom it works now (page_for_admin()). */
	enum cpu_asker {
		CPU_ASKER_THREAD = 0, /* the current one */
		CPU_ASKER_ADMIN, /* a message: the administrator's, or the module's */
		CPU_ASKER_USER, /* a message: a user's */
	} asker;

	uint64_t slice_end; /* TSC; 0 = no slice is running */
	uint64_t turn_end; /* of the running thread's job; the same */
	uint64_t armed_deadline; /* TSC; 0 = the timer is off */

	/* Policies (proc/policy.h). Runnable threads that this CPU must put on a
	 * queue, with interrupts off. The policy whose operation it runs: the CPU that
	 * ends a policy waits for that. The number of threads that wait in policies
	 * near this CPU: atomic. */
	struct list limbo;
	struct policy *policy;
	uint32_t waiting_near;
	/* The policy whose task runs here; atomic, and only compared. */
	const struct policy *runs_for;

	/* Threads that have ended; freed by thread_reap(). */
	struct list dead;

	/* Guards the work that other CPUs post; taken with interrupts off. */
	struct spinlock inbox_lock;
	struct list inbox;

	/* Rings (ikc/ring.c). */
	struct lwk_ring *ring_in;
	struct lwk_ring *ring_out;
	uint32_t in_tail; /* private copies of our own indices */
	uint32_t out_head;

	/* Messages beside a program that wants the CPU (ikc/poll.c). */
	uint64_t poll_window; /* TSC when the present window began */
	uint32_t poll_count; /* messages handled in it */
	uint64_t poll_pause_end; /* TSC until which the others wait, 0 = they do
				  * not; changes under `lock` */

	/* Counters, for the log and `lwk status`. */
	uint64_t foreign_vectors; /* interrupts that were not for this CPU */
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

static inline uint64_t cpu_bit(const struct cpu *cpu)
{
	return 1UL << cpu->index;
}

/* All CPUs of the instance. */
static inline uint64_t cpu_all(void)
{
	return ~0UL >> (64 - cpu_count());
}

/* Set work for this CPU or, with cpu_notify(), another. Any context. */
static inline void cpu_raise(struct cpu *cpu, uint32_t work)
{
	/* release: the CPU that takes the bit sees the work */
	__atomic_fetch_or(&cpu->work, work, __ATOMIC_RELEASE);
}

/* Clear the bits of `work` that are set on this CPU, and return them. */
static inline uint32_t cpu_take_work(struct cpu *cpu, uint32_t work)
{
	return __atomic_fetch_and(&cpu->work, ~work, __ATOMIC_ACQ_REL) & work;
}

static inline bool cpu_has_work(const struct cpu *cpu, uint32_t work)
{
	return __atomic_load_n(&cpu->work, __ATOMIC_RELAXED) & work;
}

/* Set work for a CPU, and interrupt it if it is not this one. Any context. */
void cpu_notify(struct cpu *cpu, uint32_t work);

/* Make `cpu` run a job soon; the job's memory must last until then. Any
 * context. */
void cpu_post(struct cpu *cpu, struct cpu_job *job);

/* Run what was posted to this CPU: part of kernel_poll(). */
void cpu_run_posted(void);

#endif
