/* SPDX-License-Identifier: GPL-2.0 */
/* The log that Linux reads; see kernel/abi/log.h. Any context, any CPU. */
#ifndef LWK_CORE_LOG_H
#define LWK_CORE_LOG_H

#include <stdarg.h>

#include "kernel/lib/types.h"
#include <stdbool.h>

struct lwk_log;

/* Where text goes from now on. Before it, text is lost. */
void log_init(struct lwk_log *ring);

/* Write one line, with time and CPU in front; no newline in fmt. */
void log_line(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void log_line_v(const char *fmt, va_list args);

/* Tell Linux that a reader waits for text; supplied by ikc/. Any context. */
void log_notify(void);

/* From now on do not wait for the log's lock: its holder may have been
 * stopped. For panic(). */
void log_break_lock(void);

/* Supplied by time/: Linux's CLOCK_MONOTONIC, or the time since the TSC began where
 * there is none. Any context, NMIs included; never waits for long. */
uint64_t log_clock_ns(void);

#endif
