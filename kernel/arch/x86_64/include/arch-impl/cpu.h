/* SPDX-License-Identifier: GPL-2.0 */
/* x86-64: the inline part of kernel/arch/cpu.h. */
#ifndef ARCH_IMPL_CPU_H
#define ARCH_IMPL_CPU_H

#include <stdint.h>

struct cpu;

static inline struct cpu *this_cpu(void)
{
	struct cpu *self;

	asm volatile("mov %%gs:0, %0" : "=r"(self));
	return self;
}

static inline void arch_pause(void)
{
	asm volatile("pause" : : : "memory");
}

static inline uint64_t arch_irq_save(void)
{
	uint64_t flags;

	asm volatile("pushfq; pop %0; cli" : "=r"(flags) : : "memory");
	return flags;
}

static inline void arch_irq_restore(uint64_t flags)
{
	if (flags & 0x200)
		asm volatile("sti" : : : "memory");
}

static inline void arch_irq_enable(void)
{
	asm volatile("sti" : : : "memory");
}

static inline void arch_irq_disable(void)
{
	asm volatile("cli" : : : "memory");
}

/* Called with interrupts off: enables them and sleeps until one arrives, with
 * none lost in between (STI's shadow; Intel SDM vol. 2, STI). */
static inline void arch_irq_enable_and_halt(void)
{
	asm volatile("sti; hlt; cli" : : : "memory");
}

static inline uint64_t arch_cycles(void)
{
	uint32_t lo, hi;

	asm volatile("rdtsc" : "=a"(lo), "=d"(hi));
	return (uint64_t)hi << 32 | lo;
}

/* The same, not before what the program has read. */
static inline uint64_t arch_cycles_ordered(void)
{
	asm volatile("lfence" : : : "memory");
	return arch_cycles();
}

/* a * b / c with a product of 128 bits; UINT64_MAX where the result is larger. */
static inline uint64_t arch_mul_div(uint64_t a, uint64_t b, uint64_t c)
{
	uint64_t hi, lo, rest;

	asm("mulq %3" : "=a"(lo), "=d"(hi) : "0"(a), "rm"(b) : "cc");
	if (hi >= c)
		return UINT64_MAX;
	asm("divq %4"
	    : "=a"(lo), "=d"(rest)
	    : "0"(lo), "1"(hi), "rm"(c)
	    : "cc");
	return lo;
}

/* Full fence: a store before it is seen by others before a load after it. */
static inline void arch_fence(void)
{
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
}

#endif
