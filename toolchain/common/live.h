/* SPDX-License-Identifier: MIT */
/* Commands that go on until they are interrupted. */
#ifndef TOOLCHAIN_LIVE_H
#define TOOLCHAIN_LIVE_H

#include <stdint.h>

/* From now on SIGINT and SIGTERM end live_wait(), and not the program. */
void live_begin(void);

/* Waits for so many seconds. Returns 0, or 1: a signal has come, now or
 * since live_begin(). */
int live_wait(double seconds);

/* If standard output is a terminal, later output replaces what was drawn last; if not,
 * or if plain, it stands below. */
void live_redraw(int plain);

/* CLOCK_MONOTONIC. */
uint64_t live_now_ns(void);

/* The rise of a counter in a second: `now` and `before` were read `ns`
 * apart. */
double live_rate(uint64_t now, uint64_t before, uint64_t ns);

#endif
