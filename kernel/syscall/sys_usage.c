/* SPDX-License-Identifier: GPL-2.0 */
/* System calls about what was used: time and memory. Time in the kernel is not told apart:
 * all of it is the user's. */
#include <asm/errno.h>
#include <asm/unistd.h>
#include <linux/resource.h>
#include <linux/times.h>
#include <linux/wait.h>

#include "kernel/arch/uaccess.h"
#include "kernel/core/panic.h"
#include "kernel/lib/string.h"
#include "kernel/proc/process.h"
#include "kernel/proc/usage.h"
#include "kernel/syscall/syscall.h"
#include "kernel/syscall/usage.h"
#include "kernel/time/clock.h"
#include "kernel/time/timer.h"

#define NS_PER_TICK (1000000000UL / USER_HZ)
#define SI_PID_OFFSET 12 /* in siginfo_t of SIGCHLD */

int64_t sys_times(struct regs *regs)
{
	struct tms tms = {
		.tms_utime = (long)(process_run_ns() / NS_PER_TICK),
		.tms_cutime = (long)(usage_children().run_ns / NS_PER_TICK),
	};

	if (sys_arg(regs, 0) &&
	    copy_to_user(sys_arg(regs, 0), &tms, sizeof(tms)))
		return -EFAULT;
	return (int64_t)(cycles_to_ns(arch_cycles()) / NS_PER_TICK);
}

/* What is known here; the rest of *ru stays. */
static void put_usage(const struct usage *u, struct rusage *ru)
{
	ru->ru_utime.tv_sec = (long)(u->run_ns / 1000000000);
	ru->ru_utime.tv_usec = (long)(u->run_ns % 1000000000 / 1000);
	ru->ru_stime.tv_sec = ru->ru_stime.tv_usec = 0;
	ru->ru_maxrss = (long)(u->peak_bytes >> 10);
}

static struct usage usage_of_thread(void)
{
	const struct thread *t = current_thread();
	struct usage u = usage_self();

	u.run_ns =
		cycles_to_ns(t->run_cycles + arch_cycles() - t->started_cycles);
	return u;
}

int64_t sys_getrusage(struct regs *regs)
{
	int who = (int)sys_arg(regs, 0);
	struct rusage ru;
	struct usage u;

	if (who != RUSAGE_SELF && who != RUSAGE_CHILDREN &&
	    who != RUSAGE_THREAD)
		return -EINVAL;
	u = who == RUSAGE_SELF	     ? usage_self()
	    : who == RUSAGE_CHILDREN ? usage_children()
				     : usage_of_thread();
	memset(&ru, 0, sizeof(ru));
	put_usage(&u, &ru);
	return copy_to_user(sys_arg(regs, 1), &ru, sizeof(ru));
}

/* ---- Waiting ----------------------------------------------------------- */

/* Who was waited for, by a call that returned ret >= 0; 0: nobody that is known. */
static uint32_t waited_for(const struct regs *regs, int64_t ret)
{
	vaddr_t info = sys_arg(regs, 2);
	uint32_t pid = 0;

	if (regs_call(regs) == __NR_wait4)
		return (uint32_t)ret;
	if (info && !copy_from_user(&pid, info + SI_PID_OFFSET, sizeof(pid)))
		return pid;
	return sys_arg(regs, 0) == P_PID ? (uint32_t)sys_arg(regs, 1) : 0;
}

void usage_waited(const struct regs *regs, int64_t ret)
{
	bool is_wait4 = regs_call(regs) == __NR_wait4;
	vaddr_t at = sys_arg(regs, is_wait4 ? 3 : 4);
	bool keep = !is_wait4 && (sys_arg(regs, 3) & WNOWAIT);
	uint32_t pid = waited_for(regs, ret);
	struct rusage ru;
	struct usage u;

	if (!pid || !usage_take(pid, keep, &u) || !at)
		return;
	/* Linux has written what the proxy used. */
	if (copy_from_user(&ru, at, sizeof(ru)))
		return;
	put_usage(&u, &ru);
	copy_to_user(at, &ru, sizeof(ru));
}
