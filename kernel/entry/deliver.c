/* SPDX-License-Identifier: GPL-2.0 */
/* Delivery of signals to a thread before it goes back to user mode. */
#include <asm/errno.h>
#include <asm/siginfo.h>

#include "kernel/arch/signal.h"
#include "kernel/entry/deliver.h"
#include "kernel/ikc/restart.h"
#include "kernel/proc/process.h"

static struct thread_signals *mine(void)
{
	return &current_thread()->signals;
}

void signals_bad_frame(void)
{
	struct signal_info info = {.signal = SIGSEGV, .code = SI_KERNEL};

	thread_force_signal(&info);
}

/* Decides whether an interrupted call returns or is made again, now that a
 * handler with `flags` runs (no_handler: none does). */
static void settle_restart(struct regs *regs, bool no_handler, uint64_t flags)
{
	int64_t ret = regs_result(regs);

	if (!restart_is_due(regs))
		return;
	if (no_handler || ret == -RESTART_ALWAYS ||
	    (ret == -RESTART_SYS && (flags & SA_RESTART)))
		regs_repeat_syscall(regs);
	else
		regs_set_result(regs, -EINTR);
}

static void run_handler(struct regs *regs, const struct signal_info *info,
			const struct signal_action *action)
{
	struct thread_signals *s = mine();
	uint64_t mask = s->restore_saved ? s->saved_blocked : s->blocked;
	static const struct signal_action none;

	settle_restart(regs, false, action->flags);
	if (arch_signal_frame(regs, info, action, mask)) {
		/* a handler of SIGSEGV that cannot run would raise it again */
		if (info->signal == SIGSEGV)
			signals_set_action(SIGSEGV, &none, NULL);
		signals_bad_frame();
		return;
	}
	s->restore_saved = false;
	signals_set_blocked(
		s->blocked | action->mask |
		(action->flags & SA_NODEFER ? 0 : SIGNAL_BIT(info->signal)));
	regs_leave_syscall(regs); /* further handlers nest on top of this one */
}

/* Take the next signal and its action. */
static bool take_with_action(struct signal_info *info,
			     struct signal_action *action)
{
	static const struct signal_action none;

	if (!signals_take(~mine()->blocked, info))
		return false;
	signals_set_action(info->signal, NULL, action);
	if (action->handler > (uint64_t)SIG_IGN &&
	    (action->flags & SA_RESETHAND))
		signals_set_action(info->signal, &none, NULL);
	return true;
}

void signals_deliver(struct regs *regs)
{
	struct thread_signals *s = mine();
	struct signal_action action;
	struct signal_info info;

	while (signals_deliverable() && take_with_action(&info, &action)) {
		if (action.handler > (uint64_t)SIG_IGN) {
			run_handler(regs, &info, &action);
		} else if (action.handler == (uint64_t)SIG_DFL &&
			   signal_default_action(info.signal) != SIGNAL_DROP) {
			process_kill(current_process(),
				     WAIT_STATUS_SIGNAL(info.signal));
			thread_exit(0);
		}
	}
	settle_restart(regs, true, 0);
	thread_clear_work(current_thread(), THREAD_WORK_RESTORE);
	if (s->restore_saved) {
		s->restore_saved = false;
		signals_set_blocked(s->saved_blocked);
	}
}
