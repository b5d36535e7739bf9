/* SPDX-License-Identifier: MIT */
/* Waits for a signal that is blocked and by default ignored, and says which came:
 * sent before it waits, or while it does. */
#include <signal.h>
#include <stdio.h>
#include <time.h>

int main(void)
{
	const struct timespec limit = {.tv_sec = 20};
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGURG);
	sigprocmask(SIG_BLOCK, &set, NULL);
	puts("ready");
	fflush(stdout);
	printf("got %d\n", sigtimedwait(&set, NULL, &limit));
	return 0;
}
