/* SPDX-License-Identifier: GPL-2.0 */
/* Hook irq: an interrupt that has come to this CPU, with interrupts off, before the
 * kernel's own handler. What is not a device's is the kernel's, and cannot be claimed: it
 * waits for the timer, for other CPUs, for Linux. An application's extension sees those of
 * its devices within its share of the CPU (share.c); beyond that they are lost for it. */
#include "kernel/abi/layout.h"
#include "kernel/arch/cpu.h"
#include "kernel/core/hook.h"
#include "kernel/ikc/device.h"
#include "kernel/nimble/grants.h"
#include "kernel/nimble/nimble_priv.h"
#include "kernel/proc/process.h"

_Static_assert(DEVICE_NONE == NIMBLE_NO_DEVICE, "one number for no device");

static enum nimble_irq_source source_of(uint32_t vector, uint32_t device)
{
	switch (vector) {
	case LWK_VECTOR_TIMER:
		return NIMBLE_IRQ_TIMER;
	case LWK_VECTOR_DOORBELL:
		return NIMBLE_IRQ_DOORBELL;
	case LWK_VECTOR_IPI:
		return NIMBLE_IRQ_IPI;
	case LWK_VECTOR_SHOOTDOWN:
		return NIMBLE_IRQ_SHOOTDOWN;
	default:
		return device == DEVICE_NONE ? NIMBLE_IRQ_OTHER
					     : NIMBLE_IRQ_DEVICE;
	}
}

/* A run of the chain for one interrupt. */
struct irq_run {
	struct policy_call call; /* first: the helpers' and may_see()'s */
	bool of_application; /* one ran */
};

static bool may_see(const struct nimble_ext *ext, void *host)
{
	struct irq_run *run = host;
	const struct extension *e = nimble_owner(ext);

	if (e->owner.admin)
		return true;
	if (run->call.device == DEVICE_NONE ||
	    !grant_device(e, run->call.device) || !hook_share_left())
		return false;
	run->of_application = true;
	return true;
}

bool hook_run_irq(uint32_t vector)
{
	const struct thread *t = current_thread();
	uint32_t device = device_of_vector(vector);
	struct nimble_ctx_irq ctx = {
		.vector = vector,
		.cpu = this_cpu()->index,
		.task = t->proc ? t->id : 0,
		.now_ns = nimble_port_time_ns(),
		.source = source_of(vector, device),
		.device = device,
	};
	struct irq_run run = {
		.call =
			{
				.op = NIMBLE_HOOK_irq,
				.cpu = this_cpu(),
				.device = device,
			},
	};
	const struct hook_fire fire = {
		.hook = NIMBLE_HOOK_irq,
		.ctx = &ctx,
		.most = device == DEVICE_NONE ? NIMBLE_IRQ_RESCHED
					      : NIMBLE_IRQ_CLAIM,
		.all = true,
		.concerns = may_see,
		.call = &run.call,
	};
	uint64_t begin = arch_cycles(), verdict = hook_fire(&fire);

	if (run.of_application)
		hook_share_spent(arch_cycles() - begin);
	if (verdict == NIMBLE_IRQ_RESCHED)
		cpu_raise(this_cpu(), CPU_WORK_RESCHED);
	return verdict == NIMBLE_IRQ_CLAIM;
}
