// SPDX-License-Identifier: MIT
/* The page protocol's races: proxy threads touch a page while the LWK gives it
 * other frames, or makes it read-only, all the time. A frame is poisoned as
 * soon as the LWK may reuse it; after it made a page read-only, the LWK looks
 * whether the page still changes. For all CPUs at once (module-race.multi.t);
 * with one at a time it finds less. */
#include "tests/host/peer.h"

#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <sys/uio.h>
#include <unistd.h>

#define THREADS 3
#define SECONDS 6

static int control;
static uint32_t instance = LWK_INSTANCE_ANY;
static char why[LWK_WHY_BYTES];
static volatile bool stop;

struct toucher {
	pthread_t thread;
	unsigned int page; /* around which it reads */
	bool writes;
	uint64_t touches, wrong;
};

static void check(struct toucher *t, unsigned int n)
{
	uint64_t got = page(n)[0];

	t->touches++;
	if (got != STUB_TAG((uintptr_t)page(n)))
		t->wrong++;
}

static void *touch(void *arg)
{
	struct toucher *t = arg;

	for (unsigned int i = 0; !stop; i++) {
		check(t, t->page);
		if (t->writes)
			page(t->page)[1] = i;
		/* A neighbour's fault brings the page in as well. */
		check(t, (t->page & ~15U) + i % 16);
	}
	return NULL;
}

/* The kernel's own faults, inside a system call. */
static void *touch_by_linux(void *arg)
{
	struct toucher *t = arg;
	int pipes[2];
	uint64_t got;

	if (pipe(pipes))
		return NULL;
	while (!stop) {
		if (write(pipes[1], (void *)page(t->page), 8) != 8 ||
		    read(pipes[0], &got, 8) != 8 ||
		    got != STUB_TAG((uintptr_t)page(t->page)))
			t->wrong++;
		t->touches++;
	}
	return NULL;
}

static void race(struct peer *p, enum stub_command command, bool writes,
		 const char *name)
{
	struct toucher t[THREADS] = {{0}};
	uint64_t steps = p->report->steps, zaps = p->report->zaps;
	uint64_t touches = 0, wrong = 0;

	stop = false;
	peer_do(p, command, 17);
	for (int i = 0; i < THREADS; i++) {
		t[i].page = 17;
		t[i].writes = writes;
		pthread_create(&t[i].thread, NULL,
			       i == THREADS - 1 ? touch_by_linux : touch,
			       &t[i]);
	}
	sleep_ms(SECONDS * 1000);
	stop = true;
	for (int i = 0; i < THREADS; i++) {
		pthread_join(t[i].thread, NULL);
		touches += t[i].touches;
		wrong += t[i].wrong;
	}
	peer_do(p, STUB_RACE_END, 0);
	printf("# %s: %llu touches, %llu steps, %llu zaps\n", name,
	       (unsigned long long)touches,
	       (unsigned long long)(p->report->steps - steps),
	       (unsigned long long)(p->report->zaps - zaps));
	ok(p->report->zaps - zaps > 20, "%s: many zaps", name);
	ok(touches > 1000, "%s: many touches", name);
	is(wrong, 0, "%s: no stale frame was seen", name);
	is(p->report->violations, 0, "%s: no write to a read-only page", name);
}

int main(void)
{
	struct peer p;

	control = control_open();
	is(reserve(control, &instance, 4, 64, why), 0, "reserve %s", why);
	is(boot(control, instance, STUB_NORMAL, why), 0, "boot %s", why);
	p = peer_new(instance, 0);
	race(&p, STUB_RACE_REMAP, false, "remap, reading");
	race(&p, STUB_RACE_REMAP, true, "remap, writing");
	race(&p, STUB_RACE_PROTECT, true, "protect");
	peer_do(&p, STUB_NOP, 0);
	is(status(control, instance).state, LWK_INSTANCE_RUNNING, "it runs on");
	peer_end(&p);
	is(shut_down(control, instance, 0, why), 0, "shut down %s", why);
	is(release(control, instance, why), 0, "release %s", why);
	return done_testing();
}
