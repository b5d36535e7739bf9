// SPDX-License-Identifier: GPL-2.0
/* The instance's thread: handles what the LWK sends, ring after ring. While it sleeps,
 * the doorbell's interrupt handler wakes proxies' workers in its place, which saves a
 * delegated call the switch to the thread and back.
 *
 * The LWK may wait for it (a full ring, a zap), so it never waits for the LWK,
 * nor for a proxy thread, nor takes mmap_lock. It takes only spinlocks, a
 * process's zap mutex, whose holders do not wait for the LWK either, and
 * Linux's i_mmap_rwsem below that.
 */
#include <linux/kthread.h>
#include <linux/sched.h>

#include "host-module/dev/log.h"
#include "host-module/proxy/proc.h"
#include "host-module/ikc/request.h"
#include "host-module/ikc/ring.h"
#include "host-module/ikc/pump.h"
#include "host-module/partition/pci.h"

/* How often the thread looks for a message whose bell was lost, and for a
 * panic that rang none. */
#define LOOK_EVERY (HZ / 4)

static void handle(struct lwk_instance *inst, unsigned int cpu,
		   const struct lwk_msg *msg)
{
	switch (msg->type) {
	case LWK_MSG_REPLY:
		lwk_request_answer(inst, cpu, msg);
		break;
	case LWK_MSG_ZAP:
		lwk_proc_zap(inst, msg);
		break;
	case LWK_MSG_WAKE:
		lwk_proc_wake(inst, msg->proc);
		break;
	case LWK_MSG_INTERRUPT:
	case LWK_MSG_PROC_EXIT:
		lwk_proc_message(inst, msg);
		break;
	case LWK_MSG_LOG:
		lwk_log_look(inst);
		break;
	case LWK_MSG_NIMBLE_EVENT:
		lwk_info(inst, "extension %llu: event %llu", msg->arg[0],
			 msg->arg[1]);
		break;
	case LWK_MSG_DEVICE_MASTER:
		if (lwk_pci_master(inst, msg->arg[0], msg->arg[1]))
			lwk_instance_fail(inst, "nonsense about device %llu",
					  msg->arg[0]);
		break;
	default:
		lwk_instance_fail(inst, "CPU %u: message of unknown type %u",
				  inst->cpu[cpu].linux_cpu, msg->type);
	}
}

/* Handles the messages that one ring has now, at most a ring full, so that
 * no CPU keeps the others waiting. Returns whether there were any. */
static bool drain_one(struct lwk_instance *inst, unsigned int cpu)
{
	struct lwk_msg msg;
	unsigned int n = 0;
	int got = 0;

	while (n < LWK_RING_SLOTS && lwk_instance_live(inst) &&
	       (got = lwk_ring_next(inst, cpu, &msg)) > 0) {
		handle(inst, cpu, &msg);
		lwk_ring_handled(inst, cpu);
		n++;
	}
	if (got < 0)
		lwk_ring_bad(inst, cpu);
	return n > 0;
}

static bool drain(struct lwk_instance *inst)
{
	bool any = false;

	for (u32 cpu = 0; cpu < inst->cpu_count; cpu++)
		any |= drain_one(inst, cpu);
	return any;
}

static bool pending(struct lwk_instance *inst)
{
	for (u32 cpu = 0; cpu < inst->cpu_count; cpu++)
		if (lwk_ring_pending(inst, cpu))
			return true;
	return false;
}

/* Not while the LWK stops: then BOOT or SHUTDOWN looks at the state itself. */
static void look_at_state(struct lwk_instance *inst)
{
	/* Pairs with the LWK's release of state. */
	if (smp_load_acquire(&inst->boot->state) == LWK_STATE_PANICKED)
		lwk_instance_fail(inst, "the LWK panicked; see its log");
	lwk_log_look(inst);
}

/* ---- Asleep ------------------------------------------------------------- */

/* Wakes workers as long as nothing else is in the ring. False: it is left to the
 * thread. */
static bool take_wakes(struct lwk_instance *inst, unsigned int cpu)
{
	struct lwk_msg msg;
	int got = 0;

	for (unsigned int n = 0; n < LWK_RING_SLOTS; n++) {
		got = lwk_ring_next(inst, cpu, &msg);
		if (got <= 0 || msg.type != LWK_MSG_WAKE)
			break;
		lwk_proc_wake(inst, msg.proc);
		lwk_ring_handled(inst, cpu);
	}
	return got == 0;
}

void lwk_pump_ring(struct lwk_instance *inst)
{
	bool done = true;

	spin_lock(&inst->rx_lock);
	if (inst->thread_awake || !lwk_instance_live(inst))
		done = false;
	for (u32 cpu = 0; done && cpu < inst->cpu_count; cpu++)
		done = take_wakes(inst, cpu);
	spin_unlock(&inst->rx_lock);
	if (!done)
		wake_up_process(inst->thread);
}

static void set_awake(struct lwk_instance *inst, bool awake)
{
	spin_lock_irq(&inst->rx_lock);
	inst->thread_awake = awake;
	spin_unlock_irq(&inst->rx_lock);
}

static void sleep_until_bell(struct lwk_instance *inst)
{
	set_current_state(TASK_IDLE);
	set_awake(inst, false);
	WRITE_ONCE(inst->boot->linux_waiting, 1);
	/* Pairs with the LWK's fence between head and linux_waiting: either it
	 * sees us wait, or we see its message. */
	smp_mb();
	if (!kthread_should_stop() &&
	    !(lwk_instance_live(inst) && pending(inst)))
		schedule_timeout(LOOK_EVERY);
	__set_current_state(TASK_RUNNING);
	WRITE_ONCE(inst->boot->linux_waiting, 0);
	set_awake(inst, true);
}

static int run(void *arg)
{
	struct lwk_instance *inst = arg;

	while (!kthread_should_stop()) {
		if (drain(inst)) {
			cond_resched();
			continue;
		}
		look_at_state(inst);
		sleep_until_bell(inst);
	}
	return 0;
}

int lwk_pump_start(struct lwk_instance *inst)
{
	struct task_struct *thread;

	thread = kthread_create(run, inst, "lwk%u", inst->id);
	if (IS_ERR(thread))
		return PTR_ERR(thread);
	/* LWK CPUs stand still while they wait for it. */
	sched_set_fifo_low(thread);
	inst->thread = thread;
	inst->thread_awake = true;
	wake_up_process(thread);
	return 0;
}

void lwk_pump_stop(struct lwk_instance *inst)
{
	if (!inst->thread)
		return;
	kthread_stop(inst->thread);
	inst->thread = NULL;
}
