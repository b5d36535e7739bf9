/* SPDX-License-Identifier: GPL-2.0 */
/* Ticket spin locks. The kernel is not preempted; interrupt handlers take no
 * lock but the log's, so only that one is taken with interrupts off. */
#ifndef LWK_SYNC_SPINLOCK_H
#define LWK_SYNC_SPINLOCK_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "kernel/arch/cpu.h"

struct spinlock {
	_Atomic uint32_t next; /* ticket for the next to come */
	_Atomic uint32_t serving; /* ticket whose turn it is */
};

#define SPINLOCK_INIT \
	{             \
		0, 0  \
	}

static inline void spin_lock(struct spinlock *lock)
{
	uint32_t ticket =
		atomic_fetch_add_explicit(&lock->next, 1, memory_order_relaxed);

	/* acquire: pairs with the release in spin_unlock() */
	while (atomic_load_explicit(&lock->serving, memory_order_acquire) !=
	       ticket)
		arch_pause();
}

/* Take it if it is free. */
static inline bool spin_trylock(struct spinlock *lock)
{
	uint32_t ticket =
		atomic_load_explicit(&lock->serving, memory_order_relaxed);

	return atomic_compare_exchange_strong_explicit(&lock->next, &ticket,
						       ticket + 1,
						       memory_order_acquire,
						       memory_order_relaxed);
}

static inline void spin_unlock(struct spinlock *lock)
{
	uint32_t now =
		atomic_load_explicit(&lock->serving, memory_order_relaxed);

	atomic_store_explicit(&lock->serving, now + 1, memory_order_release);
}

static inline int spin_is_locked(struct spinlock *lock)
{
	return atomic_load_explicit(&lock->next, memory_order_relaxed) !=
	       atomic_load_explicit(&lock->serving, memory_order_relaxed);
}

#endif
