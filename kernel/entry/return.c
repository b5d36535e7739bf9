/* SPDX-License-Identifier: GPL-2.0 */
/* The last step before user mode. */
#include "kernel/arch/cpu.h"
#include "kernel/arch/entry.h"
#include "kernel/core/percpu.h"
#include "kernel/entry/deliver.h"
#include "kernel/ikc/restart.h"
#include "kernel/proc/process.h"
#include "kernel/proc/sched.h"

static bool nothing_to_do(const struct thread *t)
{
	return !cpu_has_work(this_cpu(), ~0U) && !thread_work(t);
}

void return_to_user(struct regs *regs)
{
	struct thread *t = current_thread();

	while (!nothing_to_do(t) || restart_is_due(regs)) {
		arch_irq_enable();
		if (kernel_poll_needed())
			kernel_poll();
		if (thread_must_die(t))
			thread_exit(0);
		signals_deliver(regs);
		if (cpu_has_work(this_cpu(), CPU_WORK_RESCHED))
			schedule();
		arch_irq_disable();
	}
}
