/* SPDX-License-Identifier: MIT */
/* The instructions that a signal handler knows by address.
 *
 * proxy_window() makes one system call. A kick (kick.h) that finds the thread
 * before the `syscall` instruction sends it to the interrupted exit: the call
 * did not run. proxy_copy() copies memory of which nothing is known: a fault
 * in it ends the copy.
 */
#ifndef PROXY_WINDOW_H
#define PROXY_WINDOW_H

#include <stddef.h>
#include <stdint.h>

struct proxy_call {
	uint64_t nr;
	uint64_t arg[6];
};

/* Linux's result, or -LWK_INTERRUPTED where *kicked was not 0 or a kick came
 * before the call began. *kicked is written by the kick's handler. */
int64_t proxy_window(const struct proxy_call *call, const int32_t *kicked);

/* Copies bytes; returns how many were not, because an address was bad. */
size_t proxy_copy(void *to, const void *from, size_t bytes);

/* sa_restorer for rt_sigaction() without the C library. */
void proxy_sigreturn(void);

/* Addresses; the window is [start, syscall], both included. */
extern const char proxy_window_start[], proxy_window_syscall[];
extern const char proxy_window_interrupted[];
extern const char proxy_copy_insn[], proxy_copy_end[];

#endif
