/* SPDX-License-Identifier: GPL-2.0 */
/* Waiting in the kernel: the one loop that sleeps. Thread context, interrupts on, no
 * lock held. Messages are handled meanwhile. */
#ifndef LWK_PROC_WAIT_H
#define LWK_PROC_WAIT_H

#include "kernel/lib/types.h"

enum wait_flags {
	WAIT_SIGNALS = 1, /* a deliverable signal ends it */
	WAIT_KILLED = 2, /* the end of the thread ends it; implied by SIGNALS */
	WAIT_ENDING = 4, /* only the end of its process ends it */
};

struct deadline;

/* No deadline. */
#define WAIT_FOREVER NULL

/* Sleep until done(arg). Code that makes it true then wakes the thread; only the
 * waiting thread calls done(), which must not block. 0; -EINTR as `flags` say;
 * -ETIMEDOUT: the deadline has come. If several hold, 0 comes first, then -EINTR. */
int wait_until(bool (*done)(void *arg), void *arg, struct deadline *deadline,
	       uint32_t flags);

/* The same, but only time or a signal ends it. */
int wait_for_signal(struct deadline *deadline);

#endif
