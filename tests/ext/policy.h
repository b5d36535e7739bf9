/* SPDX-License-Identifier: MIT */
/* What tests/ext/policy.c and the program that tells it what to do agree on. */
#ifndef TESTS_EXT_POLICY_H
#define TESTS_EXT_POLICY_H

/* Entries of its maps: operations. */
enum {
	POLICY_INIT,
	POLICY_SELECT_CPU,
	POLICY_ENQUEUE,
	POLICY_DISPATCH,
	POLICY_TICK,
	POLICY_RUNNABLE,
	POLICY_RUNNING,
	POLICY_STOPPING,
	POLICY_QUIESCENT,
	POLICY_YIELD,
	POLICY_INIT_TASK,
	POLICY_EXIT_TASK,
	POLICY_ENABLE,
	POLICY_DISABLE,
	POLICY_UPDATE_IDLE,
	POLICY_EXIT, /* in "counts": the kind of exit */
	POLICY_TIMER,
	POLICY_WEIGHT, /* in "counts": the last one */
	POLICY_ENTRIES
};

enum {
	HOW_WELL, /* one queue, first come first served */
	HOW_FAULT,
	HOW_LOOP,
	HOW_NOTHING,
	HOW_BAD_CPU,
	HOW_BAD_QUEUE,
	HOW_TWICE,
	HOW_NO_TASK,
	HOW_END,
	HOW_ERROR,
	HOW_REFUSE,
	HOW_RANDOM, /* any helper with anything, then well or not */
	HOW_LOCAL,
	HOW_INFINITE,
	HOW_VTIME,
};

#endif
