/* SPDX-License-Identifier: GPL-2.0 */
/* Futexes: threads that wait for a word of memory to change (futex(2); Franke,
 * Russell and Kirkwood, Fuss, Futexes and Furwocks, 2002).
 *
 * A word is known by its address space and address, or, where the caller says that it may
 * be `shared` and it lies in memory that other spaces map too, by its place in physical
 * memory. Waiters are in buckets, by a hash of that. A bucket's lock guards its waiters
 * and is held from the look at the word to the entry into the queue, so that no wake
 * comes in between. It is taken with interrupts on; inside it, user memory is read
 * without bringing pages in, and CPUs' locks are taken. Of two buckets, the one with the
 * lower address comes first.
 *
 * All functions act on the current thread's memory, in thread context, and give
 * -EFAULT for a word that cannot be read, -EINVAL for one that is not aligned.
 */
#ifndef LWK_PROC_FUTEX_H
#define LWK_PROC_FUTEX_H

#include "kernel/lib/types.h"

struct deadline;

#define FUTEX_ALL_BITS 0xffffffffU

/* Sleep while *at is `expected`. 0: woken; -EAGAIN: it is not; -ETIMEDOUT; -EINTR: a
 * signal. bitset is not 0. */
int futex_wait(vaddr_t at, bool shared, uint32_t expected, uint32_t bitset,
	       struct deadline *deadline);

/* Sleep on several words at once: the index of one that was woken, or as
 * futex_wait(). */
struct futex_word {
	vaddr_t at;
	bool shared;
	uint32_t expected;
};
#define FUTEX_WORDS_MAX 128
int futex_wait_any(const struct futex_word *words, uint32_t count,
		   struct deadline *deadline);

/* Wake at most `max` waiters that share a bit with bitset. Returns how many. */
int futex_wake(vaddr_t at, bool shared, uint32_t max, uint32_t bitset);

struct futex_pair {
	vaddr_t first;
	vaddr_t second;
	bool shared;
};

/* Wake at most `wake` waiters of the first word, and let at most `move` others wait
 * for the second from now on. With `compare`, only if the first word has that value,
 * else -EAGAIN. Returns how many were woken or moved. */
int futex_requeue(const struct futex_pair *p, uint32_t wake, uint32_t move,
		  const uint32_t *compare);

/* Change the second word as `encoded` says, wake at most max[0] waiters of the first
 * word and, if the old value passes the comparison in `encoded`, max[1] of the second.
 * Returns how many were woken; -ENOSYS: encoded means nothing. futex(2),
 * FUTEX_WAKE_OP. */
int futex_wake_op(const struct futex_pair *p, const uint32_t max[2],
		  uint32_t encoded);

/* Walk the list of robust futexes that the current thread, which ends, may hold; mark
 * them and wake their waiters (set_robust_list(2)). An entry that cannot be read ends
 * the walk. */
void futex_exit_robust(vaddr_t head);

#endif
