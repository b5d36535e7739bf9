// SPDX-License-Identifier: GPL-2.0
/* The end of a process: when its proxy's file is closed, when it is forced out,
 * and when the LWK is gone. */
#include "host-module/proxy/proc_priv.h"
#include "host-module/ikc/request.h"
#include "host-module/proxy/space.h"

#define RELEASE_RETRY (HZ / 100)

static struct workqueue_struct *release_queue;

static void released(struct lwk_instance *inst, void *arg, int status)
{
	struct lwk_proc *proc = arg;

	lwk_proc_forget(proc);
	lwk_proc_put(proc);
}

/* Asks the LWK to end the process; no thread waits for the answer. */
static void send_release(struct work_struct *work)
{
	struct lwk_proc *proc = container_of(to_delayed_work(work),
					     struct lwk_proc, release_work);
	struct lwk_call call = {
		.cpu = proc->cpu,
		.msg = {.type = LWK_MSG_PROC_RELEASE, .proc = proc->handle},
		.late = released,
		.arg = proc,
	};
	int err = -EIO;

	/* A later boot does not know the process; it would say -ESRCH. */
	if (proc->generation == READ_ONCE(proc->inst->generation))
		err = lwk_request_send(proc->inst, &call);
	if (err == -EAGAIN)
		queue_delayed_work(release_queue, &proc->release_work,
				   RELEASE_RETRY);
	else if (err)
		released(proc->inst, proc, err);
}

/* Once for each process: the reference is dropped by released(). */
static void release(struct lwk_proc *proc)
{
	int was = atomic_xchg(&proc->phase, LWK_PHASE_LEAVING);

	if (was == LWK_PHASE_UNUSED || was == LWK_PHASE_LEAVING)
		return;
	mutex_lock(&proc->slots_lock);
	lwk_parent_forget(proc);
	mutex_unlock(&proc->slots_lock);
	kref_get(&proc->ref);
	queue_delayed_work(release_queue, &proc->release_work, 0);
}

void lwk_proc_close(struct lwk_proc *proc)
{
	release(proc);
	lwk_proc_put(proc);
}

void lwk_proc_release_all(struct lwk_instance *inst)
{
	struct lwk_proc *proc;
	u64 handle = 0;

	while ((proc = lwk_proc_get_after(inst, handle))) {
		handle = proc->handle;
		lwk_proc_fail(proc, LWK_END_FORCED);
		lwk_slots_cut(proc);
		release(proc);
		lwk_proc_put(proc);
	}
	lwk_spaces_cut(inst);
}

void lwk_proc_end_all(struct lwk_instance *inst)
{
	struct lwk_proc *proc;
	u64 handle = 0;

	while ((proc = lwk_proc_get_after(inst, handle))) {
		handle = proc->handle;
		lwk_proc_fail(proc, LWK_END_FAILED);
		lwk_slots_cut(proc);
		lwk_proc_forget(proc);
		lwk_proc_put(proc);
	}
	lwk_spaces_cut(inst);
}

void lwk_proc_release_init(struct lwk_proc *proc)
{
	INIT_DELAYED_WORK(&proc->release_work, send_release);
}

void lwk_proc_queue(struct work_struct *work)
{
	queue_work(release_queue, work);
}

int lwk_proc_init(void)
{
	release_queue = alloc_workqueue("lwk", WQ_UNBOUND, 0);
	return release_queue ? 0 : -ENOMEM;
}

void lwk_proc_exit(void)
{
	destroy_workqueue(release_queue);
}
