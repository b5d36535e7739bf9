/* SPDX-License-Identifier: GPL-2.0 */
/* The proxy side of the LWK's processes.
 *
 * Every open file of /dev/lwkN has a struct lwk_proc; PROC_CREATE makes it the proxy of a
 * process, or PROC_ADOPT makes process and file, for a child. The file holds a reference,
 * and so does the instance's table of processes, from PROC_CREATE until the LWK has
 * answered PROC_RELEASE (or is gone). The process is released when the file and the view
 * of its memory (space.h) are closed, because then nothing of it is mapped.
 *
 *   UNUSED -> CREATING -> LIVE -> LEAVING      phase; back to UNUSED where the
 *                                              LWK refuses
 *
 * A caller that is killed in PROC_CREATE leaves CREATING behind: the LWK may
 * have the process, so closing the file releases it too.
 */
#ifndef LWK_PROC_H
#define LWK_PROC_H

#include <linux/fs.h>
#include <linux/uidgid.h>
#include <linux/workqueue.h>

#include "host-module/instance.h"
#include "kernel/abi/procpage.h"
#include "kernel/abi/slot.h"

enum lwk_proc_phase {
	LWK_PHASE_UNUSED,
	LWK_PHASE_CREATING,
	LWK_PHASE_LIVE,
	LWK_PHASE_LEAVING,
};

struct lwk_space;

/* The most signals of one process that are sent before its CPU has seen them; more
 * wait, so that all users' messages take turns. */
#define LWK_SIGNALS_AT_ONCE 16

struct lwk_proc {
	struct kref ref;
	struct rcu_head rcu; /* lwk_proc_wake() may still look at it */
	struct lwk_instance *inst; /* with a reference */
	atomic_t phase; /* enum lwk_proc_phase */

	atomic_t users; /* its file, and the view of its memory */
	atomic_t has_view; /* 0 or 1; guards the change of: */
	struct lwk_space *space; /* kept until PROC_RELEASE is answered */

	/* The VMAs of this file: its slots. */
	struct address_space mapping;
	atomic_t vmas; /* at most LWK_VMAS_MAX */

	/* For each of the last signals, how many messages its CPU had been sent by
	 * then. Guarded by `lock`. */
	u32 signal_mark[LWK_SIGNALS_AT_ONCE];
	unsigned int signal_next;

	/* Set in CREATING, constant from LIVE on. */
	u64 handle;
	u32 generation; /* of the instance */
	unsigned int cpu; /* index in inst->cpu */
	struct pid *pid; /* of the creator's thread group, with a reference */
	kuid_t uid;
	struct lwk_proc_page
		*page; /* read, but for `parent`; NULL: not known yet */
	atomic_t started;

	/* slots.c. All change under slots_lock. */
	struct mutex slots_lock;
	bool dead; /* the LWK's memory no longer belongs to this process */
	struct page *empty_slots; /* then takes the slots' place, or NULL */
	/* parent.c; under slots_lock, too. */
	struct pid *parent; /* that is waited for; with a reference; or NULL */
	wait_queue_entry_t parent_wait;

	atomic_t wakes; /* that nobody has taken yet */
	wait_queue_head_t wake_wait; /* workers */

	spinlock_t lock; /* guards the rest */
	bool failed;
	enum lwk_end_cause end_cause; /* where failed */
	bool exited;
	u32 exit_status;
	u64 absent[LWK_ABSENT_WORDS]; /* with it: as its page says */
	/* Slots whose call must be interrupted, and their number. */
	unsigned long interrupts[BITS_TO_LONGS(LWK_SLOTS_MAX)];
	unsigned int interrupt_count;
	wait_queue_head_t event_wait; /* the manager */

	struct delayed_work release_work;
};

/* ---- proc.c ------------------------------------------------------------ */

/* For a newly opened file; inst's reference stays the caller's. NULL: no
 * memory. */
struct lwk_proc *lwk_proc_new(struct lwk_instance *inst);
void lwk_proc_put(struct lwk_proc *proc);

/* Count one more file that keeps the process from being released, or one less. The
 * caller of lwk_proc_use() is such a file itself. */
void lwk_proc_use(struct lwk_proc *proc);
void lwk_proc_unuse(struct lwk_proc *proc);

/* LWK_IOC_PROC_ADOPT: the new process, with a reference for its file, or ERR_PTR(). */
struct lwk_proc *lwk_proc_adopt(struct lwk_proc *parent, u64 child);

/* LWK_IOC_CREDENTIALS. */
int lwk_proc_credentials(struct lwk_proc *proc);

/* LWK_IOC_PROC_CREATE, _START, _SIGNAL, _SLOT_DONE. */
int lwk_proc_create(struct lwk_proc *proc, struct lwk_proc_create *args);
int lwk_proc_start(struct lwk_proc *proc);
int lwk_proc_signal(struct lwk_proc *proc, const struct lwk_signal *args);
int lwk_proc_slot_done(struct lwk_proc *proc, u32 slot);

/* 0 where there is a process; -EINVAL none was created; -EIO the LWK is gone. */
int lwk_proc_check(const struct lwk_proc *proc);

/* ---- proc_table.c ------------------------------------------------------ */

/* The process with that handle and a reference, or NULL. */
struct lwk_proc *lwk_proc_get(struct lwk_instance *inst, u64 handle);

/* The number of processes that have not been closed. */
unsigned int lwk_proc_open_count(struct lwk_instance *inst);

/* ---- proc_release.c ---------------------------------------------------- */

/* For a file that is being released; never waits. Drops its reference. */
void lwk_proc_close(struct lwk_proc *proc);

/* For SHUTDOWN with FORCE: takes all processes from their proxies and asks the
 * LWK to end them. */
void lwk_proc_release_all(struct lwk_instance *inst);

/* After the LWK was stopped: ends and forgets all. */
void lwk_proc_end_all(struct lwk_instance *inst);

/* Runs work that may sleep. */
void lwk_proc_queue(struct work_struct *work);

/* At module load and unload. */
int lwk_proc_init(void);
void lwk_proc_exit(void);

/* ---- slots.c ----------------------------------------------------------- */

/* mmap() of the process's file: its slots. */
int lwk_slots_mmap(struct lwk_proc *proc, struct vm_area_struct *vma);

/* Puts empty pages in the place of the slots. Sleeps. */
void lwk_slots_cut(struct lwk_proc *proc);

/* ---- parent.c ---------------------------------------------------------- */

/* LWK_IOC_PARENT: from now on the process's page names the caller's parent. */
int lwk_proc_parent(struct lwk_proc *proc);

/* Ends that, before the page goes. Caller holds slots_lock. */
void lwk_parent_forget(struct lwk_proc *proc);

/* ---- event.c ----------------------------------------------------------- */

/* LWK_IOC_WAIT and LWK_IOC_EVENT. */
int lwk_proc_wait(struct lwk_proc *proc);
int lwk_proc_event(struct lwk_proc *proc, struct lwk_event *event);

/* LWK_MSG_WAKE. Any context, interrupts' included; takes no lock but Linux's of the
 * wait queue. */
void lwk_proc_wake(struct lwk_instance *inst, u64 handle);

/* Another message from the LWK that names a process. The instance's thread alone. */
void lwk_proc_message(struct lwk_instance *inst, const struct lwk_msg *msg);

/* LWK_MSG_ZAP, which names a space. The same thread. */
void lwk_proc_zap(struct lwk_instance *inst, const struct lwk_msg *msg);

/* Tells the proxy that the LWK is gone, and why; wakes all its waits. The first
 * cause holds. */
void lwk_proc_fail(struct lwk_proc *proc, enum lwk_end_cause cause);
void lwk_proc_fail_all(struct lwk_instance *inst);

/* ---- ps.c -------------------------------------------------------------- */

/* LWK_IOC_PS. */
int lwk_proc_list(struct lwk_instance *inst, struct lwk_ps *args);

#endif
