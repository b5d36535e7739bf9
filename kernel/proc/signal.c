/* SPDX-License-Identifier: GPL-2.0 */
/* Signals of a process. See signal.h; actions after signal(7). */
#include <asm/errno.h>

#include "kernel/core/panic.h"
#include "kernel/lib/string.h"
#include "kernel/proc/signal.h"

#define DROPPED                                                            \
	(SIGNAL_BIT(SIGCHLD) | SIGNAL_BIT(SIGURG) | SIGNAL_BIT(SIGWINCH) | \
	 SIGNAL_BIT(SIGCONT) | SIGNAL_BIT(SIGSTOP) | SIGNAL_BIT(SIGTSTP) | \
	 SIGNAL_BIT(SIGTTIN) | SIGNAL_BIT(SIGTTOU))
#define FAULTS                                                           \
	(SIGNAL_BIT(SIGSEGV) | SIGNAL_BIT(SIGBUS) | SIGNAL_BIT(SIGFPE) | \
	 SIGNAL_BIT(SIGILL) | SIGNAL_BIT(SIGTRAP) | SIGNAL_BIT(SIGSYS))

enum signal_default signal_default_action(int signal)
{
	return DROPPED & SIGNAL_BIT(signal) ? SIGNAL_DROP : SIGNAL_TERMINATE;
}

static bool is_dropped(const struct signals *s, int signal)
{
	uint64_t handler = s->action[signal - 1].handler;

	if (handler == (uint64_t)SIG_IGN)
		return true;
	return handler == (uint64_t)SIG_DFL &&
	       signal_default_action(signal) == SIGNAL_DROP;
}

static void post(struct signals *s, const struct signal_info *info)
{
	/* one of each number, as for Linux's standard signals */
	if (s->pending & SIGNAL_BIT(info->signal))
		return;
	s->pending |= SIGNAL_BIT(info->signal);
	s->info[info->signal - 1] = *info;
}

bool signals_send(struct signals *s, const struct signal_info *info)
{
	uint64_t bit = SIGNAL_BIT(info->signal);

	ASSERT(info->signal >= 1 && info->signal <= SIGNAL_COUNT);
	if (!((s->blocked | s->kept) & bit) && is_dropped(s, info->signal))
		return false;
	post(s, info);
	return !(s->blocked & bit);
}

void signals_force(struct signals *s, const struct signal_info *info)
{
	uint64_t bit = SIGNAL_BIT(info->signal);
	struct signal_action *a = &s->action[info->signal - 1];

	if ((s->blocked & bit) || a->handler == (uint64_t)SIG_IGN) {
		a->handler = (uint64_t)SIG_DFL;
		s->blocked &= ~bit;
	}
	s->pending &= ~bit; /* this one goes first */
	post(s, info);
}

void signals_kill(struct signals *s)
{
	struct signal_info info = {.signal = SIGKILL};

	post(s, &info);
}

bool signals_fatal(const struct signals *s)
{
	uint64_t set = s->pending & ~s->blocked & ~DROPPED;

	for (; set; set &= set - 1)
		if (s->action[__builtin_ctzl(set)].handler == (uint64_t)SIG_DFL)
			return true;
	return false;
}

bool signals_take(struct signals *s, uint64_t set, struct signal_info *out)
{
	uint64_t candidates = s->pending & set;
	int sig;

	if (!candidates)
		return false;
	if (candidates & SIGNAL_BIT(SIGKILL))
		candidates = SIGNAL_BIT(SIGKILL);
	else if (candidates & FAULTS)
		candidates &= FAULTS;
	sig = __builtin_ctzl(candidates) + 1;
	s->pending &= ~SIGNAL_BIT(sig);
	*out = s->info[sig - 1];
	return true;
}

int signals_set_action(struct signals *s, int signal,
		       const struct signal_action *new,
		       struct signal_action *old)
{
	if (signal < 1 || signal > SIGNAL_COUNT ||
	    (new && (SIGNALS_UNBLOCKABLE & SIGNAL_BIT(signal))))
		return -EINVAL;
	if (old)
		*old = s->action[signal - 1];
	if (!new)
		return 0;
	s->action[signal - 1] = *new;
	s->action[signal - 1].mask &= ~SIGNALS_UNBLOCKABLE;
	if (is_dropped(s, signal))
		s->pending &= ~SIGNAL_BIT(signal);
	return 0;
}

void signals_set_blocked(struct signals *s, uint64_t blocked)
{
	s->blocked = blocked & ~SIGNALS_UNBLOCKABLE;
}

void signals_inherit(struct signals *s, uint64_t ignored, uint64_t blocked)
{
	int sig;

	ignored &= ~SIGNALS_UNBLOCKABLE;
	for (sig = 1; sig <= SIGNAL_COUNT; sig++)
		if (ignored & SIGNAL_BIT(sig))
			s->action[sig - 1].handler = (uint64_t)SIG_IGN;
	signals_set_blocked(s, blocked);
}
