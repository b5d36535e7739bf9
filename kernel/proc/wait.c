/* SPDX-License-Identifier: GPL-2.0 */
/* The loop in which threads sleep. See wait.h. */
#include <asm/errno.h>

#include "kernel/arch/cpu.h"
#include "kernel/proc/process.h"
#include "kernel/proc/sched.h"
#include "kernel/proc/wait.h"
#include "kernel/time/clock.h"
#include "kernel/time/timer.h"

/* Returns 1 to go on waiting. */
static int look(bool (*done)(void *arg), void *arg, struct deadline *deadline,
		uint32_t flags)
{
	uint32_t work = thread_work(current_thread());

	if (done(arg))
		return 0;
	if ((flags & (WAIT_SIGNALS | WAIT_KILLED)) && (work & THREAD_WORK_DIE))
		return -EINTR;
	if ((flags & WAIT_ENDING) && (work & THREAD_WORK_ABANDON))
		return -EINTR;
	if ((flags & WAIT_SIGNALS) && (work & THREAD_WORK_SIGNAL) &&
	    signals_deliverable())
		return -EINTR;
	if (deadline && deadline->tsc &&
	    arch_cycles() >= deadline_tsc(deadline))
		return -ETIMEDOUT;
	return 1;
}

/* For `lwk ps`: a process sleeps if its only thread does. Returns the state to go back
 * to. */
static uint32_t show_sleep(struct process *p)
{
	uint32_t was = p->page->state;

	if (was == LWK_PROC_RUNNABLE && process_is_single())
		process_set_state(p, LWK_PROC_SLEEPING);
	return was == LWK_PROC_SLEEPING ? LWK_PROC_RUNNABLE : was;
}

static int sleep_until(bool (*done)(void *arg), void *arg,
		       struct deadline *deadline, uint32_t flags)
{
	bool timed = deadline && deadline->tsc;
	struct process *p = current_process();
	struct timer timer;
	uint32_t was;
	int result;

	thread_prepare_to_block();
	/* The state is visible before this look, so a wake is not lost. */
	result = look(done, arg, deadline, flags);
	if (result != 1 || kernel_poll_needed()) {
		thread_stay();
		return result;
	}
	if (timed)
		timer_start(&timer, deadline_tsc(deadline));
	was = show_sleep(p);
	schedule();
	process_set_state(p, was);
	if (timed)
		timer_cancel(&timer);
	return 1;
}

int wait_until(bool (*done)(void *arg), void *arg, struct deadline *deadline,
	       uint32_t flags)
{
	int result;

	do {
		if (kernel_poll_needed())
			kernel_poll();
		result = look(done, arg, deadline, flags);
		if (result == 1)
			result = sleep_until(done, arg, deadline, flags);
	} while (result == 1);
	return result;
}

static bool never(void *arg)
{
	(void)arg;
	return false;
}

int wait_for_signal(struct deadline *deadline)
{
	return wait_until(never, NULL, deadline, WAIT_SIGNALS);
}
