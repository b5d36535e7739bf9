/* SPDX-License-Identifier: MIT */
/* Commands that go on until they are interrupted. */
#ifndef TOOLCHAIN_LIVE_H
#define TOOLCHAIN_LIVE_H

#include <stdint.h>

/* From now on SIGINT and SIGTERM end live_wait(), and not the program. */
void live_begin(void);

/* Wait so long: 0; or 1: a signal has come, now or since live_begin(). */
int live_wait(double seconds);

/* What follows stands in place of what was drawn last, where standard output is a
 * terminal; else, and where it is plain, below it. */
void live_redraw(int plain);

/* CLOCK_MONOTONIC. */
uint64_t live_now_ns(void);

/* How fast something rises: `now` and `before` are `ns` apart. */
double live_rate(uint64_t now, uint64_t before, uint64_t ns);

#endif
