/* SPDX-License-Identifier: GPL-2.0 */
/* futex(2), futex_waitv(2), robust lists. */
/* Absent: the operations with priority inheritance. */
#include <asm/errno.h>
#include <asm/unistd.h>
#include <linux/futex.h>
#include <linux/time.h>

#include "kernel/arch/uaccess.h"
#include "kernel/exec/linux_map.h"
#include "kernel/ikc/delegate.h"
#include "kernel/mm/kmalloc.h"
#include "kernel/proc/futex.h"
#include "kernel/proc/process.h"
#include "kernel/proc/wait.h"
#include "kernel/syscall/user_time.h"
#include "kernel/syscall/syscall.h"
#include "kernel/time/clock.h"

/* The result of an interrupted wait. A restart would begin a relative time
 * anew. */
static int64_t interrupted(const struct deadline *deadline, bool absolute)
{
	if (!deadline->tsc)
		return -RESTART_SYS;
	return absolute ? -RESTART_NOHAND : -EINTR;
}

static int64_t wait(struct regs *regs, bool bitset, bool realtime, bool private)
{
	int clock = realtime ? CLOCK_REALTIME : CLOCK_MONOTONIC;
	uint32_t bits = bitset ? (uint32_t)sys_arg(regs, 5) : FUTEX_ALL_BITS;
	struct deadline deadline;
	int error = deadline_from_user(&deadline, sys_arg(regs, 3),
				       bitset ? clock : DEADLINE_RELATIVE);

	if (error)
		return error;
	if (realtime && !bitset)
		return -ENOSYS;
	if (!bits)
		return -EINVAL;
	error = futex_wait(sys_arg(regs, 0), !private,
			   (uint32_t)sys_arg(regs, 2), bits, &deadline);
	return error == -EINTR ? interrupted(&deadline, bitset) : error;
}

/* Linux looks up a shared futex's page even if no thread waits. */
static int check_shared(vaddr_t at, bool private)
{
	uint32_t value;

	if (private || at % sizeof(value) || !user_range_ok(at, sizeof(value)))
		return 0; /* futex.c says what is wrong */
	return copy_from_user(&value, at, sizeof(value));
}

static int64_t wake(struct regs *regs, uint32_t bits, bool private)
{
	int error = bits ? check_shared(sys_arg(regs, 0), private) : -EINVAL;
	int max = (int)sys_arg(regs, 2);

	/* As on Linux, one waiter is woken before the number is checked. */
	return error ? error
		     : futex_wake(sys_arg(regs, 0), !private,
				  (uint32_t)MAX(max, 1), bits);
}

static int64_t requeue(struct regs *regs, bool compare, bool private)
{
	const struct futex_pair pair = {sys_arg(regs, 0), sys_arg(regs, 4),
					!private};
	uint32_t expected = (uint32_t)sys_arg(regs, 5);
	int error;

	if ((int)sys_arg(regs, 2) < 0 || (int)sys_arg(regs, 3) < 0)
		return -EINVAL;
	error = check_shared(sys_arg(regs, 0), private);
	if (!error)
		error = check_shared(sys_arg(regs, 4), private);
	if (error)
		return error;
	return futex_requeue(&pair, (uint32_t)sys_arg(regs, 2),
			     (uint32_t)sys_arg(regs, 3),
			     compare ? &expected : NULL);
}

static int64_t wake_op(struct regs *regs, bool private)
{
	uint32_t max[2] = {(uint32_t)MAX((int)sys_arg(regs, 2), 1),
			   (uint32_t)MAX((int)sys_arg(regs, 3), 1)};
	const struct futex_pair pair = {sys_arg(regs, 0), sys_arg(regs, 4),
					!private};
	int error = check_shared(sys_arg(regs, 0), private);

	return error ? error
		     : futex_wake_op(&pair, max, (uint32_t)sys_arg(regs, 5));
}

static int64_t delegate_futex(const struct regs *regs)
{
	int64_t ret =
		delegate_call(__NR_futex, sys_arg(regs, 0), sys_arg(regs, 1),
			      sys_arg(regs, 2), sys_arg(regs, 3),
			      sys_arg(regs, 4), sys_arg(regs, 5));

	/* A relative time would begin anew, so its end is passed on. */
	if (ret == -EINTR && !sys_arg(regs, 3))
		return -RESTART_SYS;
	return restart_if_interrupted(ret);
}

int64_t sys_futex(struct regs *regs)
{
	int op = (int)sys_arg(regs, 1);
	bool realtime = op & FUTEX_CLOCK_REALTIME;
	bool private = op & FUTEX_PRIVATE_FLAG;

	/* All waiters for a word of Linux's memory wait in Linux. */
	if (!private && user_range_ok(sys_arg(regs, 0), sizeof(uint32_t)) &&
	    linux_is_mapped(sys_arg(regs, 0), sizeof(uint32_t)))
		return delegate_futex(regs);
	op &= FUTEX_CMD_MASK;
	if (op == FUTEX_WAIT || op == FUTEX_WAIT_BITSET)
		return wait(regs, op == FUTEX_WAIT_BITSET, realtime, private);
	if (realtime)
		return -ENOSYS;
	switch (op) {
	case FUTEX_WAKE_BITSET:
		return wake(regs, (uint32_t)sys_arg(regs, 5), private);
	case FUTEX_WAKE:
		return wake(regs, FUTEX_ALL_BITS, private);
	case FUTEX_REQUEUE:
	case FUTEX_CMP_REQUEUE:
		return requeue(regs, op == FUTEX_CMP_REQUEUE, private);
	case FUTEX_WAKE_OP:
		return wake_op(regs, private);
	default:
		return -ENOSYS;
	}
}

static int read_words(struct futex_word *words, vaddr_t at, uint32_t count)
{
	struct futex_waitv one;
	uint32_t i;

	for (i = 0; i < count; i++) {
		if (copy_from_user(&one, at + i * sizeof(one), sizeof(one)))
			return -EFAULT;
		if ((one.flags & ~(uint32_t)(FUTEX_32 | FUTEX_PRIVATE_FLAG)) ||
		    !(one.flags & FUTEX_32) || one.__reserved)
			return -EINVAL;
		words[i].at = one.uaddr;
		words[i].shared = !(one.flags & FUTEX_PRIVATE_FLAG);
		words[i].expected = (uint32_t)one.val;
	}
	return 0;
}

int64_t sys_futex_waitv(struct regs *regs)
{
	uint64_t count = sys_arg(regs, 1);
	struct deadline deadline;
	int clock = (int)sys_arg(regs, 4);
	struct futex_word *words;
	int64_t result;

	if (sys_arg(regs, 2) || !count || count > FUTEX_WORDS_MAX ||
	    !sys_arg(regs, 0) ||
	    (sys_arg(regs, 3) && clock != CLOCK_MONOTONIC &&
	     clock != CLOCK_REALTIME))
		return -EINVAL;
	result = deadline_from_user(&deadline, sys_arg(regs, 3), clock);
	if (result)
		return result;
	words = kmalloc(count * sizeof(*words));
	if (!words)
		return -ENOMEM;
	result = read_words(words, sys_arg(regs, 0), (uint32_t)count);
	if (!result)
		result = futex_wait_any(words, (uint32_t)count, &deadline);
	kfree(words);
	return result == -EINTR ? -RESTART_SYS : result;
}

int64_t sys_set_robust_list(struct regs *regs)
{
	if (sys_arg(regs, 1) != sizeof(struct robust_list_head))
		return -EINVAL;
	current_thread()->robust_list = sys_arg(regs, 0);
	return 0;
}

int64_t sys_get_robust_list(struct regs *regs)
{
	struct process *p = current_process();
	uint64_t bytes = sizeof(struct robust_list_head);
	uint32_t id = (uint32_t)sys_arg(regs, 0);
	struct thread *t;
	vaddr_t head = 0;

	spin_lock(&p->lock);
	t = process_named_thread(id);
	if (t)
		head = t->robust_list;
	spin_unlock(&p->lock);
	if (!t)
		return -ESRCH;
	if (copy_to_user(sys_arg(regs, 2), &bytes, sizeof(bytes)) ||
	    copy_to_user(sys_arg(regs, 1), &head, sizeof(head)))
		return -EFAULT;
	return 0;
}
