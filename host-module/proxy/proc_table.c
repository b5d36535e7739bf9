// SPDX-License-Identifier: GPL-2.0
/* An instance's table of processes. */
#include "host-module/proxy/proc_priv.h"

int lwk_proc_enter(struct lwk_proc *proc)
{
	struct lwk_instance *inst = proc->inst;
	int err;

	xa_lock(&inst->procs);
	proc->handle = inst->next_handle++;
	err = __xa_insert(&inst->procs, proc->handle, proc, GFP_KERNEL);
	xa_unlock(&inst->procs);
	if (err)
		return err;
	kref_get(&proc->ref);
	atomic_inc(&inst->proc_count);
	return 0;
}

int lwk_proc_enter_as(struct lwk_proc *proc)
{
	struct lwk_instance *inst = proc->inst;
	int err = xa_insert(&inst->procs, proc->handle, proc, GFP_KERNEL);

	if (err)
		return err;
	kref_get(&proc->ref);
	atomic_inc(&inst->proc_count);
	return 0;
}

void lwk_proc_forget(struct lwk_proc *proc)
{
	struct lwk_instance *inst = proc->inst;

	/* Not another process that has the same handle now. */
	if (xa_cmpxchg(&inst->procs, proc->handle, proc, NULL, GFP_KERNEL) !=
	    proc)
		return;
	atomic_dec(&inst->proc_count);
	wake_up_all(&inst->proc_wait);
	lwk_proc_put(proc);
}

struct lwk_proc *lwk_proc_get(struct lwk_instance *inst, u64 handle)
{
	struct lwk_proc *proc;

	xa_lock(&inst->procs);
	proc = xa_load(&inst->procs, handle);
	if (proc)
		kref_get(&proc->ref);
	xa_unlock(&inst->procs);
	return proc;
}

unsigned int lwk_proc_open_count(struct lwk_instance *inst)
{
	struct lwk_proc *proc;
	unsigned long handle;
	unsigned int count = 0;

	xa_lock(&inst->procs);
	xa_for_each(&inst->procs, handle, proc) if (atomic_read(&proc->phase) !=
						    LWK_PHASE_LEAVING) count++;
	xa_unlock(&inst->procs);
	return count;
}

struct lwk_proc *lwk_proc_get_after(struct lwk_instance *inst, u64 handle)
{
	unsigned long index = handle;
	struct lwk_proc *proc;

	xa_lock(&inst->procs);
	proc = xa_find_after(&inst->procs, &index, ULONG_MAX, XA_PRESENT);
	if (proc)
		kref_get(&proc->ref);
	xa_unlock(&inst->procs);
	return proc;
}

unsigned int lwk_proc_choose_cpu(struct lwk_instance *inst)
{
	unsigned int best = 0, load[LWK_MAX_CPUS] = {};
	struct lwk_proc *proc;
	unsigned long handle;

	xa_lock(&inst->procs);
	xa_for_each(&inst->procs, handle, proc) load[proc->cpu]++;
	xa_unlock(&inst->procs);
	for (unsigned int i = 1; i < inst->cpu_count; i++)
		if (load[i] < load[best])
			best = i;
	return best;
}
