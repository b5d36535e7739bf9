/* SPDX-License-Identifier: MIT */
/* The engine's only lock: short, with interrupts off, never nested. */
#include "nimble/core/priv.h"

uint64_t nimble_lock(struct nimble_lock *lock)
{
	uint64_t irq = nimble_port_irq_save();

	/* Pairs with the release in nimble_unlock(). */
	while (__atomic_exchange_n(&lock->taken, 1, __ATOMIC_ACQUIRE))
		while (__atomic_load_n(&lock->taken, __ATOMIC_RELAXED))
			__builtin_ia32_pause();
	return irq;
}

void nimble_unlock(struct nimble_lock *lock, uint64_t irq)
{
	__atomic_store_n(&lock->taken, 0, __ATOMIC_RELEASE);
	nimble_port_irq_restore(irq);
}
