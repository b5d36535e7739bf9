/* SPDX-License-Identifier: GPL-2.0 */
/* The end of an instance, and assertions. Linux and other instances go on. */
#ifndef LWK_CORE_PANIC_H
#define LWK_CORE_PANIC_H

/* Log the reason and a back trace, stop all CPUs of this instance, tell Linux.
 * Any context, any CPU; the first caller wins, others halt. */
_Noreturn void panic(const char *fmt, ...)
	__attribute__((format(printf, 1, 2)));

#include <stdbool.h>

/* panic() in two halves, for a report of more than one line between them:
 * the first stops all CPUs and breaks the log's lock, the second logs the
 * reason and tells Linux. A fault between the two ends the report. */
void panic_begin(void);
_Noreturn void panic_end(const char *fmt, ...)
	__attribute__((format(printf, 1, 2)));

/* Whether a CPU of this instance has called panic(). */
bool panic_in_progress(void);

/* Log the return addresses from frame pointer `rbp` on, as far as the stack goes
 * that `rsp` lies on. Both may be anything: only this CPU's own stacks are read. */
void backtrace(unsigned long rsp, unsigned long rbp);

#define ASSERT(cond)                                                          \
	do {                                                                  \
		if (__builtin_expect(!(cond), 0))                             \
			panic("assertion failed: %s, %s:%d", #cond, __FILE__, \
			      __LINE__);                                      \
	} while (0)

#endif
