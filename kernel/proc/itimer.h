/* SPDX-License-Identifier: GPL-2.0 */
/* Timers of processes that send signals: setitimer(2), alarm(2), timer_create(2).
 *
 * Each belongs to a process, whose lock guards it. It is armed on the CPU where it was
 * set last. A timer of the process's own time (ITIMER_VIRTUAL and _PROF: time in the kernel is
 * not told apart) is armed for when that can have passed at the earliest, and again then.
 * While its signal is pending it sends no other and counts overruns
 * (timer_getoverrun(2)).
 */
#ifndef LWK_PROC_ITIMER_H
#define LWK_PROC_ITIMER_H

#include "kernel/proc/process.h"

#define ITIMERS_MAX 1024 /* of a process */

/* Numbers: those of setitimer(2), which are always there, then those of timer_create(2),
 * from 0 on for the program. */
enum itimer_id {
	ITIMER_ID_REAL = 0,
	ITIMER_ID_VIRTUAL = 1,
	ITIMER_ID_PROF = 2,
	ITIMER_ID_CREATED = 3,
};

struct itimer_spec {
	uint64_t value_ns; /* until it expires; 0 = it is not armed */
	uint64_t interval_ns; /* 0 = once */
};

/* Who gets which signal. */
struct itimer_target {
	struct signal_info info; /* signal 0: nobody */
	uint32_t thread; /* 0 = the process */
};

/* A new timer of the current process: its id, or -EAGAIN, -ENOMEM. */
int64_t itimer_create(int clock, const struct itimer_target *target);

/* Set it; `absolute`: value is a time of its clock. *old gets the previous setting. 0,
 * -EINVAL: no such timer. */
int itimer_set(uint32_t id, const struct itimer_spec *new, bool absolute,
	       struct itimer_spec *old);
int itimer_get(uint32_t id, struct itimer_spec *now);

/* Overruns of the signal that was delivered last; or -EINVAL. */
int itimer_overrun(uint32_t id);

int itimer_delete(uint32_t id);

/* All but setitimer()'s: exec. All: the end of a process, whose threads are gone. */
void itimers_delete(struct process *p, bool all);

/* A timer's signal is taken: complete its siginfo. Caller holds p->lock. */
void itimer_taken(struct process *p, struct signal_info *info);

#endif
