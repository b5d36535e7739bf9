// SPDX-License-Identifier: GPL-2.0
/* The list of processes for `lwk ps`. */
#include <linux/math64.h>
#include <linux/mm.h>
#include <linux/pid.h>
#include <linux/pid_namespace.h>
#include <linux/slab.h>
#include <linux/uaccess.h>
#include <asm/tsc.h>

#include "host-module/proxy/proc.h"

/* More are counted but not listed. */
#define MAX_ENTRIES 4096U

static u32 pid_for_caller(const struct lwk_proc *proc)
{
	return pid_nr_ns(proc->pid, task_active_pid_ns(current));
}

/* The number of CPUs on which it runs now, and for how many cycles on all of
 * them. */
static u32 running_on(const struct lwk_proc *proc, u64 *cycles)
{
	const struct lwk_instance *inst = proc->inst;
	u32 count = 0;

	for (u32 i = 0; i < inst->cpu_count; i++) {
		const struct lwk_boot_cpu *b = &inst->boot->cpu[i];
		u64 since, now;

		/* Pairs with the LWK's releases: `since` belongs to it. */
		if (smp_load_acquire(&b->running) != proc->handle)
			continue;
		since = smp_load_acquire(&b->running_since);
		if (smp_load_acquire(&b->running) != proc->handle)
			continue;
		now = rdtsc();
		*cycles += now > since ? now - since : 0;
		count++;
	}
	return count;
}

/* How long a CPU has run no process. Numbers are the LWK's: shown, never used. */
static u64 idle_cycles(const struct lwk_boot_cpu *b)
{
	u64 cycles = 0, since, running, now;

	for (u32 tries = 0; tries < 16; tries++) {
		/* Pairs with the LWK's releases: both times belong to it. */
		running = smp_load_acquire(&b->running);
		since = smp_load_acquire(&b->running_since);
		cycles = smp_load_acquire(&b->idle_cycles);
		if (running && smp_load_acquire(&b->running) == running &&
		    READ_ONCE(b->running_since) == since)
			break;
		cpu_relax();
	}
	now = rdtsc();
	return cycles +
	       (running == LWK_RUNS_NOTHING && now > since ? now - since : 0);
}

static int list_cpus(const struct lwk_instance *inst, struct lwk_ps *args)
{
	struct lwk_ps_cpu __user *to = u64_to_user_ptr(args->cpus);

	args->cpu_count = inst->cpu_count;
	for (u32 i = 0; i < min(inst->cpu_count, args->cpu_capacity); i++) {
		const struct lwk_ps_cpu cpu = {
			.linux_cpu = inst->cpu[i].linux_cpu,
			.idle_ns = mul_u64_u64_div_u64(
				idle_cycles(&inst->boot->cpu[i]), 1000000,
				tsc_khz),
		};

		if (copy_to_user(to + i, &cpu, sizeof(cpu)))
			return -EFAULT;
	}
	return 0;
}

/* Numbers are the LWK's: shown, never used. */
static void describe(struct lwk_proc *proc, struct lwk_ps_entry *e)
{
	const struct lwk_instance *inst = proc->inst;
	const struct lwk_proc_page *p = proc->page;
	u64 cycles = READ_ONCE(p->run_cycles);

	e->handle = proc->handle;
	e->pid = pid_for_caller(proc);
	e->uid = from_kuid_munged(current_user_ns(), proc->uid);
	e->cpu = READ_ONCE(p->cpu);
	if (e->cpu >= inst->cpu_count)
		e->cpu = proc->cpu;
	e->linux_cpu = inst->cpu[e->cpu].linux_cpu;
	e->state = READ_ONCE(p->state);
	e->last_syscall = READ_ONCE(p->last_syscall);
	memcpy(e->name, p->name, sizeof(e->name));
	e->name[sizeof(e->name) - 1] = 0;
	e->running = running_on(proc, &cycles);
	e->run_ns = mul_u64_u64_div_u64(cycles, 1000000, tsc_khz);
	e->syscalls_local = READ_ONCE(p->syscalls_local);
	e->syscalls_delegated = READ_ONCE(p->syscalls_delegated);
	e->resident_bytes = READ_ONCE(p->resident_bytes);
	e->switches = READ_ONCE(p->switches);
}

/* Fills up to room entries; returns how many processes there are. */
static u32 collect(struct lwk_instance *inst, struct lwk_ps_entry *entries,
		   u32 room)
{
	struct lwk_proc *proc;
	unsigned long handle;
	u32 count = 0;

	xa_lock(&inst->procs);
	xa_for_each(&inst->procs, handle, proc)
	{
		if (atomic_read_acquire(&proc->phase) != LWK_PHASE_LIVE)
			continue;
		if (count < room)
			describe(proc, &entries[count]);
		count++;
	}
	xa_unlock(&inst->procs);
	return count;
}

int lwk_proc_list(struct lwk_instance *inst, struct lwk_ps *args)
{
	u32 room = min(args->capacity, MAX_ENTRIES);
	struct lwk_ps_entry *entries;
	int err = lwk_instance_check_running(inst);

	if (err)
		return err;
	entries = kvcalloc(max(room, 1U), sizeof(*entries), GFP_KERNEL);
	if (!entries)
		return -ENOMEM;
	args->count = collect(inst, entries, room);
	if (copy_to_user(u64_to_user_ptr(args->entries), entries,
			 min(args->count, room) * sizeof(*entries)))
		err = -EFAULT;
	kvfree(entries);
	return err ?: list_cpus(inst, args);
}
