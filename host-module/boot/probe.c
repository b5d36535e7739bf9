// SPDX-License-Identifier: GPL-2.0
/* Finding a CPU of an LWK that hangs. Each is sent a message, which a working CPU
 * handles soon, whatever it runs; an NMI asks one that does not where it is. `lwk
 * trace` sends the NMI at once. */
#include <linux/delay.h>
#include <linux/ktime.h>
#include <linux/moduleparam.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "host-module/boot/boot.h"
#include "host-module/boot/probe.h"
#include "host-module/ikc/ring.h"
#include "host-module/boot/smp.h"
#include "host-module/why.h"

/* How long the answer to an NMI may take; the LWK waits for nothing before
 * it. */
#define NMI_MS 500

/* Generous, as timeout_ms. */
static unsigned int answer_ms = 2000;
module_param(answer_ms, uint, 0644);
MODULE_PARM_DESC(
	answer_ms,
	"how long a CPU of an LWK may take to handle a message before it counts as stalled");

/* Guards nmi_request and nmi_serial of every boot block, and their answers. */
static DEFINE_MUTEX(nmi_lock);

/* ---- By NMI ------------------------------------------------------------ */

/* Caller holds nmi_lock. */
static void begin_nmi(struct lwk_instance *inst, u32 request)
{
	lockdep_assert_held(&nmi_lock);
	WRITE_ONCE(inst->boot->nmi_request, request);
	/* The icr_write() of the NMI comes after both stores. */
	WRITE_ONCE(inst->boot->nmi_serial, inst->boot->nmi_serial + 1);
}

/* Has the CPU answered the last NMI, at the latest in time? */
static bool answered(struct lwk_instance *inst, u32 i, u64 end)
{
	/* Pairs with the LWK's release: the answer is there. */
	while (smp_load_acquire(&inst->boot->where[i].serial) !=
	       inst->boot->nmi_serial) {
		if (ktime_get_ns() > end || fatal_signal_pending(current))
			return false;
		usleep_range(50, 200);
	}
	return true;
}

static u64 deadline(unsigned int ms)
{
	return ktime_get_ns() + (u64)ms * NSEC_PER_MSEC;
}

static int trace_all(struct lwk_instance *inst, u32 request, char *why)
{
	u64 end = deadline(NMI_MS);

	begin_nmi(inst, request);
	for (u32 i = 0; i < inst->cpu_count; i++)
		lwk_smp_nmi(inst->cpu[i].apic_id);
	if (request == LWK_NMI_PANIC)
		return 0; /* seen by the instance's thread */
	for (u32 i = 0; i < inst->cpu_count; i++)
		if (!answered(inst, i, end))
			return lwk_why(why, -ETIMEDOUT,
				       "CPU %u does not even answer an NMI",
				       inst->cpu[i].linux_cpu);
	return 0;
}

int lwk_trace(struct lwk_instance *inst, u32 flags, char *why)
{
	int err;

	if (inst->state == LWK_INSTANCE_RESERVED)
		return lwk_why(why, -ENXIO,
			       "lwk%u is not booted: it is nowhere", inst->id);
	if (inst->state == LWK_INSTANCE_FAILED)
		return -EIO; /* its CPUs stand still */
	mutex_lock(&nmi_lock);
	err = trace_all(inst,
			flags & LWK_TRACE_PANIC ? LWK_NMI_PANIC : LWK_NMI_TRACE,
			why);
	mutex_unlock(&nmi_lock);
	return err;
}

/* Where is a CPU that handles no messages? Numbers are the LWK's: shown, never
 * used. */
static void find(struct lwk_instance *inst, u32 i, struct lwk_cpu_entry *e)
{
	const struct lwk_where *where = &inst->boot->where[i];

	mutex_lock(&nmi_lock);
	e->health = LWK_HEALTH_SILENT;
	/* Not after it has stopped: its boot block may move. */
	if (lwk_instance_live(inst)) {
		begin_nmi(inst, LWK_NMI_WHERE);
		lwk_smp_nmi(inst->cpu[i].apic_id);
	}
	if (answered(inst, i, deadline(NMI_MS))) {
		e->health = LWK_HEALTH_STALLED;
		e->rip = where->rip;
		e->in_user = where->in_user;
		e->pid = where->pid;
		e->last_syscall = where->last_syscall;
		memcpy(e->name, where->name, sizeof(e->name));
		e->name[sizeof(e->name) - 1] = 0;
	}
	mutex_unlock(&nmi_lock);
}

void lwk_probe_end(void)
{
	mutex_lock(&nmi_lock);
	mutex_unlock(&nmi_lock);
}

/* ---- By message -------------------------------------------------------- */

static bool handles(struct lwk_instance *inst, u32 i, u32 sent, u64 end)
{
	while (!lwk_ring_took(inst, i, sent)) {
		if (ktime_get_ns() > end || fatal_signal_pending(current) ||
		    !lwk_instance_live(inst))
			return false;
		usleep_range(50, 200);
	}
	return true;
}

static int ask_all(struct lwk_instance *inst, struct lwk_cpu_entry *entries,
		   u32 *sent)
{
	const struct lwk_msg ping = {.type = LWK_MSG_PING};
	u64 end = deadline(READ_ONCE(answer_ms));

	for (u32 i = 0; i < inst->cpu_count; i++) {
		int err = lwk_ring_push(inst, i, &ping);

		/* A full ring does as well: the CPU has to empty it. */
		if (err && err != -EAGAIN)
			return err;
		sent[i] = lwk_ring_sent(inst, i);
	}
	for (u32 i = 0; i < inst->cpu_count; i++) {
		entries[i].linux_cpu = inst->cpu[i].linux_cpu;
		if (handles(inst, i, sent[i], end))
			continue;
		if (fatal_signal_pending(current))
			return -EINTR;
		if (!lwk_instance_live(inst))
			return lwk_instance_check_running(inst) ?: -EIO;
		find(inst, i, &entries[i]);
	}
	return 0;
}

int lwk_cpus_ask(struct lwk_instance *inst, struct lwk_cpus *args)
{
	struct lwk_cpu_entry *entries;
	u32 count = inst->cpu_count;
	int err = lwk_instance_check_running(inst);
	u32 *sent;

	if (err)
		return err;
	entries = kcalloc(count, sizeof(*entries) + sizeof(*sent), GFP_KERNEL);
	if (!entries)
		return -ENOMEM;
	sent = (u32 *)(entries + count);
	err = ask_all(inst, entries, sent);
	args->count = count;
	if (!err && copy_to_user(u64_to_user_ptr(args->entries), entries,
				 min(count, args->capacity) * sizeof(*entries)))
		err = -EFAULT;
	kfree(entries);
	return err;
}
