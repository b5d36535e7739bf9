// SPDX-License-Identifier: GPL-2.0
/* What the LWK tells a proxy: wakes for its workers, events for its manager. */
#include <linux/sched/signal.h>

#include "host-module/proxy/proc.h"
#include "host-module/proxy/space.h"

/* ---- Waiting ----------------------------------------------------------- */

/* Takes a wake, if there is one. -EIO: none will come. */
static int take_wake(struct lwk_proc *proc)
{
	if (atomic_dec_if_positive(&proc->wakes) >= 0)
		return 0;
	return READ_ONCE(proc->failed) ? -EIO : -EAGAIN;
}

int lwk_proc_wait(struct lwk_proc *proc)
{
	int ret = lwk_proc_check(proc);

	if (ret)
		return ret;
	if (wait_event_interruptible_exclusive(
		    proc->wake_wait, (ret = take_wake(proc)) != -EAGAIN))
		return -EINTR;
	return ret;
}

/* The end of the LWK comes first and is reported each time; interrupts come
 * before the exit, which is reported once. */
static bool take_event(struct lwk_proc *proc, struct lwk_event *event)
{
	event->type = LWK_EVENT_NONE;
	event->value = 0;
	memset(event->absent, 0, sizeof(event->absent));
	spin_lock(&proc->lock);
	if (proc->failed) {
		event->type = LWK_EVENT_FAILED;
		event->value = proc->end_cause;
	} else if (proc->interrupt_count) {
		event->type = LWK_EVENT_INTERRUPT;
		event->value = find_first_bit(proc->interrupts, LWK_SLOTS_MAX);
		__clear_bit(event->value, proc->interrupts);
		proc->interrupt_count--;
	} else if (proc->exited) {
		event->type = LWK_EVENT_EXIT;
		event->value = proc->exit_status;
		memcpy(event->absent, proc->absent, sizeof(event->absent));
		proc->exited = false;
	}
	spin_unlock(&proc->lock);
	return event->type != LWK_EVENT_NONE;
}

int lwk_proc_event(struct lwk_proc *proc, struct lwk_event *event)
{
	struct lwk_event taken = *event;

	if (atomic_read_acquire(&proc->phase) == LWK_PHASE_UNUSED)
		return -EINVAL;
	if (wait_event_interruptible(proc->event_wait,
				     take_event(proc, &taken)))
		return -EINTR;
	*event = taken;
	return 0;
}

/* ---- Messages ---------------------------------------------------------- */

static void wake_worker(struct lwk_proc *proc)
{
	/* Wakes beyond the number of sleeping workers mean nothing. */
	atomic_add_unless(&proc->wakes, 1, LWK_SLOTS);
	wake_up_interruptible(&proc->wake_wait);
}

static int interrupt_slot(struct lwk_proc *proc, u64 slot)
{
	if (slot >= LWK_SLOTS_MAX)
		return -EINVAL;
	spin_lock(&proc->lock);
	if (!__test_and_set_bit(slot, proc->interrupts))
		proc->interrupt_count++;
	spin_unlock(&proc->lock);
	wake_up_interruptible(&proc->event_wait);
	return 0;
}

/* A process may end before its creator has read the answer, which says where its page
 * is; it has then made no call. */
static void note_exit(struct lwk_proc *proc, u32 status)
{
	/* Pairs with adopt(): constant from then on. */
	const struct lwk_proc_page *page = smp_load_acquire(&proc->page);

	spin_lock(&proc->lock);
	proc->exited = true;
	proc->exit_status = status;
	if (page)
		memcpy(proc->absent, page->absent, sizeof(proc->absent));
	spin_unlock(&proc->lock);
	wake_up_interruptible(&proc->event_wait);
}

static int handle(struct lwk_proc *proc, const struct lwk_msg *msg)
{
	switch (msg->type) {
	case LWK_MSG_INTERRUPT:
		return interrupt_slot(proc, msg->arg[0]);
	case LWK_MSG_PROC_EXIT:
		note_exit(proc, msg->arg[0]);
		return 0;
	default:
		return -EINVAL;
	}
}

static void bad_message(struct lwk_instance *inst, const struct lwk_msg *msg)
{
	lwk_instance_fail(
		inst,
		"process %llu: message %u with bad arguments %#llx, %#llx",
		msg->proc, msg->type, msg->arg[0], msg->arg[1]);
}

void lwk_proc_zap(struct lwk_instance *inst, const struct lwk_msg *msg)
{
	struct lwk_space *space = lwk_space_get(inst, msg->proc);

	if (!space)
		return; /* no proxy maps it */
	if (lwk_space_zap(space, msg->arg[0], msg->arg[1]))
		bad_message(inst, msg);
	lwk_space_put(space);
}

void lwk_proc_wake(struct lwk_instance *inst, u64 handle)
{
	struct lwk_proc *proc;

	rcu_read_lock();
	proc = xa_load(&inst->procs, handle);
	if (proc)
		wake_worker(proc);
	rcu_read_unlock();
}

void lwk_proc_message(struct lwk_instance *inst, const struct lwk_msg *msg)
{
	struct lwk_proc *proc = lwk_proc_get(inst, msg->proc);

	if (!proc)
		return; /* it ended on the way */
	if (handle(proc, msg))
		bad_message(inst, msg);
	lwk_proc_put(proc);
}

/* ---- The end of the LWK ------------------------------------------------ */

void lwk_proc_fail(struct lwk_proc *proc, enum lwk_end_cause cause)
{
	spin_lock(&proc->lock);
	if (!proc->failed)
		proc->end_cause = cause;
	WRITE_ONCE(proc->failed, true);
	spin_unlock(&proc->lock);
	wake_up_all(&proc->wake_wait);
	wake_up_all(&proc->event_wait);
}

void lwk_proc_fail_all(struct lwk_instance *inst)
{
	struct lwk_proc *proc;
	unsigned long handle;

	xa_lock(&inst->procs);
	xa_for_each(&inst->procs, handle, proc)
		lwk_proc_fail(proc, LWK_END_FAILED);
	xa_unlock(&inst->procs);
}
