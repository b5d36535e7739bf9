// SPDX-License-Identifier: GPL-2.0
/* Stopping an LWK: by agreement, and by INIT. */
#include <linux/delay.h>
#include <linux/rcupdate.h>
#include <linux/sched/signal.h>

#include "host-module/boot/boot.h"
#include "host-module/ikc/doorbell.h"
#include "host-module/ikc/nimble_window.h"
#include "host-module/boot/probe.h"
#include "host-module/partition/pci.h"
#include "host-module/proxy/proc.h"
#include "host-module/ikc/request.h"
#include "host-module/boot/smp.h"
#include "host-module/ikc/pump.h"
#include "host-module/ikc/time_page.h"
#include "host-module/why.h"

#define LEAVE_TIMEOUT_MS 2000

/* ---- By INIT ----------------------------------------------------------- */

/* No CPU of Linux is inside a ring after this. */
static void close_rings(struct lwk_instance *inst)
{
	smp_store_release(&inst->live, false);
	for (u32 i = 0; i < inst->cpu_count; i++) {
		spin_lock(&inst->cpu[i].tx_lock);
		spin_unlock(&inst->cpu[i].tx_lock);
	}
}

void lwk_halt(struct lwk_instance *inst)
{
	if (inst->state == LWK_INSTANCE_RESERVED)
		return;
	for (u32 i = 0; i < inst->cpu_count; i++)
		lwk_smp_stop(inst->cpu[i].apic_id);
	close_rings(inst);
	lwk_pci_silence_all(inst);
	lwk_probe_end();
	lwk_doorbell_free(inst);
	lwk_pump_stop(inst);
	lwk_time_remove(inst->id);
	lwk_requests_end(inst);
	lwk_proc_end_all(inst);
	synchronize_rcu(); /* no walk through the LWK's tables is left */
	lwk_nimble_end(inst);
	WRITE_ONCE(inst->state, LWK_INSTANCE_RESERVED);
	wake_up_all(&inst->log_wait);
}

void lwk_halt_now(struct lwk_instance *inst)
{
	u32 state = lwk_instance_state(inst);

	if (state == LWK_INSTANCE_RESERVED || state == LWK_INSTANCE_ABSENT)
		return;
	for (u32 i = 0; i < inst->cpu_count; i++)
		lwk_smp_stop_now(inst->cpu[i].apic_id);
}

/* ---- By agreement ------------------------------------------------------ */

static int wait_for_leaving(struct lwk_instance *inst)
{
	long left = msecs_to_jiffies(LEAVE_TIMEOUT_MS);

	left = wait_event_killable_timeout(inst->proc_wait,
					   !atomic_read(&inst->proc_count) ||
						   !lwk_instance_live(inst),
					   left);
	if (left < 0)
		return -EINTR;
	return left ? 0 : -ETIMEDOUT;
}

static int wait_for_stopped(struct lwk_instance *inst)
{
	for (unsigned int ms = 0; ms < lwk_timeout_ms; ms++) {
		/* Pairs with the LWK's release of state. */
		u32 state = smp_load_acquire(&inst->boot->state);

		if (state == LWK_STATE_STOPPED)
			return 0;
		if (fatal_signal_pending(current))
			return -EINTR;
		if (!lwk_instance_live(inst))
			return -EIO;
		usleep_range(900, 1100);
	}
	return -ETIMEDOUT;
}

static int ask_to_stop(struct lwk_instance *inst)
{
	struct lwk_call call = {
		.msg = {.type = LWK_MSG_SHUTDOWN},
	};

	return lwk_request(inst, &call);
}

/* -EBUSY: the LWK goes on as before. Other errors: it did not stop. */
static int stop_gently(struct lwk_instance *inst, bool force, char *why)
{
	int err;

	if (force)
		lwk_proc_release_all(inst);
	err = wait_for_leaving(inst);
	if (err && !force)
		return lwk_why(why, -EBUSY,
			       "%u processes have not ended; wait or force it",
			       (unsigned int)atomic_read(&inst->proc_count));
	err = ask_to_stop(inst);
	if (err == -EBUSY)
		return lwk_why(why, err, "the LWK says that processes exist");
	return err ?: wait_for_stopped(inst);
}

static int refuse_busy(struct lwk_instance *inst, char *why)
{
	unsigned int open = lwk_proc_open_count(inst);

	if (!open)
		return 0;
	return lwk_why(why, -EBUSY, "%u processes exist; end them or force it",
		       open);
}

static int shut_down_running(struct lwk_instance *inst, bool force, char *why)
{
	int err;

	/* No process begins from here on. */
	WRITE_ONCE(inst->state, LWK_INSTANCE_STOPPING);
	err = force ? 0 : refuse_busy(inst, why);
	if (!err)
		err = stop_gently(inst, force, why);
	if (err == -EBUSY && !force) {
		cmpxchg(&inst->state, LWK_INSTANCE_STOPPING,
			LWK_INSTANCE_RUNNING);
		return err;
	}
	if (err && !force) {
		lwk_instance_fail(inst, "it does not stop (error %d)", -err);
		return lwk_why(why, err,
			       "the LWK does not stop (error %d); force it",
			       -err);
	}
	lwk_info(inst, "%s", err ? "stopped by force" : "stopped");
	lwk_halt(inst);
	return 0;
}

int lwk_shut_down(struct lwk_instance *inst, u32 flags, char *why)
{
	bool force = flags & LWK_SHUTDOWN_FORCE;
	int err;

	switch (lwk_instance_state(inst)) {
	case LWK_INSTANCE_RUNNING:
		return shut_down_running(inst, force, why);
	case LWK_INSTANCE_FAILED:
		err = force ? 0 : refuse_busy(inst, why);
		if (err)
			return err;
		lwk_info(inst, "stopped after its failure");
		lwk_halt(inst);
		return 0;
	default:
		return lwk_why(why, -ENXIO, "lwk%u is not booted", inst->id);
	}
}
