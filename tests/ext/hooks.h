/* SPDX-License-Identifier: MIT */
/* The interface of tests/ext/hooks.c and its program. */
#ifndef TESTS_EXT_HOOKS_H
#define TESTS_EXT_HOOKS_H

/* Numbers of system calls; extensions have no C library. */
#define NR_LSEEK 8
#define NR_CLONE 56
#define NR_GETUID 102
#define NR_GETPPID 110
#define NR_GETPGRP 111
#define NR_SYNC 162
#define NR_CLONE3 435

enum {
	SEEN_FAULTS,
	SEEN_VECTOR,
	SEEN_CREATED,
	SEEN_EXECS,
	SEEN_ENDED,
	SEEN_TIMER,
	SEEN_MESSAGES,
	SEEN_SUM,
	SEEN_SOURCE,
	SEEN_CALLS,
	SEEN_WAITER,
	SEEN_WAITS,
	SEEN_ENTRIES
};

enum {
	WANTS_FD,
	WANTS_NO_PAGE,
	WANTS_CALL,
	WANTS_CALLS,
	WANTS_NR,
	WANTS_GO,
	WANTS_DELEGATED,
	WANTS_BYTES,
	WANTS_ENTRIES
};
enum {
	CALL_NONSENSE,
	CALL_ADD,
	CALL_TIMER,
	CALL_MESSAGE,
	CALL_BATCH,
	CALL_SLEEP,
	CALL_WAKE
};

#endif
