/* SPDX-License-Identifier: GPL-2.0 */
/* futex(2), of processes with one thread. */
/*
 * No second thread can wait or wake: nothing wakes anybody (the answer is 0), and
 * a wait ends by its time or by a signal. Programs need it all the same: glibc's
 * pthread_once() wakes whoever may wait, and aborts where there is no futex. Memory
 * is shared with no other process (but the proxy, which touches no futex), so what
 * is read or changed here needs no atomic access.
 *
 * Results and their order are Linux's (futex(2); kernel/futex there). Absent: the
 * operations with priority inheritance.
 */
#include <asm/errno.h>
#include <linux/futex.h>
#include <linux/time.h>

#include "kernel/arch/uaccess.h"
#include "kernel/proc/process.h"
#include "kernel/syscall/sleep.h"
#include "kernel/syscall/syscall.h"

/* An address that could name a futex of this kind: 0, -EINVAL, -EFAULT. A private
 * one need not be mapped. */
static int check_address(vaddr_t at, bool private)
{
	uint32_t value;

	if (at % sizeof(value))
		return -EINVAL;
	if (!user_range_ok(at, sizeof(value)))
		return -EFAULT;
	return private ? 0 : copy_from_user(&value, at, sizeof(value));
}

static int64_t wait(vaddr_t at, uint32_t expected, const struct sleep *sleep,
		    bool absolute)
{
	const struct signals *sig = &current_process()->signals;
	uint32_t value;
	int error = check_address(at, true);

	if (error)
		return error;
	if (copy_from_user(&value, at, sizeof(value)))
		return -EFAULT;
	if (value != expected)
		return -EAGAIN;
	while (!sleep_is_over(sleep)) {
		/* A relative time would begin anew. */
		if (signals_deliverable(sig))
			return !sleep->deadline ? -RESTART_SYS
			       : absolute	? -RESTART_NOHAND
						: -EINTR;
		sleep_for_signal(sleep);
	}
	return -ETIMEDOUT;
}

static int64_t sys_wait(struct regs *regs, bool bitset, bool realtime)
{
	int clock = realtime ? CLOCK_REALTIME : CLOCK_MONOTONIC;
	struct sleep sleep;
	int error = sleep_from_user(&sleep, sys_arg(regs, 3),
				    bitset ? clock : SLEEP_RELATIVE);

	if (error)
		return error;
	if (realtime && !bitset)
		return -ENOSYS;
	if (bitset && !(uint32_t)sys_arg(regs, 5))
		return -EINVAL;
	return wait(sys_arg(regs, 0), (uint32_t)sys_arg(regs, 2), &sleep,
		    bitset);
}

static int64_t requeue(struct regs *regs, bool compare, bool private)
{
	vaddr_t from = sys_arg(regs, 0), to = sys_arg(regs, 4);
	uint32_t value;
	int error;

	if ((int)sys_arg(regs, 2) < 0 || (int)sys_arg(regs, 3) < 0)
		return -EINVAL;
	error = check_address(from, private);
	if (!error)
		error = check_address(to, private);
	if (error || !compare)
		return error;
	if (copy_from_user(&value, from, sizeof(value)))
		return -EFAULT;
	return value == (uint32_t)sys_arg(regs, 5) ? 0 : -EAGAIN;
}

/* The operation that FUTEX_WAKE_OP's last argument describes, on *value. Whether it
 * then would wake the second address's waiters does not matter: there are none. */
static int apply(uint32_t encoded, uint32_t *value)
{
	unsigned int op = encoded >> 28 & 7, compare = encoded >> 24 & 15;
	/* 12 bits, signed */
	uint32_t operand = (uint32_t)((int32_t)(encoded << 8) >> 20);

	if (encoded >> 28 & FUTEX_OP_OPARG_SHIFT)
		operand = 1U << (operand & 31);
	switch (op) {
	case FUTEX_OP_SET:
		*value = operand;
		break;
	case FUTEX_OP_ADD:
		*value += operand;
		break;
	case FUTEX_OP_OR:
		*value |= operand;
		break;
	case FUTEX_OP_ANDN:
		*value &= ~operand;
		break;
	case FUTEX_OP_XOR:
		*value ^= operand;
		break;
	default:
		return -ENOSYS;
	}
	return compare <= FUTEX_OP_CMP_GE ? 0 : -ENOSYS;
}

static int64_t wake_op(struct regs *regs, bool private)
{
	vaddr_t at = sys_arg(regs, 4);
	uint32_t value;
	int error = check_address(sys_arg(regs, 0), private), applied;

	if (!error)
		error = check_address(at, private);
	if (error)
		return error;
	if (copy_from_user(&value, at, sizeof(value)))
		return -EFAULT;
	applied = apply((uint32_t)sys_arg(regs, 5), &value);
	return copy_to_user(at, &value, sizeof(value)) ? -EFAULT : applied;
}

int64_t sys_futex(struct regs *regs)
{
	int op = (int)sys_arg(regs, 1);
	bool realtime = op & FUTEX_CLOCK_REALTIME;
	bool private = op & FUTEX_PRIVATE_FLAG;

	op &= FUTEX_CMD_MASK;
	if (op == FUTEX_WAIT || op == FUTEX_WAIT_BITSET)
		return sys_wait(regs, op == FUTEX_WAIT_BITSET, realtime);
	if (realtime)
		return -ENOSYS;
	switch (op) {
	case FUTEX_WAKE_BITSET:
		if (!(uint32_t)sys_arg(regs, 5))
			return -EINVAL;
		return check_address(sys_arg(regs, 0), private);
	case FUTEX_WAKE:
		return check_address(sys_arg(regs, 0), private);
	case FUTEX_REQUEUE:
	case FUTEX_CMP_REQUEUE:
		return requeue(regs, op == FUTEX_CMP_REQUEUE, private);
	case FUTEX_WAKE_OP:
		return wake_op(regs, private);
	default:
		return -ENOSYS;
	}
}
