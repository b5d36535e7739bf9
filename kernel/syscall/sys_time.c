/* SPDX-License-Identifier: GPL-2.0 */
/* System calls about time, and sleeping. */
#include <asm/errno.h>
#include <linux/time.h>
#include <linux/time_types.h>

#include "kernel/arch/cpu.h"
#include "kernel/arch/uaccess.h"
#include "kernel/proc/process.h"
#include "kernel/proc/sched.h"
#include "kernel/proc/wait.h"
#include "kernel/syscall/user_time.h"
#include "kernel/syscall/syscall.h"
#include "kernel/time/clock.h"
#include "kernel/time/timer.h"

/* The longest sleep that differs from "for ever": 100 years. */
#define SECONDS_MAX (100UL * 365 * 86400)

int time_to_ns(int64_t seconds, int64_t part, int64_t parts_per_s, uint64_t *ns)
{
	if (seconds < 0 || part < 0 || part >= parts_per_s)
		return -EINVAL;
	*ns = MIN((uint64_t)seconds, SECONDS_MAX) * NS_PER_S +
	      (uint64_t)part * (NS_PER_S / (uint64_t)parts_per_s);
	return 0;
}

static int time_from_user(uint64_t *ns, vaddr_t at)
{
	struct __kernel_timespec ts;

	if (copy_from_user(&ts, at, sizeof(ts)))
		return -EFAULT;
	return time_to_ns(ts.tv_sec, ts.tv_nsec, NS_PER_S, ns);
}

static int time_to_user(vaddr_t at, uint64_t ns)
{
	const struct __kernel_timespec ts = timespec_of(ns);

	return copy_to_user(at, &ts, sizeof(ts));
}

static int clock_deadline(int clock, uint64_t ns, struct deadline *deadline)
{
	int error = deadline_at(clock, ns, deadline);

	return error == -ENODATA ? -ENOSYS : error;
}

int deadline_from_user(struct deadline *deadline, vaddr_t ts, int clock)
{
	uint64_t ns;
	int error;

	*deadline = (struct deadline){0};
	if (!ts)
		return 0;
	error = time_from_user(&ns, ts);
	if (error)
		return error;
	if (clock != DEADLINE_RELATIVE)
		return clock_deadline(clock, ns, deadline);
	*deadline = deadline_in(ns);
	return 0;
}

int64_t sys_clock_gettime(struct regs *regs)
{
	int clock = (int)sys_arg(regs, 0);
	uint64_t ns;
	int error;

	if (clock == CLOCK_PROCESS_CPUTIME_ID)
		return time_to_user(sys_arg(regs, 1), process_run_ns());
	if (clock == CLOCK_THREAD_CPUTIME_ID)
		return time_to_user(
			sys_arg(regs, 1),
			cycles_to_ns(thread_run_cycles(current_thread())));
	error = clock_read(clock, &ns);
	/* Clocks that the LWK does not know, and all while Linux does not
	 * use the TSC. */
	if (error)
		return delegate_as_is(regs);
	return time_to_user(sys_arg(regs, 1), ns);
}

int64_t sys_clock_getres(struct regs *regs)
{
	int clock = (int)sys_arg(regs, 0);
	uint64_t ns;

	/* How coarse is coarse? */
	if (clock == CLOCK_REALTIME_COARSE || clock == CLOCK_MONOTONIC_COARSE ||
	    clock_read(clock, &ns))
		return delegate_as_is(regs);
	return sys_arg(regs, 1) ? time_to_user(sys_arg(regs, 1), 1) : 0;
}

int64_t sys_gettimeofday(struct regs *regs)
{
	uint64_t ns;
	int64_t tv[2];

	/* Linux keeps the time zone. */
	if (sys_arg(regs, 1) || clock_read(CLOCK_REALTIME, &ns))
		return delegate_as_is(regs);
	tv[0] = (int64_t)(ns / NS_PER_S);
	tv[1] = (int64_t)(ns % NS_PER_S / 1000);
	if (sys_arg(regs, 0))
		return copy_to_user(sys_arg(regs, 0), tv, sizeof(tv));
	return 0;
}

int64_t sys_time(struct regs *regs)
{
	uint64_t ns;
	int64_t seconds;

	if (clock_read(CLOCK_REALTIME_COARSE, &ns))
		return delegate_as_is(regs);
	seconds = (int64_t)(ns / NS_PER_S);
	if (sys_arg(regs, 0) &&
	    copy_to_user(sys_arg(regs, 0), &seconds, sizeof(seconds)))
		return -EFAULT;
	return seconds;
}

/* 0, or -EINTR with the rest in *left. */
static int64_t sleep_until(struct deadline *deadline, uint64_t *left_ns)
{
	uint64_t now;

	if (wait_for_signal(deadline) == -ETIMEDOUT)
		return 0;
	now = arch_cycles();
	*left_ns = now < deadline->tsc ? cycles_to_ns(deadline->tsc - now) : 0;
	return -EINTR;
}

static int64_t sleep_relative(uint64_t ns, vaddr_t left_to)
{
	struct deadline deadline = deadline_in(ns);
	uint64_t left;
	int64_t ret = sleep_until(&deadline, &left);

	if (ret && left_to && time_to_user(left_to, left))
		return -EFAULT;
	return ret;
}

int64_t sys_nanosleep(struct regs *regs)
{
	uint64_t ns;
	int error = time_from_user(&ns, sys_arg(regs, 0));

	return error ? error : sleep_relative(ns, sys_arg(regs, 1));
}

int64_t sys_clock_nanosleep(struct regs *regs)
{
	int clock = (int)sys_arg(regs, 0);
	uint64_t ns, now, left;
	struct deadline deadline;
	int64_t error = time_from_user(&ns, sys_arg(regs, 2));

	if (error)
		return error;
	if (sys_arg(regs, 1) & ~(uint64_t)TIMER_ABSTIME)
		return -EINVAL;
	if (!(sys_arg(regs, 1) & TIMER_ABSTIME)) {
		error = clock_read(clock, &now);
		return error == -EINVAL ? -EINVAL
					: sleep_relative(ns, sys_arg(regs, 3));
	}
	error = clock_deadline(clock, ns, &deadline);
	if (error)
		return error;
	error = sleep_until(&deadline, &left);
	/* absolute times are restarted without loss */
	return error == -EINTR ? -RESTART_NOHAND : error;
}
