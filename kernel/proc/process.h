/* SPDX-License-Identifier: GPL-2.0 */
/* Processes: an address space, threads, signals, a proxy on Linux.
 *
 * Life: PROC_CREATE -> process_new() -> PROC_START -> its first thread runs -> the
 * last thread ends and tells the module the status -> the proxy ends ->
 * PROC_RELEASE -> process_release(). Memory stays until PROC_RELEASE: until then the
 * proxy may still reach it. Where PROC_RELEASE comes first (the proxy was killed),
 * the threads are made to end.
 *
 * A process is counted: the module has one reference until PROC_RELEASE, each thread one
 * until it is freed, and each caller that found it by its handle. Dropping the last frees
 * it and answers PROC_RELEASE.
 *
 * How a process ends: process_kill() says how (only the first call counts) and makes
 * every thread look; each ends on its way to user mode, or where it waits.
 *
 * `lock` guards the list of threads, the signals and the end. It is taken with
 * interrupts on; inside it, only CPUs' locks and those of memory are taken.
 */
#ifndef LWK_PROC_PROCESS_H
#define LWK_PROC_PROCESS_H

#include "kernel/abi/procpage.h"
#include "kernel/abi/slot.h"
#include "kernel/lib/list.h"
#include "kernel/mm/aspace.h"
#include "kernel/proc/signal.h"
#include "kernel/proc/thread.h"
#include "kernel/proc/usage.h"
#include "kernel/sync/spinlock.h"

#define PROCESS_PATH_MAX 256

struct slot_page;

struct process {
	struct list all; /* in the list of processes */
	uint32_t refs; /* atomically */
	uint64_t handle; /* the module's name for it */
	struct job *job; /* constant; with a reference */
	struct aspace *aspace;
	struct lwk_proc_page *page; /* shared with the module */
	uint32_t pid;
	uint32_t uid; /* real */
	uint32_t gid;
	uint32_t euid;
	uint32_t egid;
	uint64_t stack_limit; /* RLIMIT_STACK */
	uint32_t personality;
	bool no_new_privileges; /* of prctl(2); atomic */
	uint8_t death_signal; /* PR_SET_PDEATHSIG's; atomic */
	uint64_t affinity; /* CPUs that its threads begin with */
	int8_t nice; /* and their nice value */
	struct cpu *cpu; /* the module's messages about it come there */

	/* Guarded by `lock`. */
	struct spinlock lock;
	struct list threads; /* alive; the oldest first */
	uint32_t thread_count;
	struct signals signals;
	bool ending; /* process_kill() was called */
	struct thread *execing; /* waits for the other threads to end */
	int wait_status; /* then: how it ends */
	bool release_wanted; /* PROC_RELEASE came; reply with its cookie */
	uint64_t release_cookie;
	struct cpu *release_cpu; /* from there */
	struct cpu_job release_job;

	/* Of a child, until it runs a program of its own (fork.c). */
	uint64_t parent; /* its handle; constant; 0: made by PROC_CREATE */
	uint32_t fork_state; /* enum fork_state */
	bool borrows_memory; /* runs in its parent's address space */
	struct aspace *left_aspace; /* that; the proxy still maps it */
	struct thread *vfork_waiter; /* of the parent */

	/* What it and its children have used (usage.c); guarded by `lock`, but
	 * peak_bytes, which is atomic: the most memory that it was seen to have. */
	uint64_t peak_bytes;
	struct usage children; /* that it has waited for */
	struct list usage_notes; /* of those that it has not */
	uint32_t usage_note_count;

	/* Timers (itimer.c); guarded by `lock`. */
	struct list itimers;
	uint32_t itimer_count;
	uint32_t itimer_next;

	/* Slots for delegated calls (ikc/slots.c). */
	struct spinlock slot_lock;
	struct slot_page *slot_page[LWK_SLOT_PAGES]; /* those that exist */
	uint32_t slot_pages;
};

static inline struct process *current_process(void)
{
	return current_thread()->proc;
}

/* The fields of PROC_CREATE. */
struct process_args {
	uint64_t handle;
	uint64_t job;
	uint32_t pid;
	uint32_t uid;
	uint32_t gid;
	uint32_t euid;
	uint32_t egid;
	uint64_t stack_limit;
	uint64_t affinity; /* some CPUs of the instance */
	int8_t nice;
};

/* A new process of the calling CPU, with a first thread, not yet runnable, that will
 * begin in entry(). 0, -ENOMEM, -EEXIST (the handle is in use). */
int process_new(const struct process_args *args, void (*entry)(void),
		struct process **out);

/* A child of the current process, for whose proxy the module will ask
 * (process_adopt()): a copy of its memory or, `share`, the same; its signal actions; a
 * thread like the current one, which will begin in entry(). With two references: the
 * module's and the caller's. 0, -ENOMEM. */
int process_fork(bool share, void (*entry)(void), struct process **out);

/* PROC_ADOPT: the child has a proxy, process `pid` of Linux. 0; -ESRCH: it does not
 * wait for one, or is not a child of `parent`. */
int process_adopt(struct process *child, uint64_t parent, uint32_t pid);

/* The proxy could not be made, or the parent is gone: end the child. The
 * caller's reference stays. */
void process_abort_fork(struct process *child);

/* Sleep until the child no longer shares the memory. */
void process_wait_for_vfork(struct process *child);

/* The current process leaves memory that it has borrowed: its parent goes on. */
void process_end_vfork(struct process *p);

/* Make the current process, which only its parent shares the memory with, leave it for
 * a space of its own. 0, -ENOMEM. The old space is kept until the proxy has unmapped
 * it. */
int process_leave_borrowed(void);

/* The address space that the proxy of p must map; the proxy has nothing
 * mapped. */
struct aspace *process_space_for_proxy(struct process *p);

/* End all other threads of the current process, for exec: afterwards there is one,
 * and it has the process's id. -EINTR: the thread is to end itself. */
int process_end_others(void);

/* By handle, with a reference; or NULL. */
struct process *process_find(uint64_t handle);

/* By the pid that its proxy has in its own PID namespace: the first one, with a reference;
 * or NULL. */
struct process *process_find_pid(uint32_t pid);

/* A reference more, or one less. */
static inline void process_get(struct process *p)
{
	__atomic_add_fetch(&p->refs, 1, __ATOMIC_RELAXED);
}
void process_put(struct process *p);

/* PROC_START: let its first thread run. */
void process_start(struct process *p);

/* PROC_RELEASE on this CPU, once: make the process end if it runs. process_released()
 * replies when nothing of it is left. */
void process_release(struct process *p, uint64_t cookie);

/* End the process with a wait status (as wait4() gives it), unless it ends
 * already. Any thread context; the caller may be one of its threads, and then ends
 * on its way to user mode. */
void process_kill(struct process *p, int wait_status);
/* The same; the caller holds p->lock. */
void process_kill_locked(struct process *p, int wait_status);

/* End the current thread. The last one of a process ends the process: with
 * wait_status, or as process_kill() has said. */
_Noreturn void thread_exit(int wait_status);

/* A thread for the current process, alive and in its list, not yet runnable; or
 * NULL: no memory, or the process ends (*error says which: -ENOMEM, -EINTR). */
struct thread *process_add_thread(void (*entry)(void), int *error);

/* Whether the current process has one thread. */
static inline bool process_is_single(void)
{
	return __atomic_load_n(&current_process()->thread_count,
			       __ATOMIC_RELAXED) == 1;
}

/* The thread with that id; the caller holds p->lock. Or NULL. */
struct thread *process_thread(struct process *p, uint32_t id);

/* The same of the current process, for system calls: 0 is the caller. */
static inline struct thread *process_named_thread(uint32_t id)
{
	return id ? process_thread(current_process(), id) : current_thread();
}

/* Supplied by ikc/: tell the module; free what goes with a process; with a thread. */
void process_exited(struct process *p, int wait_status);
void process_released(uint64_t cookie);
int process_make_slots(struct process *p);
void process_free_slots(struct process *p);
void thread_free_slot(struct thread *t);

/* Supplied by syscall/: what a thread leaves for others in its memory. It is the
 * thread's last step that may block. */
void thread_leave_memory(struct thread *t);

/* All processes of the instance. */
uint32_t process_count(void);

/* ---- Signals (signal_send.c) ------------------------------------------- */

/* Send to the process, or to one of its threads: it is queued and the thread that will
 * take it is made to look, or the process is ended. Any thread context; to a thread:
 * the caller knows that it is alive. 0, -EAGAIN: the queue of a real-time signal is
 * full. */
int process_signal(struct process *p, const struct signal_info *info);
int thread_signal(struct thread *t, const struct signal_info *info);
/* The same; the caller holds the process's lock. 1: it is queued. */
int process_signal_locked(struct process *p, const struct signal_info *info);
int thread_signal_locked(struct thread *t, const struct signal_info *info);

/* A fault of the current thread: signal_force(). */
void thread_force_signal(const struct signal_info *info);

/* Whether a signal may be delivered to the current thread. If not, clears
 * THREAD_WORK_SIGNAL. */
bool signals_deliverable(void);

/* Set the current thread's mask; SIGKILL and SIGSTOP stay unblocked. */
void signals_set_blocked(uint64_t blocked);

/* Let this mask hold until the current thread goes back to user mode, or a handler
 * begins. */
void signals_block_until_return(uint64_t set);

/* Take the next signal of `set` for the current thread. */
bool signals_take(uint64_t set, struct signal_info *out);

/* As signal_set_action(), for the current process. */
int signals_set_action(int signal, const struct signal_action *new,
		       struct signal_action *old);

/* ---- What `lwk ps` shows ----------------------------------------------- */

/* Set the state, and what else goes with it. */
static inline void process_set_state(struct process *p, uint32_t state)
{
	uint64_t bytes = p->aspace->resident_bytes;

	__atomic_store_n(&p->page->resident_bytes, bytes, __ATOMIC_RELAXED);
	if (bytes > p->peak_bytes)
		__atomic_store_n(&p->peak_bytes, bytes, __ATOMIC_RELAXED);
	__atomic_store_n(&p->page->state, state, __ATOMIC_RELAXED);
}

/* Time that all threads of the current process have had a CPU; those of other
 * threads that run just now: as of when they were put there. */
uint64_t process_run_ns(void);

/* Name the current thread, and with it its process where it is the first, after
 * the last part of a path. */
void process_set_name(struct process *p, const char *path);

/* wait statuses; wait(2) */
#define WAIT_STATUS_EXIT(code) (((code)&0xff) << 8)
#define WAIT_STATUS_SIGNAL(sig) ((sig)&0x7f)

#endif
