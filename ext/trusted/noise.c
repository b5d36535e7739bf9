/* SPDX-License-Identifier: MIT */
/* What interrupts the programs of an LWK: counts, for each CPU, every interrupt by its
 * vector ("interrupts"), and those of them that found a program running, with the time
 * since the last one ("shortest", in nanoseconds). `nimble map dump noise interrupts`.
 *
 * A program alone on its CPU is not interrupted at all: then nothing is counted. */
#include "ext/lib/nimble_ext.h"

#define VECTORS 256
#define CPUS 64

LICENCE("MIT");

MAP_PERCPU(interrupts, u64, VECTORS);
MAP_ARRAY(disturbed, u64, CPUS); /* interrupts that found a program, by CPU */
MAP_ARRAY(shortest, u64, CPUS); /* between two of those */
MAP_ARRAY(last, u64, CPUS);

HOOK(irq)
u64 count(struct nimble_ctx_irq *ctx)
{
	u32 vector = ctx->vector, cpu = ctx->cpu;
	u64 *seen = map_lookup(MAP(interrupts), &vector);
	u64 since;

	if (seen)
		++*seen;
	if (!ctx->task || cpu >= CPUS)
		return 0;
	disturbed[cpu]++;
	since = ctx->now_ns - last[cpu];
	if (last[cpu] && (!shortest[cpu] || since < shortest[cpu]))
		shortest[cpu] = since;
	last[cpu] = ctx->now_ns;
	return 0;
}
