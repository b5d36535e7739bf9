/* SPDX-License-Identifier: GPL-2.0 */
/* The CPU of the kernel's unit tests: an ordinary thread. */
#ifndef ARCH_IMPL_CPU_H
#define ARCH_IMPL_CPU_H

#include <sched.h>
#include <stdint.h>

struct cpu;

extern _Thread_local struct cpu *host_cpu;

static inline struct cpu *this_cpu(void)
{
	return host_cpu;
}

/* The thread that is waited for may have no CPU of the host's. */
static inline void arch_pause(void)
{
	sched_yield();
}

static inline uint64_t arch_irq_save(void)
{
	return 0;
}

static inline void arch_irq_restore(uint64_t flags)
{
	(void)flags;
}

static inline uint64_t arch_cycles(void)
{
	return __builtin_ia32_rdtsc();
}

static inline uint64_t arch_mul_div(uint64_t a, uint64_t b, uint64_t c)
{
	unsigned __int128 q = (unsigned __int128)a * b / c;

	return q > UINT64_MAX ? UINT64_MAX : (uint64_t)q;
}

static inline void arch_fence(void)
{
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
}

#endif
