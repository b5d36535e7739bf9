/* SPDX-License-Identifier: MIT */
/* Futexes of a process with one thread. Prints one line for each, the same on Linux
 * and on the LWK; sends itself no signal: that is the test's to do, after each line
 * "signal N". */
#define _GNU_SOURCE
#include <linux/futex.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "tests/lwk/say.h"

#define PAGE 4096UL
/* Far above both kernels' user halves. */
#define NOWHERE ((char *)0x800000000000UL)

static void nothing(void)
{
}

static void on_alarm(int signal)
{
	(void)signal;
}

static unsigned int word, other_word;

static long futex(int op, unsigned int value, const void *time_or_value,
		  unsigned int last)
{
	return syscall(SYS_futex, &word, op, value, time_or_value, &other_word,
		       last);
}

/* An absolute time of a clock, `ms` from now. */
static struct timespec in(clockid_t clock, long ms)
{
	struct timespec t;

	clock_gettime(clock, &t);
	t.tv_nsec += ms * 1000000;
	t.tv_sec += t.tv_nsec / 1000000000;
	t.tv_nsec %= 1000000000;
	return t;
}

static int is_over(struct timespec t)
{
	struct timespec now = in(CLOCK_MONOTONIC, 0);

	return now.tv_sec > t.tv_sec ||
	       (now.tv_sec == t.tv_sec && now.tv_nsec >= t.tv_nsec);
}

/* Before a wait that the test ends by SIGALRM. */
static void expect_signal(int n)
{
	printf("signal %d\n", n);
	fflush(stdout);
}

static void futex_waits(void)
{
	struct sigaction action = {.sa_handler = on_alarm};
	struct timespec ms30 = {0, 30000000}, bad = {0, 1000000000}, t;

	say("FUTEX_WAIT, another value", futex(FUTEX_WAIT, 1, NULL, 0));
	t = in(CLOCK_MONOTONIC, 30);
	say("with a time", futex(FUTEX_WAIT, 0, &ms30, 0));
	say("it takes that", is_over(t));
	t = in(CLOCK_MONOTONIC, 30);
	say("until a time", futex(FUTEX_WAIT_BITSET_PRIVATE, 0, &t, -1U));
	t = in(CLOCK_REALTIME, 30);
	say("until one of the wall clock",
	    futex(FUTEX_WAIT_BITSET | FUTEX_CLOCK_REALTIME, 0, &t, -1U));
	t.tv_sec = 0;
	say("until one long gone", futex(FUTEX_WAIT_BITSET, 0, &t, -1U));
	say("for no bit", futex(FUTEX_WAIT_BITSET, 0, &t, 0));
	say("with an impossible time", futex(FUTEX_WAIT, 1, &bad, 0));
	say("with a time nowhere", futex(FUTEX_WAIT, 1, NOWHERE, 0));
	say("by the wall clock, relative",
	    futex(FUTEX_WAIT | FUTEX_CLOCK_REALTIME, 0, &ms30, 0));

	sigaction(SIGALRM, &action, NULL);
	expect_signal(1);
	say("ended by a signal", futex(FUTEX_WAIT_PRIVATE, 0, NULL, 0));
	expect_signal(2);
	t = in(CLOCK_MONOTONIC, 20000);
	say("before its time", futex(FUTEX_WAIT_BITSET, 0, &t, -1U));
}

static void change_word(int signal)
{
	(void)signal;
	word = 7;
}

/* With SA_RESTART: what the handler has changed is seen. */
static void futex_restarts(void)
{
	struct sigaction action = {.sa_handler = change_word,
				   .sa_flags = SA_RESTART};

	sigaction(SIGALRM, &action, NULL);
	expect_signal(3);
	say("begun again, and no longer equal", futex(FUTEX_WAIT, 0, NULL, 0));
	word = 0;
}

static void futex_wakes(void)
{
	say("FUTEX_WAKE", futex(FUTEX_WAKE, 1, NULL, 0));
	say("of all, private", futex(FUTEX_WAKE_PRIVATE, 0x7fffffff, NULL, 0));
	say("of no bit", futex(FUTEX_WAKE_BITSET, 1, NULL, 0));
	say("of some", futex(FUTEX_WAKE_BITSET, 1, NULL, 5));
	say("misaligned",
	    syscall(SYS_futex, (char *)&word + 1, FUTEX_WAKE, 1, 0, 0, 0));
	say("far above", syscall(SYS_futex, NOWHERE, FUTEX_WAKE_PRIVATE, 1));
	say("not mapped", syscall(SYS_futex, 8UL * PAGE, FUTEX_WAKE, 1));
	say("and private",
	    syscall(SYS_futex, 8UL * PAGE, FUTEX_WAKE_PRIVATE, 1));
	say("wait there",
	    syscall(SYS_futex, 8UL * PAGE, FUTEX_WAIT_PRIVATE, 1, NULL));
	say("requeue", futex(FUTEX_REQUEUE, 1, (void *)1, 0));
	say("requeue less than none", futex(FUTEX_REQUEUE, 1, (void *)-1L, 0));
	say("requeue if equal", futex(FUTEX_CMP_REQUEUE, 1, (void *)1, 0));
	say("requeue if not", futex(FUTEX_CMP_REQUEUE, 1, (void *)1, 1));
	say("no operation", futex(99, 1, NULL, 0));
	say("wake by the wall clock",
	    futex(FUTEX_WAKE | FUTEX_CLOCK_REALTIME, 1, NULL, 0));
}

static void futex_operations(void)
{
	static const struct {
		const char *name;
		unsigned int encoded;
	} ops[] = {
		{"set", FUTEX_OP(FUTEX_OP_SET, 100, FUTEX_OP_CMP_EQ, 0)},
		{"add", FUTEX_OP(FUTEX_OP_ADD, 23, FUTEX_OP_CMP_GE, 0)},
		{"add a negative", FUTEX_OP(FUTEX_OP_ADD, 0xffeU, 1, 0)},
		{"or", FUTEX_OP(FUTEX_OP_OR, 0x800, 0, 0)},
		{"andn", FUTEX_OP(FUTEX_OP_ANDN, 0xf, 0, 0)},
		{"xor a bit", FUTEX_OP((FUTEX_OP_XOR | 8), 4, 0, 0)},
		{"an unknown one", FUTEX_OP(5, 4, 0, 0)},
		{"an unknown comparison", FUTEX_OP(FUTEX_OP_SET, 4, 6, 0)},
	};
	size_t i;

	for (i = 0; i < sizeof(ops) / sizeof(ops[0]); i++) {
		say(ops[i].name,
		    futex(FUTEX_WAKE_OP, 1, (void *)1, ops[i].encoded));
		say("gives", other_word);
	}
}

/* glibc's function wakes possible waiters, and aborts where that fails. */
static void once(void)
{
	static pthread_once_t control = PTHREAD_ONCE_INIT;

	say("pthread_once", pthread_once(&control, nothing));
}

int main(void)
{
	futex_waits();
	futex_restarts();
	futex_wakes();
	futex_operations();
	once();
	return 0;
}
