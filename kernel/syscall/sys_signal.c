/* SPDX-License-Identifier: GPL-2.0 */
/* System calls about signals, and their delivery. */
#include <asm/errno.h>
#include <asm/siginfo.h>

#include "kernel/arch/signal.h"
#include "kernel/arch/uaccess.h"
#include "kernel/core/panic.h"
#include "kernel/ikc/delegate.h"
#include "kernel/proc/process.h"
#include "kernel/proc/sched.h"
#include "kernel/syscall/sleep.h"
#include "kernel/syscall/syscall.h"

#define SYSCALL_INSTRUCTION_BYTES 2
#define SS_ONSTACK 1
#define SS_DISABLE 2
#define SA_NODEFER_FLAG 0x40000000UL
#define SA_RESETHAND_FLAG 0x80000000UL
#define SA_RESTART_FLAG 0x10000000UL
#define MINIMUM_ALTSTACK 2048

static struct signals *mine(void)
{
	return &current_process()->signals;
}

int64_t sys_rt_sigaction(struct regs *regs)
{
	vaddr_t from = sys_arg(regs, 1), to = sys_arg(regs, 2);
	struct signal_action new, old;
	int error;

	if (sys_arg(regs, 3) != sizeof(uint64_t))
		return -EINVAL;
	if (from && copy_from_user(&new, from, sizeof(new)))
		return -EFAULT;
	error = signals_set_action(mine(), (int)sys_arg(regs, 0),
				   from ? &new : NULL, &old);
	if (!error && to && copy_to_user(to, &old, sizeof(old)))
		return -EFAULT;
	return error;
}

int64_t sys_rt_sigprocmask(struct regs *regs)
{
	struct signals *s = mine();
	uint64_t old = s->blocked, set;

	if (sys_arg(regs, 3) != sizeof(uint64_t))
		return -EINVAL;
	if (sys_arg(regs, 1)) {
		if (copy_from_user(&set, sys_arg(regs, 1), sizeof(set)))
			return -EFAULT;
		switch (sys_arg(regs, 0)) {
		case SIG_BLOCK:
			signals_set_blocked(s, old | set);
			break;
		case SIG_UNBLOCK:
			signals_set_blocked(s, old & ~set);
			break;
		case SIG_SETMASK:
			signals_set_blocked(s, set);
			break;
		default:
			return -EINVAL;
		}
	}
	if (sys_arg(regs, 2))
		return copy_to_user(sys_arg(regs, 2), &old, sizeof(old));
	return 0;
}

int64_t sys_rt_sigpending(struct regs *regs)
{
	uint64_t set = mine()->pending & mine()->blocked;

	if (sys_arg(regs, 1) > sizeof(set))
		return -EINVAL;
	return copy_to_user(sys_arg(regs, 0), &set, sys_arg(regs, 1));
}

/* SS_ONSTACK means the same as no flag: Linux takes it, though POSIX does not. */
static int set_altstack(struct signals *s, const stack_t *new)
{
	bool none = new->ss_flags == SS_DISABLE;

	if (!none && new->ss_flags &&new->ss_flags != SS_ONSTACK)
		return -EINVAL;
	if (!none && new->ss_size < MINIMUM_ALTSTACK)
		return -ENOMEM;
	s->altstack = none ? 0 : (vaddr_t) new->ss_sp;
	s->altstack_bytes = none ? 0 : new->ss_size;
	return 0;
}

int64_t sys_sigaltstack(struct regs *regs)
{
	struct signals *s = mine();
	stack_t old = {
		.ss_sp = (void *)s->altstack,
		.ss_size = s->altstack_bytes,
		.ss_flags = SS_DISABLE,
	};
	bool on_it = signal_on_altstack(s, regs->rsp);
	stack_t new;
	int error;

	if (s->altstack_bytes)
		old.ss_flags = on_it ? SS_ONSTACK : 0;
	if (sys_arg(regs, 0)) {
		if (copy_from_user(&new, sys_arg(regs, 0), sizeof(new)))
			return -EFAULT;
		if (on_it)
			return -EPERM;
		error = set_altstack(s, &new);
		if (error)
			return error;
	}
	if (sys_arg(regs, 1))
		return copy_to_user(sys_arg(regs, 1), &old, sizeof(old));
	return 0;
}

/* The handler's frame is gone or not a frame: nothing sensible to go back to. */
static void bad_frame(void)
{
	struct signal_info info = {.signal = SIGSEGV, .code = SI_KERNEL};

	signals_force(mine(), &info);
}

int64_t sys_rt_sigreturn(struct regs *regs)
{
	stack_t altstack;
	uint64_t mask;

	if (arch_signal_return(regs, &mask, &altstack)) {
		bad_frame();
	} else {
		signals_set_blocked(mine(), mask);
		/* What is no stack, or the one in use, changes nothing. */
		if (!signal_on_altstack(mine(), regs->rsp))
			set_altstack(mine(), &altstack);
	}
	return (int64_t)regs->rax;
}

/* Signals to the process itself are local; others are Linux's to send, to the
 * proxies of other processes of the LWK too. */
static int64_t send_to_self(int signal, int code)
{
	struct process *p = current_process();
	struct signal_info info = {
		.signal = signal,
		.code = code,
		.pid = p->pid,
		.uid = p->uid,
	};

	if (signal < 0 || signal > SIGNAL_COUNT)
		return -EINVAL;
	if (signal)
		signals_send(&p->signals, &info);
	return 0;
}

int64_t sys_kill(struct regs *regs)
{
	if ((int)sys_arg(regs, 0) == (int)current_process()->pid)
		return send_to_self((int)sys_arg(regs, 1), SI_USER);
	return delegate_as_is(regs);
}

int64_t sys_tkill(struct regs *regs)
{
	if (sys_arg(regs, 0) == current_thread()->id)
		return send_to_self((int)sys_arg(regs, 1), SI_TKILL);
	return -ESRCH;
}

int64_t sys_tgkill(struct regs *regs)
{
	if ((int)sys_arg(regs, 0) != (int)current_process()->pid)
		return delegate_as_is(regs);
	if (sys_arg(regs, 1) != current_thread()->id)
		return -ESRCH;
	return send_to_self((int)sys_arg(regs, 2), SI_TKILL);
}

int64_t sys_pause(struct regs *regs)
{
	(void)regs;
	while (!signals_deliverable(mine()))
		sleep_for_signal(NULL);
	return -RESTART_NOHAND;
}

int64_t sys_rt_sigsuspend(struct regs *regs)
{
	struct signals *s = mine();
	uint64_t set;

	if (sys_arg(regs, 1) != sizeof(set))
		return -EINVAL;
	if (copy_from_user(&set, sys_arg(regs, 0), sizeof(set)))
		return -EFAULT;
	s->saved_blocked = s->blocked;
	s->restore_saved = true;
	signals_set_blocked(s, set);
	while (!signals_deliverable(s))
		sleep_for_signal(NULL);
	return -RESTART_NOHAND;
}

int64_t sys_rt_sigtimedwait(struct regs *regs)
{
	struct signals *s = mine();
	uint64_t set, blocked = s->blocked;
	struct signal_info info;
	struct sleep sleep;
	char user_info[128];
	int error;

	if (sys_arg(regs, 3) != sizeof(set))
		return -EINVAL;
	if (copy_from_user(&set, sys_arg(regs, 0), sizeof(set)))
		return -EFAULT;
	set &= ~SIGNALS_UNBLOCKABLE;
	error = sleep_from_user(&sleep, sys_arg(regs, 2), SLEEP_RELATIVE);
	if (error)
		return error;
	/* Those waited for count as deliverable meanwhile, so that they wake. */
	s->kept = blocked;
	s->blocked = blocked & ~set;
	while (!(s->pending & set) && !signals_deliverable(s) &&
	       !sleep_is_over(&sleep))
		sleep_for_signal(&sleep);
	s->blocked = blocked;
	s->kept = 0;
	if (!signals_take(s, set, &info))
		return signals_deliverable(s) ? -EINTR : -EAGAIN;
	signal_info_to_user(&info, user_info);
	if (sys_arg(regs, 1) &&
	    copy_to_user(sys_arg(regs, 1), user_info, sizeof(user_info)))
		return -EFAULT;
	return info.signal;
}

static void begin_again(struct regs *regs)
{
	regs->rax = regs->error;
	regs->rip -= SYSCALL_INSTRUCTION_BYTES;
	/* no system call any more: done once */
	regs->vector = 0;
}

/* What an interrupted call returns, or does again, now that a handler with
 * `flags` runs (no_handler: none does). */
static void settle_restart(struct regs *regs, bool no_handler, uint64_t flags)
{
	int64_t ret = (int64_t)regs->rax;

	if (!regs_is_syscall(regs) || ret > -RESTART_SYS ||
	    ret < -RESTART_NOHAND)
		return;
	if (no_handler || ret == -RESTART_ALWAYS ||
	    (ret == -RESTART_SYS && (flags & SA_RESTART_FLAG)))
		begin_again(regs);
	else
		regs->rax = (uint64_t)-EINTR;
}

static void run_handler(struct regs *regs, const struct signal_info *info)
{
	struct signals *s = mine();
	struct signal_action action = s->action[info->signal - 1];
	uint64_t mask = s->restore_saved ? s->saved_blocked : s->blocked;

	settle_restart(regs, false, action.flags);
	if (arch_signal_frame(regs, info, &action, mask)) {
		/* a handler of SIGSEGV that cannot run cannot help itself */
		if (info->signal == SIGSEGV)
			s->action[SIGSEGV - 1].handler = (uint64_t)SIG_DFL;
		bad_frame();
		return;
	}
	s->restore_saved = false;
	if (action.flags & SA_RESETHAND_FLAG)
		s->action[info->signal - 1].handler = (uint64_t)SIG_DFL;
	signals_set_blocked(s, s->blocked | action.mask |
				       (action.flags & SA_NODEFER_FLAG
						? 0
						: SIGNAL_BIT(info->signal)));
	regs->vector = 0; /* further handlers nest on top of this one */
}

void signals_deliver(struct regs *regs)
{
	struct signals *s = mine();
	struct signal_info info;

	while (signals_take(s, ~s->blocked, &info)) {
		uint64_t handler = s->action[info.signal - 1].handler;

		if (handler == (uint64_t)SIG_IGN ||
		    (handler == (uint64_t)SIG_DFL &&
		     signal_default_action(info.signal) == SIGNAL_DROP))
			continue;
		if (handler == (uint64_t)SIG_DFL)
			process_exit(WAIT_STATUS_SIGNAL(info.signal));
		run_handler(regs, &info);
	}
	settle_restart(regs, true, 0);
	if (s->restore_saved) {
		s->restore_saved = false;
		signals_set_blocked(s, s->saved_blocked);
	}
}
