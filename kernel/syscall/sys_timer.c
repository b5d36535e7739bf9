/* SPDX-License-Identifier: GPL-2.0 */
/* System calls about timers that send signals. */
#include <asm/errno.h>
#include <asm/siginfo.h>
#include <linux/signal.h>
#include <linux/time.h>
#include <linux/time_types.h>

#include "kernel/arch/uaccess.h"
#include "kernel/lib/string.h"
#include "kernel/proc/itimer.h"
#include "kernel/syscall/syscall.h"
#include "kernel/syscall/user_time.h"
#include "kernel/time/clock.h"

/* ---- setitimer() ------------------------------------------------------- */

/* struct itimerval: interval, value, in seconds and microseconds. */
static int real_to_user(vaddr_t at, const struct itimer_spec *s)
{
	/* The rest of an armed timer is never given as 0. */
	uint64_t us = (s->value_ns + 999) / 1000;
	int64_t words[4] = {
		(int64_t)(s->interval_ns / NS_PER_S),
		(int64_t)(s->interval_ns % NS_PER_S / 1000),
		(int64_t)(us / 1000000),
		(int64_t)(us % 1000000),
	};

	return copy_to_user(at, words, sizeof(words));
}

_Static_assert(ITIMER_REAL == ITIMER_ID_REAL &&
		       ITIMER_VIRTUAL == ITIMER_ID_VIRTUAL &&
		       ITIMER_PROF == ITIMER_ID_PROF,
	       "timers have Linux's numbers");

static int check_which(uint32_t which)
{
	return which < ITIMER_ID_CREATED ? 0 : -EINVAL;
}

int64_t sys_getitimer(struct regs *regs)
{
	uint32_t which = (uint32_t)sys_arg(regs, 0);
	int error = check_which(which);
	struct itimer_spec now;

	if (error)
		return error;
	itimer_get(which, &now);
	return real_to_user(sys_arg(regs, 1), &now);
}

int64_t sys_setitimer(struct regs *regs)
{
	uint32_t which = (uint32_t)sys_arg(regs, 0);
	int error = check_which(which);
	struct itimer_spec new = {0, 0}, old;
	int64_t words[4];

	if (sys_arg(regs, 1)) {
		if (copy_from_user(words, sys_arg(regs, 1), sizeof(words)))
			return -EFAULT;
		if (time_to_ns(words[0], words[1], 1000000, &new.interval_ns) ||
		    time_to_ns(words[2], words[3], 1000000, &new.value_ns))
			return -EINVAL;
	}
	if (!error)
		error = itimer_set(which, &new, false, &old);
	if (error)
		return error;
	return sys_arg(regs, 2) ? real_to_user(sys_arg(regs, 2), &old) : 0;
}

int64_t sys_alarm(struct regs *regs)
{
	struct itimer_spec new = {.value_ns = (uint32_t)sys_arg(regs, 0) *
					      NS_PER_S},
			   old;
	int error = itimer_set(ITIMER_ID_REAL, &new, false, &old);
	uint64_t left;

	if (error)
		return error;
	/* Rounded as on Linux: to the nearest, but an armed timer never has
	 * 0 left. */
	left = (old.value_ns + NS_PER_S / 2) / NS_PER_S;
	return (int64_t)(old.value_ns && !left ? 1 : left);
}

/* ---- timer_create() ---------------------------------------------------- */

static bool has_timers(int clock)
{
	uint64_t ns;

	return clock == CLOCK_REALTIME_ALARM || clock == CLOCK_BOOTTIME_ALARM ||
	       (clock != CLOCK_REALTIME_COARSE &&
		clock != CLOCK_MONOTONIC_COARSE && !clock_read(clock, &ns));
}

static int target_from_user(vaddr_t at, struct itimer_target *target)
{
	struct process *p = current_process();
	struct sigevent e;
	bool there;

	memset(target, 0, sizeof(*target));
	target->info.code = SI_TIMER;
	target->info.signal = SIGALRM;
	if (!at)
		return 0;
	if (copy_from_user(&e, at, sizeof(e)))
		return -EFAULT;
	if (e.sigev_notify == SIGEV_NONE) {
		target->info.signal = 0;
		return 0;
	}
	if ((e.sigev_notify & ~SIGEV_THREAD_ID) != SIGEV_SIGNAL ||
	    e.sigev_signo < 1 || e.sigev_signo > SIGNAL_COUNT)
		return -EINVAL;
	target->info.signal = e.sigev_signo;
	target->info.timer_value = (uint64_t)e.sigev_value.sival_ptr;
	if (!(e.sigev_notify & SIGEV_THREAD_ID))
		return 0;
	target->thread = (uint32_t)e._sigev_un._tid;
	spin_lock(&p->lock);
	there = process_thread(p, target->thread);
	spin_unlock(&p->lock);
	return there ? 0 : -EINVAL;
}

int64_t sys_timer_create(struct regs *regs)
{
	int clock = (int)sys_arg(regs, 0);
	struct itimer_target target;
	int64_t id;
	int32_t out;
	int error;

	if (!has_timers(clock))
		return -EINVAL;
	error = target_from_user(sys_arg(regs, 1), &target);
	if (error)
		return error;
	id = itimer_create(clock, &target);
	if (id < 0)
		return id;
	out = (int32_t)(id - ITIMER_ID_CREATED);
	if (copy_to_user(sys_arg(regs, 2), &out, sizeof(out))) {
		itimer_delete((uint32_t)id);
		return -EFAULT;
	}
	return 0;
}

static int spec_to_user(vaddr_t at, const struct itimer_spec *s)
{
	struct __kernel_itimerspec out = {
		.it_interval = timespec_of(s->interval_ns),
		.it_value = timespec_of(s->value_ns),
	};

	return copy_to_user(at, &out, sizeof(out));
}

/* Of a program's number; one that no timer has, where it is none. */
static uint32_t timer_id(uint64_t arg)
{
	return (int32_t)arg < 0 ? ~0U : (uint32_t)arg + ITIMER_ID_CREATED;
}

int64_t sys_timer_settime(struct regs *regs)
{
	bool absolute = sys_arg(regs, 1) & TIMER_ABSTIME;
	struct __kernel_itimerspec in;
	struct itimer_spec new, old;
	int error;

	if (!sys_arg(regs, 2))
		return -EINVAL;
	if (copy_from_user(&in, sys_arg(regs, 2), sizeof(in)))
		return -EFAULT;
	if (time_to_ns(in.it_interval.tv_sec, in.it_interval.tv_nsec, NS_PER_S,
		       &new.interval_ns) ||
	    time_to_ns(in.it_value.tv_sec, in.it_value.tv_nsec, NS_PER_S,
		       &new.value_ns))
		return -EINVAL;
	error = itimer_set(timer_id(sys_arg(regs, 0)), &new, absolute, &old);
	if (!error && sys_arg(regs, 3))
		error = spec_to_user(sys_arg(regs, 3), &old);
	return error;
}

int64_t sys_timer_gettime(struct regs *regs)
{
	struct itimer_spec now;
	int error = itimer_get(timer_id(sys_arg(regs, 0)), &now);

	return error ? error : spec_to_user(sys_arg(regs, 1), &now);
}

int64_t sys_timer_getoverrun(struct regs *regs)
{
	return itimer_overrun(timer_id(sys_arg(regs, 0)));
}

int64_t sys_timer_delete(struct regs *regs)
{
	return itimer_delete(timer_id(sys_arg(regs, 0)));
}
