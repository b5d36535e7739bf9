/* SPDX-License-Identifier: GPL-2.0 */
/* Signals: which are pending or blocked, and their actions. Pure policy: the architecture
 * makes frames on the user's stack (arch/signal.h), and proc/signal_send.c chooses and
 * wakes threads.
 *
 * The threads of a process share its actions and a queue; each thread has a queue, a mask
 * and an alternate stack of its own. The process's lock, which callers hold, guards all
 * of it, except a thread's own mask and stack: only that thread writes them, and reads
 * them without the lock.
 *
 * SIGKILL is never pending: it ends the process where it is sent (process_kill()).
 *
 * Stop signals (SIGSTOP, SIGTSTP, ...) are dropped here when their action is the
 * default: job control stops the proxy, and with it every delegated call; the
 * program itself goes on computing.
 */
#ifndef LWK_PROC_SIGNAL_H
#define LWK_PROC_SIGNAL_H

#include <asm/signal.h>

#include "kernel/lib/list.h"
#include "kernel/lib/types.h"

#define SIGNAL_COUNT 64
#define SIGNAL_REALTIME 32 /* the first that is queued more than once */
#define SIGNAL_BIT(sig) (1UL << ((sig)-1))
#define SIGNALS_UNBLOCKABLE (SIGNAL_BIT(SIGKILL) | SIGNAL_BIT(SIGSTOP))
/* Entries that a process may have in its queues. */
#define SIGNAL_QUEUE_MAX 4096

/* Layout of rt_sigaction(2)'s kernel structure. */
struct signal_action {
	uint64_t handler; /* SIG_DFL, SIG_IGN or an address */
	uint64_t flags;
	uint64_t restorer;
	uint64_t mask;
};

/* The part of siginfo_t that is not zero, in its layout (sigaction(2);
 * include/uapi/asm-generic/siginfo.h of Linux). */
struct signal_info {
	int32_t signal;
	int32_t error; /* si_errno */
	int32_t code; /* si_code */
	int32_t pad;
	union {
		struct { /* sent by a process; about a child that ended */
			uint32_t pid;
			uint32_t uid;
			uint64_t value; /* or the child's status */
			uint64_t times[2];
		};
		struct { /* of a timer */
			int32_t timer;
			int32_t overrun;
			uint64_t timer_value;
		};
		uint64_t address; /* of a fault */
		uint64_t data[4];
	};
};
_Static_assert(sizeof(struct signal_info) == 48, "the layout of siginfo_t");

struct signal_pending {
	uint64_t set; /* bit n - 1; set even where an entry is missing */
	struct list queue; /* of struct signal_entry, oldest first */
};

/* What the threads of a process share. */
struct signals {
	struct signal_pending pending;
	struct signal_action action[SIGNAL_COUNT]; /* [sig - 1] */
	uint32_t queued; /* entries in all queues of the process */
};

/* Of one thread. */
struct thread_signals {
	struct signal_pending pending;
	uint64_t blocked;
	uint64_t saved_blocked; /* rt_sigsuspend: mask to return to */
	bool restore_saved;
	uint64_t kept; /* rt_sigtimedwait: the true mask; its signals are not
		        * dropped, although they are unblocked meanwhile */
	vaddr_t altstack;
	uint64_t altstack_bytes; /* 0 = none */
};

void signals_init(struct signals *s);
void thread_signals_init(struct thread_signals *t);

/* The effect of a signal without a handler. */
enum signal_default { SIGNAL_TERMINATE, SIGNAL_DROP };
enum signal_default signal_default_action(int signal);

/* Whether it would now be thrown away: ignored, or dropped by default. */
bool signal_is_dropped(const struct signals *s, int signal);

/* Whether it would now end the process. */
bool signal_is_fatal(const struct signals *s, int signal);

/* Append to a queue of the process. A standard signal that is pending is not
 * queued again, and if memory is short its details are lost; a real-time one
 * then gives -EAGAIN. */
int signal_post(struct signals *s, struct signal_pending *to,
		const struct signal_info *info);

/* Throw away what is pending of `set`. */
void signal_flush(struct signals *s, struct signal_pending *from, uint64_t set);

/* The signals of `set` that are pending for the thread. */
static inline uint64_t signals_pending(const struct signals *s,
				       const struct thread_signals *t,
				       uint64_t set)
{
	return (__atomic_load_n(&s->pending.set, __ATOMIC_RELAXED) |
		__atomic_load_n(&t->pending.set, __ATOMIC_RELAXED)) &
	       set;
}

/* Take the next signal among `set`: faults first, then the lowest number; what
 * was sent to the thread before what was sent to the process. False: none. */
bool signal_take(struct signals *s, struct thread_signals *t, uint64_t set,
		 struct signal_info *out);

/* Post a fault of the thread itself, which cannot be blocked or ignored: if
 * it is, the default action is restored, which ends the program. */
void signal_force(struct signals *s, struct thread_signals *t,
		  const struct signal_info *info);

/* Set an action. -EINVAL for a signal that cannot be caught. old may be NULL, new
 * too. *flush: signals that are to be flushed from every queue now. */
int signal_set_action(struct signals *s, int signal,
		      const struct signal_action *new,
		      struct signal_action *old, uint64_t *flush);

/* For exec: handlers become the default action, ignored signals stay
 * ignored. */
void signal_reset_actions(struct signals *s);

/* Set the signals that a program inherits as ignored, bit n - 1. */
void signal_inherit(struct signals *s, uint64_t ignored);

/* The layout of siginfo_t, 128 bytes, and back. */
#define SIGINFO_BYTES 128
void signal_info_to_user(const struct signal_info *info, void *siginfo);

/* Whether a stack pointer is on the alternate stack, as Linux counts: the top
 * belongs to it, the lowest byte does not. */
bool signal_on_altstack(const struct thread_signals *t, vaddr_t sp);

/* The beginning of a handler's stack for a thread whose stack pointer is sp: sp, or
 * the end of the alternate stack. */
vaddr_t signal_handler_stack(const struct thread_signals *t,
			     const struct signal_action *action, vaddr_t sp);

/* Whether a frame at `at`, below `from`, overflows the alternate stack. Below it is
 * the program's own data. */
bool signal_overflows_altstack(const struct thread_signals *t, vaddr_t from,
			       vaddr_t at);

#endif
