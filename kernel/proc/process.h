/* SPDX-License-Identifier: GPL-2.0 */
/* Processes: an address space, one thread (for now), signals, a proxy on Linux.
 *
 * Life: PROC_CREATE -> process_new() -> PROC_START -> its thread runs ->
 * process_exit() tells the module the status and the thread dies -> the proxy
 * ends -> PROC_RELEASE -> process_free(). Memory stays until PROC_RELEASE: until
 * then the proxy may still reach it. Where PROC_RELEASE comes first (the proxy
 * was killed), the thread is made to end and the process freed after it.
 *
 * The list of processes is guarded by a lock of process.c; all else belongs to
 * the process's CPU.
 */
#ifndef LWK_PROC_PROCESS_H
#define LWK_PROC_PROCESS_H

#include "kernel/abi/procpage.h"
#include "kernel/abi/slot.h"
#include "kernel/lib/list.h"
#include "kernel/mm/aspace.h"
#include "kernel/proc/signal.h"
#include "kernel/proc/thread.h"

#define PROCESS_PATH_MAX 256

struct process {
	struct list all; /* in the list of processes */
	uint64_t handle; /* the module's name for it */
	uint64_t job;
	struct cpu *cpu;
	struct aspace *aspace;
	struct thread *thread;
	struct lwk_proc_page *page; /* shared with the module */
	struct lwk_slot_page *slots; /* shared with the proxy */
	struct signals signals;
	uint32_t pid;
	uint32_t uid;
	uint32_t gid;
	uint64_t stack_limit; /* RLIMIT_STACK */

	bool ended; /* process_exit() was called */
	bool release_wanted; /* PROC_RELEASE came; reply with its cookie */
	uint64_t release_cookie;
};

static inline struct process *current_process(void)
{
	return current_thread()->proc;
}

/* What PROC_CREATE says. */
struct process_args {
	uint64_t handle;
	uint64_t job;
	uint32_t pid;
	uint32_t uid;
	uint32_t gid;
	uint64_t stack_limit;
};

/* A new process on the calling CPU, whose thread will begin in entry(). 0,
 * -ENOMEM, -EEXIST (the handle is in use). */
int process_new(const struct process_args *args, void (*entry)(void),
		struct process **out);

/* By handle, or NULL. The calling CPU must be the process's own to use more than
 * constant fields: the result may otherwise go away. */
struct process *process_find(uint64_t handle);

/* End the current process with a wait status (as wait4() gives it). */
_Noreturn void process_exit(int wait_status);

/* PROC_RELEASE: free it now or, where it still runs, make it end; the reply is
 * process_released()'s. */
void process_release(struct process *p, uint64_t cookie);

/* Supplied by ikc/: tell the module. */
void process_exited(struct process *p, int wait_status);
void process_released(uint64_t cookie);

/* Bury the dead of this CPU that wait for it. From kernel_poll(). */
void process_reap(void);

/* All processes of the instance. */
uint32_t process_count(void);

/* Set the state that `lwk ps` shows, and what else goes with it. */
static inline void process_set_state(struct process *p, uint32_t state)
{
	__atomic_store_n(&p->page->resident_bytes, p->aspace->resident_bytes,
			 __ATOMIC_RELAXED);
	__atomic_store_n(&p->page->state, state, __ATOMIC_RELAXED);
}

/* Time that the current process has had the CPU. */
uint64_t process_run_ns(void);

/* Name it after the last part of a path. */
void process_set_name(struct process *p, const char *path);

/* wait statuses; wait(2) */
#define WAIT_STATUS_EXIT(code) (((code)&0xff) << 8)
#define WAIT_STATUS_SIGNAL(sig) ((sig)&0x7f)

#endif
