/* SPDX-License-Identifier: GPL-2.0 */
/* Work that one CPU has for another. */
#include "kernel/arch/cpu.h"
#include "kernel/core/percpu.h"

void cpu_notify(struct cpu *cpu, uint32_t work)
{
	cpu_raise(cpu, work);
	if (cpu != this_cpu())
		arch_send_ipi(cpu);
}

void cpu_post(struct cpu *cpu, struct cpu_job *job)
{
	uint64_t flags = arch_irq_save();

	spin_lock(&cpu->inbox_lock);
	list_push_back(&cpu->inbox, &job->node);
	spin_unlock(&cpu->inbox_lock);
	arch_irq_restore(flags);
	cpu_notify(cpu, CPU_WORK_POSTED);
}

static struct cpu_job *take_job(struct cpu *cpu)
{
	uint64_t flags = arch_irq_save();
	struct cpu_job *job = NULL;

	spin_lock(&cpu->inbox_lock);
	if (!list_empty(&cpu->inbox)) {
		job = list_first(&cpu->inbox, struct cpu_job, node);
		list_remove(&job->node);
	}
	spin_unlock(&cpu->inbox_lock);
	arch_irq_restore(flags);
	return job;
}

void cpu_run_posted(void)
{
	struct cpu_job *job;

	while ((job = take_job(this_cpu())))
		job->run(job);
}
