/* SPDX-License-Identifier: GPL-2.0 */
/* An instance: an LWK with its CPUs and its memory, or a place for one.
 *
 * It exists from RESERVE to RELEASE, and is found by its number in a table.
 * Reserving and releasing are serialised for all instances (partition lock),
 * booting and shutting down for each (inst->lock). A reference (lwk_instance_get)
 * keeps the structure; only the state says whether it still has memory: see
 * `shown`.
 *
 * While `live`, the rings may be used. It ends when the LWK fails or is stopped; every
 * wait for the LWK then ends. Code that reads memory of the LWK by its page tables does
 * so in an RCU reader section that began with a look at `live`: lwk_halt() waits for
 * these sections before the memory gets another use.
 */
#ifndef LWK_INSTANCE_H
#define LWK_INSTANCE_H

#include <linux/atomic.h>
#include <linux/completion.h>
#include <linux/kref.h>
#include <linux/mutex.h>
#include <linux/printk.h>
#include <linux/rwsem.h>
#include <linux/spinlock.h>
#include <linux/wait.h>
#include <linux/xarray.h>

#include "host-module/ikc/cookie.h"
#include "host-module/boot/layout.h"
#include "host-module/partition/region.h"
#include "host-module/ikc/ringidx.h"
#include "kernel/abi/ioctl.h"

#define lwk_info(inst, fmt, ...) \
	printk(KERN_INFO "lwk%u: " fmt "\n", (inst)->id, ##__VA_ARGS__)

struct lwk_instance;
struct lwk_pci;

/* Called when a request ends for which no caller waits. status is the LWK's,
 * or -EIO. Runs in the instance's thread or in lwk_halt(), without locks. */
typedef void (*lwk_finish_fn)(struct lwk_instance *inst, void *arg, int status);

enum lwk_request_state {
	LWK_REQUEST_FREE,
	LWK_REQUEST_WAITED, /* a caller sleeps on done */
	LWK_REQUEST_LEFT, /* no caller does; finish() when it ends */
	LWK_REQUEST_ENDED, /* answered; the waiter frees it */
};

struct lwk_request {
	enum lwk_request_state state;
	int status;
	u64 cookie;
	u64 value[2];
	struct completion done;
	lwk_finish_fn finish; /* or NULL */
	void *arg;
};

struct lwk_cpu {
	/* Constant from RESERVE to RELEASE. */
	unsigned int linux_cpu;
	u32 apic_id;
	u32 node;

	/* Constant while the LWK is booted. */
	struct lwk_ring *tx; /* to the LWK */
	struct lwk_ring *rx;

	spinlock_t tx_lock; /* guards the two below and writing to tx */
	u32 tx_head;
	u32 tx_tail; /* as last read, and checked */

	u32 rx_tail; /* see rx_lock of the instance */

	spinlock_t request_lock; /* guards the two below */
	u64 serial;
	struct lwk_request request[LWK_REPLY_SLOTS];
};

struct lwk_instance {
	u32 id;
	struct kref ref;
	struct device *device;

	/* Guarded by the table's lock. */
	bool shown; /* false: not there yet, or no longer; a look-up does not find it */
	unsigned int opens; /* of /dev/lwkN */

	/* Held by BOOT, SHUTDOWN and RELEASE, from beginning to end. */
	struct mutex lock;

	/* Written under lock, except FAILED; read without it. */
	u32 state; /* enum lwk_instance_state */
	u32 generation;
	bool live;

	/* Constant from RESERVE to RELEASE, save free_offset: while booted. */
	struct lwk_memory memory;
	u32 cpu_count;
	struct lwk_cpu *cpu;

	/* Set by BOOT, then constant until the next one. */
	struct lwk_layout layout;
	struct lwk_boot *boot; /* NULL before the first */
	u32 boot_flags;
	u64 boot_ns;
	u64 running_since_ns; /* ktime */

	/* pump.c and doorbell.c */
	struct task_struct *thread;
	/* The rings to Linux are read by the thread while it is awake, and otherwise, under
	 * this lock, by the doorbell's handler. */
	spinlock_t rx_lock;
	bool thread_awake; /* changes under it */
	int irq; /* 0 = none */

	/* log.c: keeps BOOT from making a new log while readers use the old
	 * one. */
	struct rw_semaphore log_sem;
	wait_queue_head_t log_wait;
	u64 log_seen; /* the thread alone: `written` at its last look */

	/* proc.c; guarded by the xarray's own lock. */
	struct xarray procs; /* handle -> struct lwk_proc */
	u64 next_handle; /* under the same lock */
	struct xarray spaces; /* handle -> struct lwk_space */
	atomic_t proc_count;
	wait_queue_head_t proc_wait; /* for proc_count to change */

	/* pci.c; guarded by its lock. */
	struct lwk_pci *pci[LWK_MAX_DEVICES];

	/* nimble_window.c */
	unsigned long window_busy; /* bit 0 */
	wait_queue_head_t window_wait;

	atomic64_t doorbells;
	atomic64_t zaps;
	atomic64_t populates;
	atomic64_t proxy_faults;
};

/* ---- The table --------------------------------------------------------- */

/* Puts a new instance into the table; look-ups do not find it yet. number
 * may be LWK_INSTANCE_ANY. ERR_PTR(): -EBUSY, -ENOSPC, -ENODEV (no such
 * number), -ENOMEM. Caller holds the partition lock. */
struct lwk_instance *lwk_instance_new(u32 number);

/* Lets it be found. */
void lwk_instance_show(struct lwk_instance *inst);

/* Hides it again: -EBUSY while its device is open. */
int lwk_instance_hide(struct lwk_instance *inst);

/* Takes a hidden instance from the table and drops the table's reference. */
void lwk_instance_remove(struct lwk_instance *inst);

/* The instance with that number and a reference, or NULL. */
struct lwk_instance *lwk_instance_get(u32 number);
void lwk_instance_put(struct lwk_instance *inst);

/* The same with its lock, unless it is being released. On NULL, *err and why say why. */
struct lwk_instance *lwk_instance_get_locked(u32 number, char *why, int *err);
void lwk_instance_put_locked(struct lwk_instance *inst);

/* As lwk_instance_get(), and counts the opening of its device. */
struct lwk_instance *lwk_instance_open(u32 number);
void lwk_instance_close(struct lwk_instance *inst);

u32 lwk_instance_mask(void);
/* -ENODEV: not reserved. Never waits for an operation that is under way. */
int lwk_instance_status(u32 number, struct lwk_status *status);

/* Stops the CPUs of all instances when Linux panics. Takes no locks, does not sleep. */
void lwk_instances_halt_now(void);

/* Calls fn for each instance that is in the table, found or not. */
void lwk_instance_each(void (*fn)(struct lwk_instance *inst));

/* ---- State ------------------------------------------------------------- */

static inline u32 lwk_instance_state(const struct lwk_instance *inst)
{
	return READ_ONCE(inst->state);
}

static inline bool lwk_instance_live(const struct lwk_instance *inst)
{
	return smp_load_acquire(&inst->live);
}

/* 0, or the error of a call that needs a running LWK: -EIO failed, -ENXIO
 * not booted. */
int lwk_instance_check_running(const struct lwk_instance *inst);

/* Declares the LWK failed, once, and ends every wait for it. why is for the kernel
 * log. Any context that may take spinlocks, interrupts on. */
__printf(2, 3) void lwk_instance_fail(struct lwk_instance *inst,
				      const char *why, ...);

#endif
