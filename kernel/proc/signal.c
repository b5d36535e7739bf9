/* SPDX-License-Identifier: GPL-2.0 */
/* Signals of a process and its threads. See signal.h; actions after signal(7). */
#include <asm/errno.h>
#include <asm/siginfo.h>

#include "kernel/core/panic.h"
#include "kernel/lib/string.h"
#include "kernel/mm/kmalloc.h"
#include "kernel/proc/signal.h"

#define DROPPED                                                            \
	(SIGNAL_BIT(SIGCHLD) | SIGNAL_BIT(SIGURG) | SIGNAL_BIT(SIGWINCH) | \
	 SIGNAL_BIT(SIGCONT) | SIGNAL_BIT(SIGSTOP) | SIGNAL_BIT(SIGTSTP) | \
	 SIGNAL_BIT(SIGTTIN) | SIGNAL_BIT(SIGTTOU))
#define FAULTS                                                           \
	(SIGNAL_BIT(SIGSEGV) | SIGNAL_BIT(SIGBUS) | SIGNAL_BIT(SIGFPE) | \
	 SIGNAL_BIT(SIGILL) | SIGNAL_BIT(SIGTRAP) | SIGNAL_BIT(SIGSYS))

struct signal_entry {
	struct list node;
	struct signal_info info;
};

static void init_pending(struct signal_pending *p)
{
	p->set = 0;
	list_init(&p->queue);
}

void signals_init(struct signals *s)
{
	init_pending(&s->pending);
}

void thread_signals_init(struct thread_signals *t)
{
	init_pending(&t->pending);
}

enum signal_default signal_default_action(int signal)
{
	return DROPPED & SIGNAL_BIT(signal) ? SIGNAL_DROP : SIGNAL_TERMINATE;
}

bool signal_is_dropped(const struct signals *s, int signal)
{
	uint64_t handler = s->action[signal - 1].handler;

	if (handler == (uint64_t)SIG_IGN)
		return true;
	return handler == (uint64_t)SIG_DFL &&
	       signal_default_action(signal) == SIGNAL_DROP;
}

bool signal_is_fatal(const struct signals *s, int signal)
{
	return s->action[signal - 1].handler == (uint64_t)SIG_DFL &&
	       signal_default_action(signal) != SIGNAL_DROP;
}

static struct signal_entry *new_entry(struct signals *s,
				      const struct signal_info *info)
{
	struct signal_entry *e;

	if (s->queued >= SIGNAL_QUEUE_MAX)
		return NULL;
	e = kmalloc(sizeof(*e));
	if (!e)
		return NULL;
	s->queued++;
	e->info = *info;
	return e;
}

static void free_entry(struct signals *s, struct signal_entry *e)
{
	list_remove(&e->node);
	s->queued--;
	kfree(e);
}

static void set_bits(struct signal_pending *p, uint64_t set)
{
	/* read without the lock by signals_pending() */
	__atomic_store_n(&p->set, set, __ATOMIC_RELAXED);
}

int signal_post(struct signals *s, struct signal_pending *to,
		const struct signal_info *info)
{
	uint64_t bit = SIGNAL_BIT(info->signal);
	struct signal_entry *e;

	ASSERT(info->signal >= 1 && info->signal <= SIGNAL_COUNT);
	if (info->signal < SIGNAL_REALTIME && (to->set & bit))
		return 0;
	e = new_entry(s, info);
	if (!e && info->signal >= SIGNAL_REALTIME && info->code != SI_USER)
		return -EAGAIN;
	if (e)
		list_push_back(&to->queue, &e->node);
	set_bits(to, to->set | bit);
	return 0;
}

void signal_flush(struct signals *s, struct signal_pending *from, uint64_t set)
{
	struct list *n, *tmp;

	if (!(from->set & set))
		return;
	list_for_each_safe(n, tmp, &from->queue) {
		struct signal_entry *e =
			list_entry(n, struct signal_entry, node);

		if (set & SIGNAL_BIT(e->info.signal))
			free_entry(s, e);
	}
	set_bits(from, from->set & ~set);
}

/* The oldest entry of a signal that is pending, and whether another follows. */
static void take_entry(struct signals *s, struct signal_pending *from,
		       int signal, struct signal_info *out)
{
	struct signal_entry *first = NULL;
	struct list *n;
	bool more = false;

	list_for_each(n, &from->queue) {
		struct signal_entry *e =
			list_entry(n, struct signal_entry, node);

		if (e->info.signal != signal)
			continue;
		more = first != NULL;
		if (more)
			break;
		first = e;
	}
	if (!more)
		set_bits(from, from->set & ~SIGNAL_BIT(signal));
	if (first) {
		*out = first->info;
		free_entry(s, first);
		return;
	}
	memset(out, 0, sizeof(*out));
	out->signal = signal;
	out->code = SI_USER;
}

static bool take_from(struct signals *s, struct signal_pending *from,
		      uint64_t set, struct signal_info *out)
{
	uint64_t candidates = from->set & set;

	if (!candidates)
		return false;
	if (candidates & FAULTS)
		candidates &= FAULTS;
	take_entry(s, from, __builtin_ctzl(candidates) + 1, out);
	return true;
}

bool signal_take(struct signals *s, struct thread_signals *t, uint64_t set,
		 struct signal_info *out)
{
	return take_from(s, &t->pending, set, out) ||
	       take_from(s, &s->pending, set, out);
}

void signal_force(struct signals *s, struct thread_signals *t,
		  const struct signal_info *info)
{
	uint64_t bit = SIGNAL_BIT(info->signal);
	struct signal_action *a = &s->action[info->signal - 1];

	if ((t->blocked & bit) || a->handler == (uint64_t)SIG_IGN) {
		a->handler = (uint64_t)SIG_DFL;
		t->blocked &= ~bit;
	}
	signal_flush(s, &t->pending, bit); /* this one goes first */
	signal_post(s, &t->pending, info);
}

int signal_set_action(struct signals *s, int signal,
		      const struct signal_action *new,
		      struct signal_action *old, uint64_t *flush)
{
	*flush = 0;
	if (signal < 1 || signal > SIGNAL_COUNT ||
	    (new && (SIGNALS_UNBLOCKABLE & SIGNAL_BIT(signal))))
		return -EINVAL;
	if (old)
		*old = s->action[signal - 1];
	if (!new)
		return 0;
	s->action[signal - 1] = *new;
	s->action[signal - 1].mask &= ~SIGNALS_UNBLOCKABLE;
	if (signal_is_dropped(s, signal))
		*flush = SIGNAL_BIT(signal);
	return 0;
}

void signal_reset_actions(struct signals *s)
{
	int sig;

	for (sig = 1; sig <= SIGNAL_COUNT; sig++) {
		struct signal_action *a = &s->action[sig - 1];
		uint64_t handler = a->handler;

		memset(a, 0, sizeof(*a));
		if (handler == (uint64_t)SIG_IGN)
			a->handler = handler;
	}
}

void signal_inherit(struct signals *s, uint64_t ignored)
{
	int sig;

	ignored &= ~SIGNALS_UNBLOCKABLE;
	for (sig = 1; sig <= SIGNAL_COUNT; sig++)
		if (ignored & SIGNAL_BIT(sig))
			s->action[sig - 1].handler = (uint64_t)SIG_IGN;
}

void signal_info_to_user(const struct signal_info *info, void *siginfo)
{
	memset(siginfo, 0, SIGINFO_BYTES);
	memcpy(siginfo, info, sizeof(*info));
}

bool signal_on_altstack(const struct thread_signals *t, vaddr_t sp)
{
	return sp - t->altstack - 1 < t->altstack_bytes;
}

vaddr_t signal_handler_stack(const struct thread_signals *t,
			     const struct signal_action *action, vaddr_t sp)
{
	if ((action->flags & SA_ONSTACK) && t->altstack_bytes &&
	    !signal_on_altstack(t, sp))
		return t->altstack + t->altstack_bytes;
	return sp;
}

bool signal_overflows_altstack(const struct thread_signals *t, vaddr_t from,
			       vaddr_t at)
{
	return signal_on_altstack(t, from) && !signal_on_altstack(t, at);
}
