/* SPDX-License-Identifier: MIT */
/* Touches devices as it is told, granted or not. */
#include "ext/lib/nimble_ext.h"
#include "tests/ext/probe.h"

LICENCE("MIT");

static u64 memory[8];
static u64 irqs;

HOOK(irq)
u64 irq(struct nimble_ctx_irq *ctx)
{
	if (ctx->source != NIMBLE_IRQ_DEVICE)
		return NIMBLE_IRQ_CLAIM; /* which means nothing */
	irqs++;
	return NIMBLE_IRQ_RESCHED;
}

HOOK(call)
u64 call(struct nimble_ctx_call *ctx)
{
	u64 *args = ctx->args;

	switch (args[0]) {
	case PROBE_READ:
		args[1] = mmio_read(args[2], args[3]);
		break;
	case PROBE_WRITE:
		mmio_write(args[2], args[3], args[1]);
		break;
	case PROBE_FIND:
		args[1] = (u64)device_find(args[1], 0);
		break;
	case PROBE_DMA:
		args[1] = (u64)dma_address(args[1], memory, args[2]);
		break;
	case PROBE_IRQS:
		args[1] = irqs;
		break;
	}
	return NIMBLE_CALL_DONE;
}
