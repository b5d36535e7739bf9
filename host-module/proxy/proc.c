// SPDX-License-Identifier: GPL-2.0
/* The life of a process as its proxy's file sees it; see proc.h. */
#include <linux/cred.h>
#include <linux/delay.h>
#include <linux/pid.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>

#include "host-module/boot/boot.h"
#include "host-module/partition/mem.h"
#include "host-module/proxy/proc_priv.h"
#include "host-module/ikc/request.h"
#include "host-module/ikc/ring.h"
#include "host-module/proxy/space.h"
#include "host-module/why.h"

struct lwk_proc *lwk_proc_new(struct lwk_instance *inst)
{
	struct lwk_proc *proc = kzalloc(sizeof(*proc), GFP_KERNEL);

	if (!proc)
		return NULL;
	kref_get(&inst->ref);
	proc->inst = inst;
	kref_init(&proc->ref);
	mutex_init(&proc->slots_lock);
	atomic_set(&proc->users, 1);
	spin_lock_init(&proc->lock);
	init_waitqueue_head(&proc->wake_wait);
	init_waitqueue_head(&proc->event_wait);
	lwk_proc_release_init(proc);
	return proc;
}

static void free_proc(struct kref *ref)
{
	struct lwk_proc *proc = container_of(ref, struct lwk_proc, ref);

	if (proc->empty_slots)
		__free_page(proc->empty_slots);
	if (proc->space)
		lwk_space_put(proc->space);
	put_pid(proc->pid);
	lwk_instance_put(proc->inst);
	kfree_rcu(proc, rcu);
}

void lwk_proc_put(struct lwk_proc *proc)
{
	kref_put(&proc->ref, free_proc);
}

void lwk_proc_use(struct lwk_proc *proc)
{
	atomic_inc(&proc->users);
}

void lwk_proc_unuse(struct lwk_proc *proc)
{
	if (atomic_dec_and_test(&proc->users))
		lwk_proc_close(proc);
}

/* ---- Creating ---------------------------------------------------------- */

static void identify(struct lwk_proc *proc)
{
	put_pid(proc->pid);
	proc->pid = get_pid(task_tgid(current));
	proc->uid = current_euid();
}

static u64 packed_ids(kuid_t kuid, kgid_t kgid)
{
	struct user_namespace *ns = current_user_ns();
	u64 uid = from_kuid_munged(ns, kuid);

	return uid << 32 | from_kgid_munged(ns, kgid);
}

/* Takes over what the LWK answered. -EIO: an address does not lie in the
 * LWK's memory. */
static int adopt(struct lwk_proc *proc, const u64 value[2])
{
	const struct lwk_memory *mem = &proc->inst->memory;

	if (!lwk_memory_is_free_range(mem, value[0], sizeof(*proc->page)) ||
	    value[0] % PAGE_SIZE)
		return -EIO;
	smp_store_release(&proc->page, lwk_memory_ptr(mem, value[0]));
	return 0;
}

/* *left becomes true where the LWK may still make the process. */
static int ask_for_process(struct lwk_proc *proc, u64 stack_bytes, bool stay,
			   bool *left)
{
	struct lwk_call call = {
		.cpu = proc->cpu,
		.msg =
			{
				.type = LWK_MSG_PROC_CREATE,
				.proc = proc->handle,
				.arg =
					{
						task_tgid_vnr(current) |
							(stay ? LWK_CREATE_STAY
							      : 0),
						packed_ids(current_uid(),
							   current_gid()),
						stack_bytes,
						proc->handle,
						packed_ids(current_euid(),
							   current_egid()),
					},
			},
	};
	int err = lwk_request(proc->inst, &call);

	*left = call.left;
	if (!err && adopt(proc, call.value)) {
		lwk_instance_fail(
			proc->inst,
			"process %llu: page addresses outside the LWK's memory",
			proc->handle);
		err = -EIO;
	}
	return err;
}

/* An earlier try may have ended with the LWK. There was no mapping then. */
static void begin_anew(struct lwk_proc *proc)
{
	proc->page = NULL;
	proc->dead = false;
	proc->failed = false;
	proc->exited = false;
	bitmap_zero(proc->interrupts, LWK_SLOTS_MAX);
	proc->interrupt_count = 0;
	atomic_set(&proc->wakes, 0);
	memset(proc->signal_mark, 0, sizeof(proc->signal_mark));
	atomic_set(&proc->started, 0);
}

static int not_made(const struct lwk_proc *proc, int err, char *why)
{
	const struct lwk_instance *inst = proc->inst;

	switch (err) {
	case -ENOMEM:
		return lwk_why(why, err,
			       "lwk%u has no memory left for a process",
			       inst->id);
	case -ETIMEDOUT:
		return lwk_why(
			why, err,
			"CPU %u of lwk%u has not answered in %u ms; see `lwk status`",
			inst->cpu[proc->cpu].linux_cpu, inst->id,
			READ_ONCE(lwk_timeout_ms));
	default:
		return lwk_why(why, err, "the LWK made no process (error %d)",
			       -err);
	}
}

/* On the CPU of that index; stay: on that CPU only. */
static int create(struct lwk_proc *proc, struct lwk_proc_create *args,
		  unsigned int index, bool stay)
{
	bool left = false;
	int err;

	begin_anew(proc);
	identify(proc);
	proc->cpu = index;
	args->cpu = proc->inst->cpu[index].linux_cpu;
	proc->generation = READ_ONCE(proc->inst->generation);
	err = lwk_proc_enter(proc)
		      ?: ask_for_process(proc, args->stack_bytes, stay, &left);
	if (!err)
		return 0;
	if (!left) {
		lwk_proc_forget(proc);
		atomic_cmpxchg(&proc->phase, LWK_PHASE_CREATING,
			       LWK_PHASE_UNUSED);
	}
	return not_made(proc, err, args->why);
}

/* A SHUTDOWN with FORCE may have made the phase LEAVING meanwhile. */
static int enter_live(struct lwk_proc *proc, struct lwk_proc_create *args)
{
	args->handle = proc->handle;
	/* Releases the constants; pairs with lwk_proc_check(). */
	if (atomic_cmpxchg(&proc->phase, LWK_PHASE_CREATING, LWK_PHASE_LIVE) !=
	    LWK_PHASE_CREATING)
		return lwk_why(args->why, -EIO, "the LWK is being shut down");
	return 0;
}

/* The index of a CPU of Linux in the instance, or -1. */
static int find_cpu(const struct lwk_instance *inst, int linux_cpu)
{
	for (u32 i = 0; i < inst->cpu_count; i++)
		if ((int)inst->cpu[i].linux_cpu == linux_cpu)
			return i;
	return -1;
}

static int no_such_cpu(const struct lwk_instance *inst,
		       struct lwk_proc_create *args)
{
	char list[64];
	int n = 0;

	for (u32 i = 0; i < inst->cpu_count; i++)
		n += scnprintf(list + n, sizeof(list) - n, " %u",
			       inst->cpu[i].linux_cpu);
	return lwk_why(args->why, -ERANGE, "lwk%u has no CPU %d, only%s",
		       inst->id, args->cpu, list);
}

int lwk_proc_create(struct lwk_proc *proc, struct lwk_proc_create *args)
{
	struct lwk_instance *inst = proc->inst;
	int err = lwk_instance_check_running(inst), index;
	bool stay = args->cpu != -1;

	if (err)
		return lwk_why(args->why, err,
			       "lwk%u is not running; see lwk status",
			       inst->id);
	if (args->pad)
		return lwk_why(args->why, -EINVAL, "pad is not zero");
	index = stay ? find_cpu(inst, args->cpu)
		     : (int)lwk_proc_choose_cpu(inst);
	if (index < 0)
		return no_such_cpu(inst, args);
	if (atomic_cmpxchg(&proc->phase, LWK_PHASE_UNUSED,
			   LWK_PHASE_CREATING) != LWK_PHASE_UNUSED)
		return lwk_why(
			args->why, -EBUSY,
			"this open file has a process already; open the device again");
	err = create(proc, args, index, stay);
	return err ?: enter_live(proc, args);
}

/* ---- Adopting ---------------------------------------------------------- */

/* *left becomes true where the LWK may still give the child to it. */
static int ask_to_adopt(struct lwk_proc *proc, struct lwk_proc *parent,
			bool *left)
{
	struct lwk_call call = {
		.cpu = parent->cpu,
		.msg =
			{
				.type = LWK_MSG_PROC_ADOPT,
				.proc = parent->handle,
				.arg = {proc->handle, task_tgid_vnr(current)},
			},
	};
	int err = lwk_request(proc->inst, &call);

	*left = call.left;
	if (err)
		return err;
	if (adopt(proc, call.value) || call.value[1] >= proc->inst->cpu_count) {
		lwk_instance_fail(
			proc->inst,
			"process %llu: a child with impossible addresses",
			parent->handle);
		return -EIO;
	}
	proc->cpu = call.value[1];
	return 0;
}

struct lwk_proc *lwk_proc_adopt(struct lwk_proc *parent, u64 child)
{
	int err = lwk_proc_check(parent);
	struct lwk_proc *proc;
	bool left;

	if (err)
		return ERR_PTR(err);
	if (!(child & LWK_HANDLE_OF_LWK))
		return ERR_PTR(-EINVAL);
	proc = lwk_proc_new(parent->inst);
	if (!proc)
		return ERR_PTR(-ENOMEM);
	identify(proc);
	proc->cpu = parent->cpu;
	proc->generation = parent->generation;
	proc->handle = child;
	atomic_set(&proc->started, 1);
	atomic_set(&proc->phase, LWK_PHASE_CREATING);
	err = lwk_proc_enter_as(proc);
	if (err) {
		lwk_proc_put(proc);
		return ERR_PTR(err);
	}
	err = ask_to_adopt(proc, parent, &left);
	if (!err && atomic_cmpxchg(&proc->phase, LWK_PHASE_CREATING,
				   LWK_PHASE_LIVE) != LWK_PHASE_CREATING)
		err = -EIO; /* forced out meanwhile */
	if (!err)
		return proc;
	if (!left) {
		lwk_proc_forget(proc);
		atomic_set(&proc->phase, LWK_PHASE_UNUSED);
	}
	lwk_proc_close(proc);
	return ERR_PTR(err);
}

int lwk_proc_check(const struct lwk_proc *proc)
{
	switch (atomic_read_acquire(&proc->phase)) {
	case LWK_PHASE_LIVE:
		if (!READ_ONCE(proc->dead) && lwk_instance_live(proc->inst))
			return 0;
		return -EIO;
	case LWK_PHASE_LEAVING: /* forced out */
		return -EIO;
	default:
		return -EINVAL;
	}
}

/* ---- Messages about a process ------------------------------------------ */

static int tell(struct lwk_proc *proc, u32 type, u64 arg0)
{
	struct lwk_msg msg = {
		.type = type,
		.proc = proc->handle,
		.arg = {arg0},
	};

	return lwk_ring_push_wait(proc->inst, proc->cpu, &msg);
}

int lwk_proc_start(struct lwk_proc *proc)
{
	int err = lwk_proc_check(proc);

	if (err)
		return err;
	if (atomic_xchg(&proc->started, 1))
		return -EALREADY;
	return tell(proc, LWK_MSG_PROC_START, 0);
}

/* Whether the CPU has seen the signal that was sent LWK_SIGNALS_AT_ONCE
 * signals ago. */
static bool has_turn(struct lwk_proc *proc)
{
	u32 mark;

	spin_lock(&proc->lock);
	mark = proc->signal_mark[proc->signal_next];
	spin_unlock(&proc->lock);
	return !mark || lwk_ring_took(proc->inst, proc->cpu, mark);
}

static int wait_for_turn(struct lwk_proc *proc)
{
	unsigned long end = jiffies + lwk_answer_limit();

	while (!has_turn(proc)) {
		if (fatal_signal_pending(current))
			return -EINTR;
		if (!lwk_instance_live(proc->inst))
			return -EIO;
		if (time_after(jiffies, end))
			return -ETIMEDOUT;
		usleep_range(50, 100);
	}
	return 0;
}

static void note_turn(struct lwk_proc *proc)
{
	u32 sent = lwk_ring_sent(proc->inst, proc->cpu);

	spin_lock(&proc->lock);
	proc->signal_mark[proc->signal_next++] = sent;
	proc->signal_next %= LWK_SIGNALS_AT_ONCE;
	spin_unlock(&proc->lock);
}

int lwk_proc_signal(struct lwk_proc *proc, const struct lwk_signal *args)
{
	struct lwk_msg msg = {
		.type = LWK_MSG_PROC_SIGNAL,
		.proc = proc->handle,
		.arg =
			{
				args->signal,
				(u64)(u32)args->error << 32 | (u32)args->code,
				args->data[0],
				args->data[1],
				args->data[2],
			},
	};
	int err = lwk_proc_check(proc);

	if (err)
		return err;
	if (args->signal < 1 || args->signal > _NSIG || args->pad)
		return -EINVAL;
	err = wait_for_turn(proc)
		      ?: lwk_ring_push_wait(proc->inst, proc->cpu, &msg);
	if (!err)
		note_turn(proc);
	return err;
}

int lwk_proc_slot_done(struct lwk_proc *proc, u32 slot)
{
	int err = lwk_proc_check(proc);

	if (err)
		return err;
	if (slot >= LWK_SLOTS_MAX)
		return -EINVAL;
	return tell(proc, LWK_MSG_SLOT_DONE, slot);
}

int lwk_proc_credentials(struct lwk_proc *proc)
{
	struct lwk_call call = {
		.cpu = proc->cpu,
		.msg =
			{
				.type = LWK_MSG_PROC_CREDENTIALS,
				.proc = proc->handle,
				.arg = {packed_ids(current_uid(), current_gid()),
					packed_ids(current_euid(),
						   current_egid())},
			},
	};
	int err = lwk_proc_check(proc);

	if (err)
		return err;
	proc->uid = current_euid();
	return lwk_request(proc->inst, &call);
}
