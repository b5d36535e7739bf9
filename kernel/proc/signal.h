/* SPDX-License-Identifier: GPL-2.0 */
/* Signals of a process: what is pending, blocked, and to be done. Pure policy;
 * frames on the user's stack are the architecture's (arch/signal.h). Belongs to
 * the process's CPU; no lock.
 *
 * Stop signals (SIGSTOP, SIGTSTP, ...) are dropped here when their action is the
 * default: job control stops the proxy, and with it every delegated call; the
 * program itself goes on computing.
 */
#ifndef LWK_PROC_SIGNAL_H
#define LWK_PROC_SIGNAL_H

#include <asm/signal.h>

#include "kernel/lib/types.h"

#define SIGNAL_COUNT 64
#define SIGNAL_BIT(sig) (1UL << ((sig)-1))
#define SIGNALS_UNBLOCKABLE (SIGNAL_BIT(SIGKILL) | SIGNAL_BIT(SIGSTOP))

/* Layout of rt_sigaction(2)'s kernel structure. */
struct signal_action {
	uint64_t handler; /* SIG_DFL, SIG_IGN or an address */
	uint64_t flags;
	uint64_t restorer;
	uint64_t mask;
};

struct signal_info {
	int32_t signal;
	int32_t code; /* si_code */
	uint64_t address; /* faults: si_addr */
	uint32_t pid; /* kill: sender */
	uint32_t uid;
};

struct signals {
	uint64_t pending;
	uint64_t blocked;
	uint64_t saved_blocked; /* rt_sigsuspend: mask to return to */
	bool restore_saved;
	uint64_t kept; /* rt_sigtimedwait: the mask proper; these are not
			* dropped, though they may be unblocked meanwhile */
	struct signal_action action[SIGNAL_COUNT]; /* [sig - 1] */
	struct signal_info info[SIGNAL_COUNT]; /* of those pending */
	vaddr_t altstack;
	uint64_t altstack_bytes; /* 0 = none */
};

/* What a signal does when nobody handles it. */
enum signal_default { SIGNAL_TERMINATE, SIGNAL_DROP };
enum signal_default signal_default_action(int signal);

/* Post a signal. Returns true where it is to be delivered now (not blocked, not
 * dropped): the thread should be woken. info->signal is 1..64. */
bool signals_send(struct signals *s, const struct signal_info *info);

/* Post a fault of the program itself: it cannot be blocked or ignored; where it
 * is, the default action comes back (and ends the program). */
void signals_force(struct signals *s, const struct signal_info *info);

/* SIGKILL, from the kernel itself. */
void signals_kill(struct signals *s);

static inline bool signals_deliverable(const struct signals *s)
{
	return s->pending & ~s->blocked;
}

/* Would the next signal end the program? */
bool signals_fatal(const struct signals *s);

/* Take the next deliverable signal among `set`, faults first, then the lowest
 * number. False: none. */
bool signals_take(struct signals *s, uint64_t set, struct signal_info *out);

/* Set an action; drops what is pending and would now be ignored. -EINVAL for a
 * signal that cannot be caught. old may be NULL, new too. */
int signals_set_action(struct signals *s, int signal,
		       const struct signal_action *new,
		       struct signal_action *old);

/* What a program inherits: signals that are ignored and blocked, bit n - 1. */
void signals_inherit(struct signals *s, uint64_t ignored, uint64_t blocked);

/* Set the mask; SIGKILL and SIGSTOP stay unblocked. */
void signals_set_blocked(struct signals *s, uint64_t blocked);

#endif
