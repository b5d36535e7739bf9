// SPDX-License-Identifier: MIT
/* Commands that go on until they are interrupted. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "toolchain/common/live.h"

static sigset_t ending;

void live_begin(void)
{
	sigemptyset(&ending);
	sigaddset(&ending, SIGINT);
	sigaddset(&ending, SIGTERM);
	sigprocmask(SIG_BLOCK, &ending, NULL);
}

/* The signals are blocked, so a signal that came before is found here. Other signals,
 * such as those of a stopped job, begin the wait anew. */
int live_wait(double seconds)
{
	struct timespec t = {.tv_sec = (time_t)seconds};
	int signal;

	t.tv_nsec = (long)((seconds - (double)t.tv_sec) * 1e9);
	fflush(stdout);
	do
		signal = sigtimedwait(&ending, NULL, &t);
	while (signal < 0 && errno == EINTR);
	return signal > 0;
}

void live_redraw(int plain)
{
	if (!plain && isatty(STDOUT_FILENO))
		fputs("\033[H\033[J", stdout);
}

uint64_t live_now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

double live_rate(uint64_t now, uint64_t before, uint64_t ns)
{
	return ns && now > before ? (double)(now - before) * 1e9 / (double)ns
				  : 0.0;
}
