/* SPDX-License-Identifier: GPL-2.0 */
/* Sending to the module, with its doorbell. */
#include "kernel/arch/cpu.h"
#include "kernel/arch/mmu.h"
#include "kernel/core/log.h"
#include "kernel/core/panic.h"
#include "kernel/core/percpu.h"
#include "kernel/ikc/ring.h"

void ikc_init_cpu(void)
{
	struct cpu *cpu = this_cpu();
	struct lwk_boot_cpu *b = &boot->cpu[cpu->index];

	cpu->ring_in = phys_to_virt(b->ring_to_lwk);
	cpu->ring_out = phys_to_virt(b->ring_to_linux);
	cpu->in_tail = cpu->ring_in->tail;
	cpu->out_head = cpu->ring_out->head;
}

static void ring_bell(void)
{
	/* The fence pairs with the module's between linux_waiting = 1 and its
	 * last look at the heads. */
	arch_fence();
	if (__atomic_load_n(&boot->linux_waiting, __ATOMIC_RELAXED))
		arch_ring_linux(__atomic_load_n(&boot->doorbell_target,
						__ATOMIC_RELAXED));
}

uint32_t ikc_send(const struct lwk_msg *msg)
{
	struct cpu *cpu = this_cpu();
	bool bad = false, sent = false;
	uint32_t index;
	uint64_t flags;

	while (!sent) {
		flags = arch_irq_save();
		sent = ring_put(cpu->ring_out, &cpu->out_head, msg, &bad);
		index = cpu->out_head - 1;
		arch_irq_restore(flags);
		if (bad)
			panic("Linux has broken the ring to it: tail %u, head %u",
			      cpu->ring_out->tail, cpu->out_head);
		if (!sent) {
			ring_bell();
			arch_pause();
		}
	}
	ring_bell();
	return index;
}

void ikc_send_and_wait(const struct lwk_msg *msg)
{
	uint32_t index = ikc_send(msg);

	while (!ring_handled(this_cpu()->ring_out, index))
		arch_pause();
}

void ikc_reply(uint64_t cookie, int status, uint64_t v0, uint64_t v1)
{
	struct lwk_msg msg = {
		.type = LWK_MSG_REPLY,
		.status = status,
		.cookie = cookie,
		.value = {v0, v1},
	};

	ikc_send(&msg);
}

bool ikc_pending(void)
{
	struct cpu *cpu = this_cpu();

	return __atomic_load_n(&cpu->ring_in->head, __ATOMIC_ACQUIRE) !=
	       cpu->in_tail;
}

void log_notify(void)
{
	struct lwk_msg msg = {.type = LWK_MSG_LOG};

	/* A panic tells Linux by itself; before the rings are set up, nothing waits. */
	if (this_cpu()->ring_out && !panic_in_progress())
		ikc_send(&msg);
}
