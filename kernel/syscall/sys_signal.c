/* SPDX-License-Identifier: GPL-2.0 */
/* System calls about signals. */
#include <asm/errno.h>
#include <asm/siginfo.h>
#include <linux/signal.h>

#include "kernel/abi/slot.h"
#include "kernel/arch/signal.h"
#include "kernel/arch/uaccess.h"
#include "kernel/entry/deliver.h"
#include "kernel/ikc/delegate.h"
#include "kernel/proc/process.h"
#include "kernel/proc/wait.h"
#include "kernel/syscall/user_time.h"
#include "kernel/time/clock.h"
#include "kernel/syscall/syscall.h"

#define MINIMUM_ALTSTACK 2048

static struct thread_signals *mine(void)
{
	return &current_thread()->signals;
}

static uint64_t as_proxy_knows(int signal, const struct signal_action *a)
{
	uint64_t action = a->handler == (uint64_t)SIG_DFL ? LWK_SIGNAL_DEFAULT
			  : a->handler == (uint64_t)SIG_IGN
				  ? LWK_SIGNAL_IGNORE
				  : LWK_SIGNAL_HANDLER;

	if (signal == SIGCHLD && (a->flags & SA_NOCLDWAIT))
		action |= LWK_SIGNAL_NO_WAIT;
	if (signal == SIGCHLD && (a->flags & SA_NOCLDSTOP))
		action |= LWK_SIGNAL_NO_STOP;
	return action;
}

/* Tell the proxy an action that it does not know yet. */
static void mirror(int signal, const struct signal_action *old,
		   const struct signal_action *new)
{
	uint64_t action = as_proxy_knows(signal, new);

	if (as_proxy_knows(signal, old) != action)
		delegate_call(LWK_PROXY_SIGNAL, (uint64_t)signal, action);
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
	error = signals_set_action((int)sys_arg(regs, 0), from ? &new : NULL,
				   &old);
	if (!error && from && LWK_SIGNAL_IS_MIRRORED((int)sys_arg(regs, 0)))
		mirror((int)sys_arg(regs, 0), &old, &new);
	if (!error && to && copy_to_user(to, &old, sizeof(old)))
		return -EFAULT;
	return error;
}

int64_t sys_rt_sigprocmask(struct regs *regs)
{
	uint64_t old = mine()->blocked, set;

	if (sys_arg(regs, 3) != sizeof(uint64_t))
		return -EINVAL;
	if (sys_arg(regs, 1)) {
		if (copy_from_user(&set, sys_arg(regs, 1), sizeof(set)))
			return -EFAULT;
		switch (sys_arg(regs, 0)) {
		case SIG_BLOCK:
			signals_set_blocked(old | set);
			break;
		case SIG_UNBLOCK:
			signals_set_blocked(old & ~set);
			break;
		case SIG_SETMASK:
			signals_set_blocked(set);
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
	uint64_t set = signals_pending(&current_process()->signals, mine(),
				       mine()->blocked);

	if (sys_arg(regs, 1) > sizeof(set))
		return -EINVAL;
	return copy_to_user(sys_arg(regs, 0), &set, sys_arg(regs, 1));
}

/* SS_ONSTACK means the same as no flag: Linux accepts it, although POSIX does not. */
static int set_altstack(struct thread_signals *s, const stack_t *new)
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
	struct thread_signals *s = mine();
	stack_t old = {
		.ss_sp = (void *)s->altstack,
		.ss_size = s->altstack_bytes,
		.ss_flags = SS_DISABLE,
	};
	bool on_it = signal_on_altstack(s, regs_sp(regs));
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

int64_t sys_rt_sigreturn(struct regs *regs)
{
	stack_t altstack;
	uint64_t mask;

	if (arch_signal_return(regs, &mask, &altstack)) {
		signals_bad_frame();
	} else {
		signals_set_blocked(mask);
		/* An invalid stack, or a change of the one in use, changes
		 * nothing. */
		if (!signal_on_altstack(mine(), regs_sp(regs)))
			set_altstack(mine(), &altstack);
	}
	return regs_result(regs);
}

/* Signals to the process itself and its threads are local. Linux sends all others,
 * even to the proxies of other processes of the LWK. */
static struct signal_info sent_by_me(int signal, int code)
{
	const struct process *p = current_process();

	return (struct signal_info){
		.signal = signal,
		.code = code,
		.pid = p->pid,
		.uid = p->uid,
	};
}

static int64_t check_signal(int signal)
{
	return signal < 0 || signal > SIGNAL_COUNT ? -EINVAL : 0;
}

/* For calls whose first argument is a process, or processes. */
static int64_t send_by_pid(struct regs *regs, const struct signal_info *info)
{
	if ((int)sys_arg(regs, 0) != (int)current_process()->pid)
		return delegate_as_is(regs);
	return info->signal ? process_signal(current_process(), info) : 0;
}

int64_t sys_kill(struct regs *regs)
{
	struct signal_info info = sent_by_me((int)sys_arg(regs, 1), SI_USER);
	int64_t error = check_signal(info.signal);

	return error ? error : send_by_pid(regs, &info);
}

/* To a thread of this process. */
static int64_t send_to_thread(uint32_t id, const struct signal_info *info)
{
	struct process *p = current_process();
	int64_t error = -ESRCH;
	struct thread *t;

	spin_lock(&p->lock);
	t = process_thread(p, id);
	if (t)
		error = info->signal ? MIN(thread_signal_locked(t, info), 0)
				     : 0;
	spin_unlock(&p->lock);
	return error;
}

int64_t sys_tkill(struct regs *regs)
{
	struct signal_info info = sent_by_me((int)sys_arg(regs, 1), SI_TKILL);
	int64_t error = check_signal(info.signal);

	if (!error && (int)sys_arg(regs, 0) <= 0)
		error = -EINVAL;
	if (error)
		return error;
	return send_to_thread((uint32_t)sys_arg(regs, 0), &info);
}

/* For calls whose first arguments are a process and one of its threads. */
static int64_t send_by_tgid(struct regs *regs, const struct signal_info *info)
{
	if ((int)sys_arg(regs, 0) <= 0 || (int)sys_arg(regs, 1) <= 0)
		return -EINVAL;
	if ((int)sys_arg(regs, 0) != (int)current_process()->pid)
		return delegate_as_is(regs);
	return send_to_thread((uint32_t)sys_arg(regs, 1), info);
}

int64_t sys_tgkill(struct regs *regs)
{
	struct signal_info info = sent_by_me((int)sys_arg(regs, 2), SI_TKILL);
	int64_t error = check_signal(info.signal);

	return error ? error : send_by_tgid(regs, &info);
}

/* The sender chooses siginfo_t; Linux checks it for other processes. */
static int64_t info_from_user(vaddr_t at, int signal, struct signal_info *info)
{
	if (copy_from_user(info, at, sizeof(*info)))
		return -EFAULT;
	info->signal = signal;
	return check_signal(signal);
}

int64_t sys_rt_sigqueueinfo(struct regs *regs)
{
	struct signal_info info;
	int64_t error =
		info_from_user(sys_arg(regs, 2), (int)sys_arg(regs, 1), &info);

	return error ? error : send_by_pid(regs, &info);
}

int64_t sys_rt_tgsigqueueinfo(struct regs *regs)
{
	struct signal_info info;
	int64_t error =
		info_from_user(sys_arg(regs, 3), (int)sys_arg(regs, 2), &info);

	return error ? error : send_by_tgid(regs, &info);
}

int64_t sys_pause(struct regs *regs)
{
	(void)regs;
	wait_for_signal(WAIT_FOREVER);
	return -RESTART_NOHAND;
}

int64_t sys_rt_sigsuspend(struct regs *regs)
{
	uint64_t set;

	if (sys_arg(regs, 1) != sizeof(set))
		return -EINVAL;
	if (copy_from_user(&set, sys_arg(regs, 0), sizeof(set)))
		return -EFAULT;
	signals_block_until_return(set);
	wait_for_signal(WAIT_FOREVER);
	return -RESTART_NOHAND;
}

static bool is_pending(void *set)
{
	return signals_pending(&current_process()->signals, mine(),
			       *(uint64_t *)set);
}

int64_t sys_rt_sigtimedwait(struct regs *regs)
{
	struct thread_signals *s = mine();
	uint64_t set, blocked = s->blocked;
	struct deadline deadline;
	struct signal_info info;
	char user_info[SIGINFO_BYTES];
	int error;

	if (sys_arg(regs, 3) != sizeof(set))
		return -EINVAL;
	if (copy_from_user(&set, sys_arg(regs, 0), sizeof(set)))
		return -EFAULT;
	set &= ~SIGNALS_UNBLOCKABLE;
	error = deadline_from_user(&deadline, sys_arg(regs, 2),
				   DEADLINE_RELATIVE);
	if (error)
		return error;
	/* The signals that it waits for count as deliverable meanwhile, so that they
	 * wake it. */
	s->kept = blocked;
	signals_set_blocked(blocked & ~set);
	error = wait_until(is_pending, &set, &deadline, WAIT_SIGNALS);
	s->kept = 0;
	signals_set_blocked(blocked);
	if (!signals_take(set, &info))
		return error == -ETIMEDOUT ? -EAGAIN : -EINTR;
	signal_info_to_user(&info, user_info);
	if (sys_arg(regs, 1) &&
	    copy_to_user(sys_arg(regs, 1), user_info, sizeof(user_info)))
		return -EFAULT;
	return info.signal;
}
