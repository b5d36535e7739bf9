/* SPDX-License-Identifier: GPL-2.0 */
/* Queues of threads that wait for a word. See futex.h. */
#include <asm/errno.h>
#include <linux/futex.h>

#include "kernel/arch/entry.h"
#include "kernel/arch/uaccess.h"
#include "kernel/core/panic.h"
#include "kernel/mm/kmalloc.h"
#include "kernel/proc/futex.h"
#include "kernel/proc/process.h"
#include "kernel/proc/sched.h"
#include "kernel/proc/wait.h"

#define BUCKETS 256

static struct bucket {
	struct spinlock lock;
	struct list waiters; /* oldest first; NULL links: none yet */
} __attribute__((aligned(64))) buckets[BUCKETS];

/* For private memory, its space and address; for shared memory, NULL and its place in
 * physical memory, which lasts while a waiter's space maps it. */
struct key {
	const struct aspace *space;
	uint64_t at;
};

/* On the waiting thread's stack. Guarded by the lock of `bucket`, which changes only
 * under the locks of the old and the new one. */
struct waiter {
	struct list node;
	struct key key;
	vaddr_t at;
	uint32_t bitset;
	struct bucket *bucket;
	struct thread *thread;
	uint32_t woken; /* written last by the thread that takes it out */
};

static struct key key_of(vaddr_t at, bool shared)
{
	struct aspace *as = current_process()->aspace;
	paddr_t frame = shared ? aspace_shared_frame(as, at) : 0;

	return frame ? (struct key){NULL, frame} : (struct key){as, at};
}

static bool same(const struct key *a, const struct key *b)
{
	return a->space == b->space && a->at == b->at;
}

/* Fibonacci hashing; Knuth, The Art of Computer Programming, vol. 3, 6.4. */
static struct bucket *bucket_of(const struct key *k)
{
	uint64_t x = (k->at >> 2) ^ ((uint64_t)k->space >> 6);

	return &buckets[x * 0x9e3779b97f4a7c15UL >> 56];
}
_Static_assert(BUCKETS == 1 << (64 - 56), "the hash fits the table");

static void lock_bucket(struct bucket *b)
{
	spin_lock(&b->lock);
	if (!b->waiters.next)
		list_init(&b->waiters);
}

/* For operations on two words. */
struct two {
	struct key a, b;
	struct bucket *of_a, *of_b;
};

static void lock_two(const struct two *t)
{
	lock_bucket(MIN(t->of_a, t->of_b));
	if (t->of_a != t->of_b)
		lock_bucket(MAX(t->of_a, t->of_b));
}

static void unlock_two(const struct two *t)
{
	spin_unlock(&t->of_a->lock);
	if (t->of_a != t->of_b)
		spin_unlock(&t->of_b->lock);
}

static int check(vaddr_t at)
{
	if (at % sizeof(uint32_t))
		return -EINVAL;
	return user_range_ok(at, sizeof(uint32_t)) ? 0 : -EFAULT;
}

static int find_two(const struct futex_pair *p, struct two *t)
{
	int error = check(p->first);

	if (!error)
		error = check(p->second);
	if (error)
		return error;
	t->a = key_of(p->first, p->shared);
	t->b = key_of(p->second, p->shared);
	t->of_a = bucket_of(&t->a);
	t->of_b = bucket_of(&t->b);
	return 0;
}

/* Bring the word's page in, after an access that may not do so has failed. */
static int bring_in(vaddr_t at)
{
	uint32_t value;

	return copy_from_user(&value, at, sizeof(value));
}

static int bring_in_writable(vaddr_t at)
{
	return user_page_fault(at, FAULT_WRITE, 0) ? -EFAULT : 0;
}

/* ---- Waiting ----------------------------------------------------------- */

/* Enter the queue if the word is as expected. 0; -EAGAIN; -EFAULT: its page is not
 * present now. */
static int enqueue(struct waiter *w, uint32_t expected)
{
	struct bucket *b = bucket_of(&w->key);
	uint32_t value;
	int error;

	lock_bucket(b);
	error = copy_from_user_nofault(&value, w->at, sizeof(value));
	if (!error && value != expected)
		error = -EAGAIN;
	if (!error) {
		w->bucket = b;
		list_push_back(&b->waiters, &w->node);
	}
	spin_unlock(&b->lock);
	return error;
}

static int enqueue_faulting(struct waiter *w, uint32_t expected)
{
	int error;

	while ((error = enqueue(w, expected)) == -EFAULT)
		if (bring_in(w->at))
			return -EFAULT;
	return error;
}

/* Leave the queue. True: another thread has taken the waiter out before. Afterwards no
 * other uses *w. */
static bool leave_queue(struct waiter *w)
{
	struct bucket *b;
	bool woken;

	for (;;) {
		b = __atomic_load_n(&w->bucket, __ATOMIC_ACQUIRE);
		spin_lock(&b->lock);
		if (b == w->bucket)
			break;
		spin_unlock(&b->lock); /* it was moved meanwhile */
	}
	woken = w->woken;
	if (!woken)
		list_remove(&w->node);
	spin_unlock(&b->lock);
	return woken;
}

static bool is_woken(void *arg)
{
	struct waiter *w = arg;

	return __atomic_load_n(&w->woken, __ATOMIC_ACQUIRE);
}

static struct waiter new_waiter(vaddr_t at, bool shared, uint32_t bitset)
{
	return (struct waiter){
		.key = key_of(at, shared),
		.at = at,
		.bitset = bitset,
		.thread = current_thread(),
	};
}

int futex_wait(vaddr_t at, bool shared, uint32_t expected, uint32_t bitset,
	       struct deadline *deadline)
{
	struct waiter w = new_waiter(at, shared, bitset);
	int error = check(at);

	if (!error)
		error = enqueue_faulting(&w, expected);
	if (error)
		return error;
	error = wait_until(is_woken, &w, deadline, WAIT_SIGNALS);
	return leave_queue(&w) ? 0 : error;
}

struct waiters {
	struct waiter *w;
	uint32_t count;
};

static bool is_any_woken(void *arg)
{
	const struct waiters *all = arg;
	uint32_t i;

	for (i = 0; i < all->count; i++)
		if (is_woken(&all->w[i]))
			return true;
	return false;
}

/* Leave all queues; the index of one that was woken, or -1. */
static int leave_all(const struct waiters *all)
{
	int woken = -1;
	uint32_t i;

	for (i = 0; i < all->count; i++)
		if (leave_queue(&all->w[i]))
			woken = (int)i;
	return woken;
}

static int wait_any(const struct futex_word *words, uint32_t count,
		    struct deadline *deadline, struct waiters *all)
{
	int error = 0, woken;

	for (; all->count < count && !error; all->count++) {
		struct waiter *w = &all->w[all->count];

		*w = new_waiter(words[all->count].at, words[all->count].shared,
				FUTEX_ALL_BITS);
		error = check(w->at);
		if (!error)
			error = enqueue_faulting(w, words[all->count].expected);
		if (error)
			break;
	}
	if (!error)
		error = wait_until(is_any_woken, all, deadline, WAIT_SIGNALS);
	woken = leave_all(all);
	return woken < 0 ? error : woken;
}

int futex_wait_any(const struct futex_word *words, uint32_t count,
		   struct deadline *deadline)
{
	struct waiters all = {.w = kmalloc(count * sizeof(*all.w))};
	int result;

	ASSERT(count && count <= FUTEX_WORDS_MAX);
	if (!all.w)
		return -ENOMEM;
	result = wait_any(words, count, deadline, &all);
	kfree(all.w);
	return result;
}

/* ---- Waking ------------------------------------------------------------ */

/* Take a waiter out and wake it. Caller holds its bucket's lock; the waiter needs that
 * lock to leave, so thread and waiter exist until the lock is released. */
static void wake_one(struct waiter *w)
{
	list_remove(&w->node);
	/* release: pairs with is_woken() */
	__atomic_store_n(&w->woken, 1, __ATOMIC_RELEASE);
	thread_wake(w->thread);
}

static int wake_in(struct bucket *b, const struct key *k, uint32_t max,
		   uint32_t bitset)
{
	struct list *n, *tmp;
	uint32_t woken = 0;

	list_for_each_safe(n, tmp, &b->waiters) {
		struct waiter *w = list_entry(n, struct waiter, node);

		if (woken >= max)
			break;
		if (same(&w->key, k) && (w->bitset & bitset)) {
			wake_one(w);
			woken++;
		}
	}
	return (int)woken;
}

int futex_wake(vaddr_t at, bool shared, uint32_t max, uint32_t bitset)
{
	struct key k = key_of(at, shared);
	struct bucket *b = bucket_of(&k);
	int result = check(at);

	if (result)
		return result;
	lock_bucket(b);
	result = wake_in(b, &k, max, bitset);
	spin_unlock(&b->lock);
	return result;
}

/* ---- Moving ------------------------------------------------------------ */

static uint32_t move(struct bucket *from, const struct key *k,
		     struct bucket *to, const struct key *new, uint32_t max)
{
	struct list *n, *tmp;
	uint32_t moved = 0;

	list_for_each_safe(n, tmp, &from->waiters) {
		struct waiter *w = list_entry(n, struct waiter, node);

		if (moved >= max)
			break;
		if (!same(&w->key, k))
			continue;
		list_remove(&w->node);
		w->key = *new;
		list_push_back(&to->waiters, &w->node);
		__atomic_store_n(&w->bucket, to, __ATOMIC_RELEASE);
		moved++;
	}
	return moved;
}

int futex_requeue(const struct futex_pair *p, uint32_t wake, uint32_t limit,
		  const uint32_t *compare)
{
	struct two t;
	uint32_t value, moved;
	int error = find_two(p, &t), woken;

	if (error)
		return error;
again:
	lock_two(&t);
	if (compare &&
	    copy_from_user_nofault(&value, p->first, sizeof(value))) {
		unlock_two(&t);
		if (bring_in(p->first))
			return -EFAULT;
		goto again;
	}
	if (compare && value != *compare) {
		unlock_two(&t);
		return -EAGAIN;
	}
	woken = wake_in(t.of_a, &t.a, wake, FUTEX_ALL_BITS);
	moved = same(&t.a, &t.b) ? 0 : move(t.of_a, &t.a, t.of_b, &t.b, limit);
	unlock_two(&t);
	return woken + (int)moved;
}

/* ---- FUTEX_WAKE_OP ----------------------------------------------------- */

struct wake_op {
	unsigned int op;
	unsigned int compare;
	int32_t operand;
	int32_t against;
};

static int decode(uint32_t encoded, struct wake_op *o)
{
	o->op = encoded >> 28 & 7;
	o->compare = encoded >> 24 & 15;
	/* two signed numbers of 12 bits */
	o->operand = (int32_t)(encoded << 8) >> 20;
	o->against = (int32_t)(encoded << 20) >> 20;
	if (encoded >> 28 & FUTEX_OP_OPARG_SHIFT)
		o->operand = (int32_t)(1U << (o->operand & 31));
	return o->op <= FUTEX_OP_XOR ? 0 : -ENOSYS;
}

static uint32_t new_value(const struct wake_op *o, uint32_t old)
{
	uint32_t operand = (uint32_t)o->operand;

	switch (o->op) {
	case FUTEX_OP_SET:
		return operand;
	case FUTEX_OP_ADD:
		return old + operand;
	case FUTEX_OP_OR:
		return old | operand;
	case FUTEX_OP_ANDN:
		return old & ~operand;
	default:
		return old ^ operand;
	}
}

/* 1, 0, or -ENOSYS: no such comparison. */
static int fits(const struct wake_op *o, int32_t old)
{
	switch (o->compare) {
	case FUTEX_OP_CMP_EQ:
		return old == o->against;
	case FUTEX_OP_CMP_NE:
		return old != o->against;
	case FUTEX_OP_CMP_LT:
		return old < o->against;
	case FUTEX_OP_CMP_LE:
		return old <= o->against;
	case FUTEX_OP_CMP_GT:
		return old > o->against;
	case FUTEX_OP_CMP_GE:
		return old >= o->against;
	default:
		return -ENOSYS;
	}
}

static int apply(vaddr_t at, const struct wake_op *o, uint32_t *old)
{
	uint32_t seen;

	if (copy_from_user_nofault(old, at, sizeof(*old)))
		return -EFAULT;
	for (;;) {
		if (user_cmpxchg32_nofault(at, *old, new_value(o, *old), &seen))
			return -EFAULT;
		if (seen == *old)
			return 0;
		*old = seen;
	}
}

int futex_wake_op(const struct futex_pair *p, const uint32_t max[2],
		  uint32_t encoded)
{
	struct two t;
	struct wake_op o;
	uint32_t old = 0;
	int error = find_two(p, &t), woken, fit;

	if (!error)
		error = decode(encoded, &o);
	if (error)
		return error;
	for (;;) {
		lock_two(&t);
		if (!apply(p->second, &o, &old))
			break;
		unlock_two(&t);
		if (bring_in_writable(p->second))
			return -EFAULT;
	}
	/* As Linux: an unknown comparison is found when the word has changed. */
	fit = fits(&o, (int32_t)old);
	woken = fit < 0 ? fit : wake_in(t.of_a, &t.a, max[0], FUTEX_ALL_BITS);
	if (fit > 0)
		woken += wake_in(t.of_b, &t.b, max[1], FUTEX_ALL_BITS);
	unlock_two(&t);
	return woken;
}
