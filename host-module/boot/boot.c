// SPDX-License-Identifier: GPL-2.0
/* Booting an LWK: fill its memory, set up its interrupt and its thread, then
 * start its CPUs one after the other through the borrowed page.
 */
#include <linux/cpu.h>
#include <linux/delay.h>
#include <linux/ktime.h>
#include <linux/math64.h>
#include <linux/moduleparam.h>
#include <linux/sched/signal.h>

#include "host-module/boot/boot.h"
#include "host-module/ikc/doorbell.h"
#include "host-module/partition/mem.h"
#include "host-module/ikc/nimble_window.h"
#include "host-module/partition/pci.h"
#include "host-module/boot/shared.h"
#include "host-module/boot/smp.h"
#include "host-module/ikc/pump.h"
#include "host-module/ikc/time_page.h"
#include "host-module/why.h"

#define SECOND_SIPI_MS 20

/* Generous, because an emulated machine on a busy host is slow. */
unsigned int lwk_timeout_ms = 20000;
module_param_named(timeout_ms, lwk_timeout_ms, uint, 0644);
MODULE_PARM_DESC(
	timeout_ms,
	"how long an LWK may take for a step of booting or stopping, and for an answer");

static u32 lwk_state(const struct lwk_instance *inst)
{
	/* Pairs with the LWK's release of state. */
	return smp_load_acquire(&inst->boot->state);
}

static u32 cpu_state(const struct lwk_instance *inst, u32 i)
{
	return smp_load_acquire(&inst->boot->cpu[i].state);
}

/* 0, or the reason why waiting any longer is useless. */
static int check_alive(struct lwk_instance *inst, char *why)
{
	u32 state = lwk_state(inst);

	if (fatal_signal_pending(current))
		return lwk_why(why, -EINTR, "interrupted while booting");
	if (state == LWK_STATE_REFUSED)
		return lwk_why(
			why, -EIO,
			"the LWK refused to boot (error %d); see its log",
			-READ_ONCE(inst->boot->error));
	if (state > LWK_STATE_RUNNING || !lwk_instance_live(inst))
		return lwk_why(why, -EIO,
			       "the LWK failed while booting; see its log");
	return 0;
}

static int wait_for_cpu(struct lwk_instance *inst, u32 i, unsigned int ms)
{
	u64 end = ktime_get_ns() + (u64)ms * NSEC_PER_MSEC;

	while (cpu_state(inst, i) == LWK_CPU_OFFLINE) {
		if (fatal_signal_pending(current))
			return -EINTR;
		if (ktime_get_ns() > end)
			return -ETIMEDOUT;
		usleep_range(50, 200);
	}
	return 0;
}

static int start_cpu(struct lwk_instance *inst, struct lwk_trampoline *t, u32 i,
		     char *why)
{
	u32 apic_id = inst->cpu[i].apic_id;
	int err;

	lwk_smp_start(t, apic_id, i);
	err = wait_for_cpu(inst, i, SECOND_SIPI_MS);
	if (err == -ETIMEDOUT) {
		lwk_smp_start_again(t, apic_id);
		err = wait_for_cpu(inst, i, lwk_timeout_ms);
	}
	if (err)
		lwk_why(why, err, "CPU %u did not come up in %u ms",
			inst->cpu[i].linux_cpu, lwk_timeout_ms);
	return check_alive(inst, why) ?: err;
}

static int wait_for_state(struct lwk_instance *inst, u32 state, char *why)
{
	u64 end = ktime_get_ns() + (u64)lwk_timeout_ms * NSEC_PER_MSEC;
	int err;

	while (lwk_state(inst) < state) {
		err = check_alive(inst, why);
		if (err)
			return err;
		if (ktime_get_ns() > end)
			return lwk_why(
				why, -ETIMEDOUT,
				"the LWK did not get from state %u to %u in %u ms",
				lwk_state(inst), state, lwk_timeout_ms);
		usleep_range(50, 200);
	}
	return check_alive(inst, why);
}

static int start_all(struct lwk_instance *inst, struct lwk_trampoline *t,
		     char *why)
{
	int err = start_cpu(inst, t, 0, why);

	if (!err)
		err = wait_for_state(inst, LWK_STATE_PRIMARY_READY, why);
	for (u32 i = 1; !err && i < inst->cpu_count; i++)
		err = start_cpu(inst, t, i, why);
	return err;
}

/* What Linux must have ready before the first CPU runs. */
static int set_up(struct lwk_instance *inst, char *why)
{
	int err;

	lwk_time_add(inst->id,
		     lwk_memory_ptr(&inst->memory, inst->boot->time_page));
	smp_store_release(&inst->live, true);
	err = lwk_pump_start(inst);
	if (err)
		return lwk_why(why, err,
			       "no thread for the instance (error %d)", -err);
	err = lwk_doorbell_alloc(inst);
	if (err)
		return lwk_why(
			why, err,
			"no interrupt vector for the doorbell (error %d)",
			-err);
	lwk_info(inst, "log ring at phys %#llx size %#llx", inst->boot->log,
		 inst->boot->log_bytes);
	return 0;
}

/* Caller holds cpus_read_lock(). */
static int start_through(struct lwk_instance *inst, struct lwk_trampoline *t,
			 struct lwk_boot_request *req)
{
	struct lwk_entry entry;
	int err = lwk_shared_build(inst, req, t, &entry);

	if (err)
		return err;
	err = set_up(inst, req->why);
	if (!err)
		err = lwk_trampoline_fill(t, &entry, lwk_shared_tables(inst));
	if (!err)
		err = start_all(inst, t, req->why);
	if (err)
		lwk_halt(inst); /* before the page is taken from its CPUs */
	return err;
}

static int start(struct lwk_instance *inst, struct lwk_boot_request *req)
{
	struct lwk_trampoline trampoline;
	int err;

	cpus_read_lock();
	err = lwk_trampoline_get(&trampoline);
	if (err) {
		lwk_why(req->why, err,
			"no free page below 1 MiB, or no memory below 4 GiB, to start CPUs through");
	} else {
		err = start_through(inst, &trampoline, req);
		lwk_trampoline_put(&trampoline);
	}
	cpus_read_unlock();
	return err;
}

static int load_extensions(struct lwk_instance *inst,
			   struct lwk_boot_request *req)
{
	for (u32 i = 0; i < req->ext_count; i++) {
		int err =
			lwk_nimble_load_trusted(inst, &req->exts[i], req->why);

		if (err) {
			req->failed_ext = i;
			return err;
		}
	}
	return check_alive(inst, req->why);
}

int lwk_boot_start(struct lwk_instance *inst, struct lwk_boot_request *req)
{
	u64 begin = ktime_get_ns();
	int err;

	WRITE_ONCE(inst->state, LWK_INSTANCE_BOOTING);
	err = start(inst, req);
	if (!err)
		err = wait_for_state(inst, LWK_STATE_RUNNING, req->why);
	if (!err) {
		inst->running_since_ns = ktime_get_ns();
		inst->boot_ns = inst->running_since_ns - begin;
		err = lwk_pci_open_all(inst, req->why)
			      ?: load_extensions(inst, req);
	}
	if (err) {
		lwk_halt(inst);
		return err;
	}
	WRITE_ONCE(inst->state, LWK_INSTANCE_RUNNING);
	/* The LWK may have failed before the state said that it runs. */
	if (!lwk_instance_live(inst))
		WRITE_ONCE(inst->state, LWK_INSTANCE_FAILED);
	lwk_info(inst, "booted on %u CPUs in %llu us", inst->cpu_count,
		 div_u64(inst->boot_ns, NSEC_PER_USEC));
	return 0;
}
