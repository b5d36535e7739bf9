// SPDX-License-Identifier: MIT
/* An LWK that panics or breaks the protocol: the instance fails, everybody who
 * waits for it is told, the log stays, and it can be booted again. */
#include "tests/host/peer.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static int control;
static uint32_t instance = LWK_INSTANCE_ANY;
static char why[LWK_WHY_BYTES];

static bool wait_state(uint32_t state)
{
	for (int i = 0; i < 300; i++) {
		if (status(control, instance).state == state)
			return true;
		sleep_ms(10);
	}
	return false;
}

/* ---- Threads that wait while it happens -------------------------------- */

struct waiter {
	struct peer *p;
	pthread_t thread;
	int ret;
	uint32_t type;
};

static void *wait_for_wake(void *arg)
{
	struct waiter *w = arg;

	w->ret = value_call(w->p, LWK_IOC_WAIT, 0, 0);
	return NULL;
}

static void *wait_for_event(void *arg)
{
	struct waiter *w = arg;
	struct lwk_event event = {.version = LWK_IOC_ABI, .instance = instance};

	w->ret = call(w->p->fd, LWK_IOC_EVENT, &event);
	w->type = event.type;
	return NULL;
}

static void *wait_for_log(void *arg)
{
	struct waiter *w = arg;
	static char buffer[1 << 16];
	struct lwk_log_read args = {
		.version = LWK_IOC_ABI,
		.instance = instance,
		.buffer = (uintptr_t)buffer,
		.flags = LWK_LOG_WAIT,
	};

	do {
		args.bytes = sizeof(buffer);
		w->ret = call(w->p->fd, LWK_IOC_LOG, &args);
	} while (!w->ret);
	return NULL;
}

static void *wait_for_page(void *arg)
{
	struct waiter *w = arg;

	w->ret = try_read((uint64_t *)STUB_DEMAND);
	return NULL;
}

static void *(*const waits[])(void *) = {
	wait_for_wake,
	wait_for_event,
	wait_for_log,
	wait_for_page,
};
#define WAITS (sizeof(waits) / sizeof(waits[0]))

/* ---- What still works, and what does not ------------------------------- */

static void test_failed(struct peer *p)
{
	struct lwk_proc_create create = {
		.version = LWK_IOC_ABI,
		.instance = instance,
		.cpu = -1,
	};
	struct lwk_ps ps = {.version = LWK_IOC_ABI, .instance = instance};
	struct nimble_ctl ctl = {
		.version = NIMBLE_CTL_VERSION,
		.instance = instance,
		.op = NIMBLE_OP_LIST,
	};
	struct lwk_log_read log = {
		.version = LWK_IOC_ABI,
		.instance = instance,
		.buffer = (uintptr_t)why,
		.bytes = 20,
	};
	int fd = instance_open(instance);

	is(call(fd, LWK_IOC_PROC_CREATE, &create), -EIO, "PROC_CREATE");
	is(signal_call(p, 2, 0), -EIO, "SIGNAL");
	is(value_call(p, LWK_IOC_SLOT_DONE, 2, 0), -EIO, "SLOT_DONE");
	is(call(fd, LWK_IOC_PS, &ps), -EIO, "PS");
	is(call(fd, LWK_IOC_NIMBLE, &ctl), -EIO, "NIMBLE");
	is(call(fd, LWK_IOC_LOG, &log), 0, "LOG");
	is(log.bytes, 20, "has text");
	is(try_read((uint64_t *)(STUB_DEMAND + 99 * 4096)), SIGBUS, "a fault");
	close(fd);
	is(boot(control, instance, STUB_NORMAL, why), -EALREADY, "BOOT");
	is(release(control, instance, why), -EBUSY, "RELEASE");
	is(shut_down(control, instance, 0, why), -EBUSY, "SHUTDOWN");
}

static void test_after_halt(struct peer *p, enum lwk_end_cause cause)
{
	struct lwk_event event = {.version = LWK_IOC_ABI, .instance = instance};

	is(try_read(page(0)), SIGBUS, "no page of the old LWK is left");
	is(try_write(&p->slots->slot[0].arg[0], 1), 0, "the slots can be seen");
	is(p->report->commands, 0, "and are empty");
	is(value_call(p, LWK_IOC_WAIT, 0, 0), -EIO, "WAIT");
	is(call(p->fd, LWK_IOC_EVENT, &event), 0, "EVENT");
	is(event.type, LWK_EVENT_FAILED, "says that the LWK failed");
	is(event.value, cause, "and why, whatever came later");
}

/* The old proxy's file is of no more use, but does no harm. */
static void test_next_boot(struct peer *old)
{
	uint64_t *at = (uint64_t *)STUB_SMALL;
	pid_t child;
	int code;

	is(boot(control, instance, STUB_NORMAL, why), 0, "boots again %s", why);
	test_after_halt(old, LWK_END_FAILED);
	is(signal_call(old, 2, 0), -EIO, "SIGNAL");
	is(try_read(at), SIGBUS, "a fault");
	child = fork();
	if (child == 0) {
		struct peer p = peer_new(instance, 0);

		_exit(page(7)[0] != STUB_TAG((uintptr_t)page(7)) ||
		      p.report->commands != 0);
	}
	waitpid(child, &code, 0);
	is(code, 0, "a new process works");
}

static void test_failure(enum stub_command command, const char *name)
{
	struct peer p = peer_new(instance, 0);
	struct waiter w[WAITS];

	printf("# %s\n", name);
	is(page(0)[0], STUB_TAG(STUB_SMALL), "%s: a page is mapped", name);
	peer_do(&p, STUB_HOLD, 0);
	for (size_t i = 0; i < WAITS; i++) {
		w[i] = (struct waiter){.p = &p, .ret = 1};
		pthread_create(&w[i].thread, NULL, waits[i], &w[i]);
	}
	sleep_ms(50);
	peer_send(&p, command, 0);
	if (command == STUB_BAD_TAIL) {
		sleep_ms(20); /* seen by the next message */
		signal_call(&p, 2, 0);
	}
	ok(wait_state(LWK_INSTANCE_FAILED), "%s: the instance failed", name);
	for (size_t i = 0; i < WAITS; i++)
		pthread_join(w[i].thread, NULL);
	is(w[0].ret, -EIO, "%s: WAIT ends", name);
	is(w[1].ret, 0, "%s: EVENT ends", name);
	is(w[1].type, LWK_EVENT_FAILED, "%s: with the news", name);
	is(w[2].ret, -EIO, "%s: LOG ends", name);
	is(w[3].ret, SIGBUS, "%s: a fault that waits ends", name);
	if (command == STUB_PANIC)
		test_failed(&p);
	is(shut_down(control, instance, LWK_SHUTDOWN_FORCE, why), 0,
	   "%s: forced down %s", name, why);
	test_after_halt(&p, LWK_END_FAILED);
	test_next_boot(&p);
	peer_end(&p);
}

/* Nothing notices this by itself yet; but no wait for it lasts for ever. */
static void test_hung(void)
{
	struct peer p;
	pid_t child = fork();
	int code;

	if (child == 0) {
		p = peer_new(instance, 0);
		peer_send(&p, STUB_HANG, 0);
		sleep_ms(20);
		try_read((uint64_t *)STUB_DEMAND);
		_exit(1);
	}
	sleep_ms(150);
	kill(child, SIGKILL);
	waitpid(child, &code, 0);
	ok(WIFSIGNALED(code), "hung: its proxy can be killed");
	is(shut_down(control, instance, 0, why), -EBUSY,
	   "hung: its process has not ended");
	is(shut_down(control, instance, LWK_SHUTDOWN_FORCE, why), 0,
	   "hung: forced down %s", why);
	is(boot(control, instance, STUB_NORMAL, why), 0, "hung: boots again");
}

/* By force, with a proxy that lives. */
static void test_forced(void)
{
	struct peer p = peer_new(instance, 0);

	is(page(0)[0], STUB_TAG(STUB_SMALL), "forced: a page is mapped");
	is(shut_down(control, instance, 0, why), -EBUSY, "forced: busy");
	is(page(1)[0], STUB_TAG((uintptr_t)page(1)), "forced: goes on");
	is(shut_down(control, instance, LWK_SHUTDOWN_FORCE, why), 0,
	   "forced: down %s", why);
	test_after_halt(&p, LWK_END_FORCED);
	is(release(control, instance, why), -EBUSY, "forced: device open");
	is(boot(control, instance, STUB_NORMAL, why), 0, "forced: boots again");
	peer_end(&p);
}

int main(void)
{
	static const struct {
		enum stub_command command;
		const char *name;
	} failures[] = {
		{STUB_PANIC, "panic"},	     {STUB_BAD_TAIL, "bad tail"},
		{STUB_BAD_HEAD, "bad head"}, {STUB_BAD_COOKIE, "bad cookie"},
		{STUB_BAD_TYPE, "bad type"}, {STUB_BAD_ZAP, "bad zap"},
		{STUB_BAD_SLOT, "bad slot"},
	};
	unsigned int timeout_ms =
		read_number("/sys/module/lwk/parameters/timeout_ms");

	control = control_open();
	set_parameter("timeout_ms", 1000);
	is(reserve(control, &instance, 8, 64, why), 0, "reserve %s", why);
	is(boot(control, instance, STUB_NORMAL, why), 0, "boot %s", why);
	for (size_t i = 0; i < sizeof(failures) / sizeof(failures[0]); i++)
		test_failure(failures[i].command, failures[i].name);
	test_hung();
	test_forced();
	is(shut_down(control, instance, 0, why), 0, "shut down %s", why);
	is(release(control, instance, why), 0, "release %s", why);
	set_parameter("timeout_ms", timeout_ms);
	return done_testing();
}
