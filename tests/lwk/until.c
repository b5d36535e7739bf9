/* SPDX-License-Identifier: MIT */
/* Waits until CLOCK_REALTIME shows a time that is so many seconds away: by sleeping, by
 * a semaphore (a futex), by a timer. Says when it is. */
#include <semaphore.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static void by_sleep(const struct timespec *end)
{
	clock_nanosleep(CLOCK_REALTIME, TIMER_ABSTIME, end, NULL);
}

static void by_semaphore(const struct timespec *end)
{
	sem_t never;

	sem_init(&never, 0, 0);
	while (sem_timedwait(&never, end) == 0)
		;
}

static void by_timer(const struct timespec *end)
{
	struct itimerspec spec = {.it_value = *end};
	struct sigevent event = {.sigev_notify = SIGEV_SIGNAL,
				 .sigev_signo = SIGUSR1};
	sigset_t set;
	timer_t timer;
	int signal;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	sigprocmask(SIG_BLOCK, &set, NULL);
	timer_create(CLOCK_REALTIME, &event, &timer);
	timer_settime(timer, TIMER_ABSTIME, &spec, NULL);
	sigwait(&set, &signal);
}

int main(int argc, char **argv)
{
	struct timespec end, now;

	if (argc < 3)
		return 2;
	clock_gettime(CLOCK_REALTIME, &end);
	end.tv_sec += atol(argv[2]);
	if (strcmp(argv[1], "sleep") == 0)
		by_sleep(&end);
	else if (strcmp(argv[1], "semaphore") == 0)
		by_semaphore(&end);
	else
		by_timer(&end);
	clock_gettime(CLOCK_REALTIME, &now);
	printf("%s: %s\n", argv[1],
	       now.tv_sec > end.tv_sec || (now.tv_sec == end.tv_sec &&
					   now.tv_nsec >= end.tv_nsec)
		       ? "in time"
		       : "too early");
	return 0;
}
