// SPDX-License-Identifier: MIT
/* A line about a step that takes long; see lwk.h. */
#include <pthread.h>
#include <stdatomic.h>
#include <unistd.h>

#include "toolchain/lwk/lwk.h"

#define PATIENCE 2 /* seconds */

static pthread_t thread;
static const char *subject;
static int running;
static atomic_int shown;

static void *show(void *arg)
{
	(void)arg;
	sleep(PATIENCE);
	for (unsigned int s = PATIENCE;; s++) {
		shown = 1;
		fprintf(stderr, "\r%s: %u s ...", subject, s);
		sleep(1);
	}
	return NULL;
}

void progress_begin(const char *what)
{
	if (!isatty(STDERR_FILENO))
		return;
	subject = what;
	running = pthread_create(&thread, NULL, show, NULL) == 0;
}

void progress_end(void)
{
	if (!running)
		return;
	pthread_cancel(thread);
	pthread_join(thread, NULL);
	running = 0;
	if (shown)
		fputs("\r\033[K", stderr);
}
