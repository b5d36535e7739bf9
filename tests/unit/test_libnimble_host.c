// SPDX-License-Identifier: MIT
/* libnimble's NIMBLE_BACKEND=host: each function of the library, on extensions that run in
 * this process. */
#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "libnimble/libnimble.h"
#include "tests/ext/called.h"
#include "tests/ext/hooks.h"

static struct libnimble *n;

static const char *image(const char *name)
{
	static char path[256];
	const char *build = getenv("MARGAY_BUILD");

	snprintf(path, sizeof(path), "%s/%s.nx", build ? build : "build", name);
	return path;
}

/* Loaded and attached. */
static uint32_t insert(const char *name)
{
	uint32_t id = 0;

	assert_int_equal(libnimble_load_file(n, image(name), 0, NULL, &id), 0);
	assert_int_equal(libnimble_attach(n, id, NIMBLE_ALL, 0), 0);
	return id;
}

static int call(uint32_t id, uint64_t a, uint64_t b, uint64_t c, uint64_t *out)
{
	uint64_t args[8] = {a, b, c};
	int err = libnimble_call(id, args);

	if (out)
		*out = args[2];
	return err;
}

static uint32_t state_of(uint32_t id)
{
	struct nimble_detail *detail;
	uint32_t state;

	assert_int_equal(libnimble_show(n, id, &detail), 0);
	state = detail->info.state;
	free(detail);
	return state;
}

/* ---- Connections ------------------------------------------------------- */

/* What the process says on standard error when it connects, and connects again. */
static void said(char *text, size_t bytes)
{
	struct libnimble *again;
	int kept = dup(STDERR_FILENO), out[2];
	ssize_t got;

	assert_int_equal(pipe(out), 0);
	dup2(out[1], STDERR_FILENO);
	close(out[1]);
	assert_int_equal(libnimble_open(&n, NULL), 0);
	assert_int_equal(libnimble_open(&again, NULL), 0);
	libnimble_close(again);
	dup2(kept, STDERR_FILENO);
	close(kept);
	got = read(out[0], text, bytes - 1);
	assert_true(got >= 0);
	text[got] = 0;
	close(out[0]);
}

static void test_open(void **state)
{
	uint64_t args[8] = {0};
	char text[512];

	(void)state;
	/* No test has asked for it yet. */
	assert_int_equal(libnimble_call(1, args), -ENOSYS);
	setenv("NIMBLE_BACKEND", "moon", 1);
	assert_int_equal(libnimble_open(&n, NULL), -EINVAL);
	assert_string_equal(libnimble_message(),
			    "NIMBLE_BACKEND=moon: it can be `host` only");
	setenv("NIMBLE_BACKEND", "host", 1);
	said(text, sizeof(text));
	assert_string_equal(text,
			    "libnimble: NIMBLE_BACKEND=host: extensions run "
			    "inside this process, by direct calls only\n");
	assert_string_equal(libnimble_backend(n), "host");
	assert_int_equal(libnimble_instance(n), -1);
	/* A device that is named is meant. */
	struct libnimble *other;
	assert_int_equal(libnimble_open(&other, "/dev/null/lwk0"), -ENOTDIR);
}

/* ---- Extensions -------------------------------------------------------- */

static void test_life(void **state)
{
	struct nimble_detail *detail;
	struct nimble_info *list;
	uint64_t sum = 0;
	uint32_t id, found;
	size_t count;

	(void)state;
	assert_int_equal(libnimble_load_file(n, image("tests/ext/called"), 0,
					     "mine", &id),
			 0);
	assert_int_equal(state_of(id), NIMBLE_EXT_LOADED);
	assert_int_equal(call(id, CALLED_STORE, 1, 5, NULL), -ENOENT);
	assert_int_equal(libnimble_attach(n, id, 0, 3), 0);
	assert_int_equal(libnimble_attach(n, id, 0, 3), -EALREADY);
	assert_string_equal(libnimble_message(), "it is on hook call already");
	assert_int_equal(call(id, CALLED_STORE, 1, 5, &sum), 0);
	assert_int_equal(sum, 0);
	assert_int_equal(libnimble_list(n, &list, &count), 0);
	assert_int_equal(count, 1);
	assert_string_equal(list[0].name, "mine");
	assert_int_equal(list[0].owner_pid, getpid());
	free(list);
	assert_int_equal(libnimble_find(n, "mine", &found), 0);
	assert_int_equal(found, id);
	assert_int_equal(libnimble_show(n, id, &detail), 0);
	assert_int_equal(detail->info.runs, 1);
	assert_true(detail->info.time_cycles > 0);
	assert_in_range(detail->info.clock_khz, 100000, 20000000);
	assert_string_equal(detail->licence, "MIT");
	assert_string_equal(libnimble_hooks(detail)[0].hook_name, "call");
	assert_int_equal(libnimble_hooks(detail)[0].order, 3);
	assert_int_equal(libnimble_hooks(detail)[0].runs, 1);
	free(detail);
	assert_int_equal(call(id, CALLED_NOTHING, 0, 0, NULL), -EPROTO);
	assert_int_equal(libnimble_show(n, id, &detail), 0);
	assert_int_equal(libnimble_hooks(detail)[0].ignored, 1);
	free(detail);
	assert_int_equal(libnimble_detach(n, id, NIMBLE_ALL), 0);
	assert_int_equal(call(id, CALLED_STORE, 1, 5, NULL), -ENOENT);
	assert_int_equal(libnimble_remove(n, id), 0);
	assert_int_equal(libnimble_remove(n, id), -ENOENT);
	assert_int_equal(libnimble_list(n, &list, &count), 0);
	assert_null(list);
}

static void test_refused(void **state)
{
	uint32_t id = 0;

	(void)state;
	assert_int_equal(libnimble_load(n, "junk", 4, 0, NULL, &id), -ENOEXEC);
	assert_int_equal(libnimble_load_file(n, image("tests/ext/called"),
					     NIMBLE_TRUSTED, NULL, &id),
			 -EPERM);
	assert_int_equal(libnimble_load_file(n, image("ext/trusted/record"), 0,
					     NULL, &id),
			 -EPERM);
	assert_non_null(strstr(libnimble_message(), "trust"));
	assert_int_equal(libnimble_attach(n, 999, NIMBLE_ALL, 0), -ENOENT);
	/* A policy is loaded, and schedules nothing. */
	assert_int_equal(
		libnimble_load_file(n, image("ext/app/rr"), 0, NULL, &id), 0);
	assert_int_equal(libnimble_attach(n, id, NIMBLE_ALL, 0), -EOPNOTSUPP);
	assert_non_null(strstr(libnimble_message(), "nimble-run --sim"));
	assert_int_equal(libnimble_replace(n, id), -EOPNOTSUPP);
	assert_int_equal(libnimble_remove(n, id), 0);
}

/* Attached, and nothing fires it. */
static void test_never_fires(void **state)
{
	uint32_t id = insert("ext/app/syscount"), key = SYS_getppid;
	uint64_t value = 1;

	(void)state;
	assert_int_equal(state_of(id), NIMBLE_EXT_ATTACHED);
	syscall(SYS_getppid);
	assert_int_equal(libnimble_map_lookup(n, id, 0, &key, sizeof(key),
					      &value, sizeof(value)),
			 0);
	assert_int_equal(value, 0);
	assert_int_equal(libnimble_remove(n, id), 0);
}

static void test_fault(void **state)
{
	uint32_t id = insert("tests/ext/called");
	struct nimble_detail *detail;

	(void)state;
	assert_int_equal(call(id, CALLED_READ, 1ull << 60, 0, NULL), -EFAULT);
	assert_int_equal(libnimble_show(n, id, &detail), 0);
	assert_int_equal(detail->info.state, NIMBLE_EXT_FAULTED);
	assert_int_equal(detail->info.faults, 1);
	assert_non_null(strstr(detail->fault.kind_name, "read"));
	assert_non_null(strstr(detail->fault.file, "called.c"));
	assert_true(detail->fault.line > 0);
	assert_int_equal(detail->fault.address, 1ull << 60);
	assert_false(libnimble_hooks(detail)[0].attached);
	free(detail);
	assert_int_equal(call(id, CALLED_STORE, 0, 0, NULL), -EIO);
	assert_int_equal(libnimble_attach(n, id, NIMBLE_ALL, 0), -EIO);
	assert_int_equal(libnimble_remove(n, id), 0);

	id = insert("tests/ext/called");
	assert_int_equal(call(id, CALLED_FOR_EVER, 0, 0, NULL), -EFAULT);
	assert_int_equal(libnimble_show(n, id, &detail), 0);
	assert_non_null(strstr(detail->fault.kind_name, "budget"));
	free(detail);
	assert_int_equal(libnimble_remove(n, id), 0);
}

/* A call can reach this program's memory, its caller, and another extension. */
static void test_reach(void **state)
{
	uint32_t id = insert("tests/ext/called"), adder;
	uint64_t word = 4711, out = 0, args[8] = {CALLED_WHO};

	(void)state;
	assert_int_equal(call(id, CALLED_READ, (uintptr_t)&word, 0, &out), 0);
	assert_int_equal(out, 4711);
	assert_int_equal(libnimble_call(id, args), 0);
	assert_int_equal(args[1], gettid());
	assert_int_equal(args[2], getpid());
	assert_int_equal(call(id, CALLED_SERVICE, 2, 3, &out), 0);
	assert_int_equal((int64_t)out, -ENOENT);
	adder = insert("tests/ext/adder");
	assert_int_equal(call(id, CALLED_SERVICE, 2, 3, &out), 0);
	assert_int_equal(out, 5);
	/* It faults: it is off, and its caller goes on. */
	assert_int_equal(call(id, CALLED_SERVICE, 13, 0, &out), 0);
	assert_int_equal(state_of(adder), NIMBLE_EXT_FAULTED);
	assert_int_equal(state_of(id), NIMBLE_EXT_ATTACHED);
	assert_int_equal(libnimble_remove(n, adder), 0);
	assert_int_equal(libnimble_remove(n, id), 0);
}

/* ---- Maps -------------------------------------------------------------- */

static uint32_t map_of(uint32_t id, const char *name)
{
	uint32_t map = 99;

	assert_int_equal(libnimble_find_map(n, id, name, &map, NULL), 0);
	return map;
}

static void test_maps(void **state)
{
	uint32_t id = insert("tests/ext/called"), key = 3, next, map;
	struct nimble_map_info *maps, info;
	uint64_t value = 0;
	size_t count;

	(void)state;
	assert_int_equal(libnimble_maps(n, id, &maps, &count), 0);
	assert_int_equal(count, 5);
	free(maps);
	assert_int_equal(libnimble_find_map(n, id, "names", &map, &info), 0);
	assert_string_equal(libnimble_map_type_name(info.type), "hash");
	assert_int_equal(call(id, CALLED_STORE, 3, 33, NULL), 0);
	assert_int_equal(libnimble_map_lookup(n, id, map_of(id, "numbers"),
					      &key, 4, &value, 8),
			 0);
	assert_int_equal(value, 33);
	value = 0;
	assert_int_equal(libnimble_map_lookup(n, id, map, &key, 4, &value, 8),
			 0);
	assert_int_equal(value, 33);
	assert_int_equal(libnimble_map_lookup(n, id, map, &key, 3, &value, 8),
			 -EINVAL);
	assert_int_equal(libnimble_map_lookup(n, id, map, &key, 4, &value, 4),
			 -ENOSPC);
	assert_int_equal(libnimble_map_next(n, id, map, NULL, &next, 4), 0);
	assert_int_equal(next, 3);
	assert_int_equal(libnimble_map_next(n, id, map, &next, &next, 4),
			 -ENOENT);
	key = 4;
	value = 44;
	assert_int_equal(libnimble_map_update(n, id, map, &key, 4, &value, 8),
			 0);
	assert_int_equal(libnimble_map_delete(n, id, map, &key, 4), 0);
	assert_int_equal(libnimble_map_delete(n, id, map, &key, 4), -ENOENT);
	/* One CPU. */
	assert_int_equal(libnimble_find_map(n, id, "counts", &map, &info), 0);
	assert_int_equal(info.values, 1);
	key = 0;
	assert_int_equal(libnimble_map_lookup(n, id, map, &key, 4, &value, 8),
			 0);
	assert_int_equal(value, 1);
	assert_int_equal(libnimble_map_lookup(n, id, map_of(id, "events"), &key,
					      4, &value, 8),
			 -EOPNOTSUPP);
	assert_int_equal(libnimble_map_lookup(n, id, 5, &key, 4, &value, 8),
			 -EINVAL);
	assert_int_equal(libnimble_remove(n, id), 0);
}

static void test_ring(void **state)
{
	uint32_t id = insert("tests/ext/called"), map = map_of(id, "events");
	uint64_t taken[16], value;
	size_t used, at = 0, bytes;
	void *ring;

	(void)state;
	call(id, CALLED_RECORD, 71, 0, NULL);
	call(id, CALLED_RECORD, 72, 0, NULL);
	assert_int_equal(libnimble_ring_take(n, id, map, taken, sizeof(taken),
					     &used),
			 0);
	for (unsigned int i = 0; i < 2; i++) {
		const void *record =
			libnimble_ring_next(taken, used, &at, &bytes);

		assert_non_null(record);
		assert_int_equal(bytes, 8);
		memcpy(&value, record, 8);
		assert_int_equal(value, 71 + i);
	}
	assert_null(libnimble_ring_next(taken, used, &at, &bytes));
	assert_int_equal(libnimble_map_mmap(n, id, map, &ring, &bytes), 0);
	assert_int_equal(libnimble_ring_read(ring, &value, 8), -EAGAIN);
	call(id, CALLED_RECORD, 73, 0, NULL);
	assert_int_equal(libnimble_ring_read(ring, &value, 8), 8);
	assert_int_equal(value, 73);
	for (int i = 0; i < 1000; i++)
		call(id, CALLED_RECORD, 74, 0, NULL);
	assert_true(libnimble_ring_dropped(ring) > 0);
	assert_int_equal(munmap(ring, bytes), 0);
	/* The extension has its own mapping of it. */
	assert_int_equal(libnimble_ring_take(n, id, map, taken, sizeof(taken),
					     &used),
			 0);
	assert_true(used > 0);
	assert_int_equal(libnimble_remove(n, id), 0);
}

static void test_arena(void **state)
{
	uint32_t id = insert("tests/ext/called");
	void *address;
	size_t bytes;

	(void)state;
	assert_int_equal(libnimble_map_mmap(n, id, map_of(id, "shared"),
					    &address, &bytes),
			 0);
	assert_int_equal(bytes, 4096);
	call(id, CALLED_SHARE, 64, 99, NULL);
	assert_int_equal(((uint64_t *)address)[8], 99);
	assert_int_equal(libnimble_remove(n, id), 0);
	/* It stays when the extension goes. */
	assert_int_equal(((uint64_t *)address)[8], 99);
	((uint64_t *)address)[8] = 1;
	assert_int_equal(munmap(address, bytes), 0);
	id = insert("tests/ext/called");
	assert_int_equal(libnimble_map_mmap(n, id, map_of(id, "numbers"),
					    &address, &bytes),
			 -EOPNOTSUPP);
	assert_int_equal(libnimble_remove(n, id), 0);
}

/* ---- Direct calls that take longer ------------------------------------- */

static void want(uint32_t id, uint32_t key, uint64_t value)
{
	assert_int_equal(libnimble_map_update(n, id, map_of(id, "wants"), &key,
					      4, &value, 8),
			 0);
}

static uint64_t seen(uint32_t id, uint32_t key)
{
	uint64_t value = 0;

	assert_int_equal(libnimble_map_lookup(n, id, map_of(id, "seen"), &key,
					      4, &value, 8),
			 0);
	return value;
}

static void test_system_calls(void **state)
{
	uint32_t id = insert("tests/ext/hooks");
	uint64_t args[8] = {0};

	(void)state;
	want(id, WANTS_CALL, CALL_BATCH);
	want(id, WANTS_CALLS, 3);
	want(id, WANTS_NR, SYS_getpid);
	assert_int_equal(libnimble_call(id, args), 0);
	assert_int_equal(args[0], 3 * (uint64_t)getpid());
	assert_int_equal(libnimble_remove(n, id), 0);

	/* Not those that would take the program elsewhere. */
	id = insert("tests/ext/hooks");
	want(id, WANTS_CALL, CALL_BATCH);
	want(id, WANTS_CALLS, 1);
	want(id, WANTS_NR, SYS_fork);
	assert_int_equal(libnimble_call(id, args), 0);
	assert_int_equal((int64_t)args[0], -EPERM);
	assert_int_equal(libnimble_remove(n, id), 0);
}

struct sleeper {
	uint32_t id;
	int err;
	uint64_t args[8];
};

static void *sleep_in_call(void *arg)
{
	struct sleeper *s = arg;

	s->args[6] = CALL_SLEEP;
	s->err = libnimble_call(s->id, s->args);
	return NULL;
}

/* Wakes until a thread waits: the waker learns that there was one. */
static void wake(uint32_t id)
{
	uint64_t args[8];

	do {
		memset(args, 0, sizeof(args));
		args[0] = seen(id, SEEN_WAITER);
		args[6] = CALL_WAKE;
		assert_int_equal(libnimble_call(id, args), 0);
		sched_yield();
	} while (!args[0]);
}

static void test_waiting(void **state)
{
	struct sleeper s = {.id = insert("tests/ext/hooks")};
	uint64_t args[8] = {0};
	pthread_t thread;

	(void)state;
	args[0] = gettid();
	args[6] = CALL_WAKE;
	assert_int_equal(libnimble_call(s.id, args), 0);
	assert_int_equal(args[0], 0); /* no thread waits */

	/* Woken, it waits again, until it may go. */
	assert_int_equal(pthread_create(&thread, NULL, sleep_in_call, &s), 0);
	wake(s.id);
	/* It counts in the hook, and is not seen between that and its wait. */
	while (seen(s.id, SEEN_WAITS) < 2)
		sched_yield();
	want(s.id, WANTS_GO, 1);
	wake(s.id);
	pthread_join(thread, NULL);
	assert_int_equal(s.err, 0);
	assert_true(seen(s.id, SEEN_WAITS) >= 3);

	/* A time limit. */
	want(s.id, WANTS_GO, 0);
	memset(args, 0, sizeof(args));
	args[1] = 1000000;
	args[6] = CALL_SLEEP;
	assert_int_equal(libnimble_call(s.id, args), 0);
	assert_int_equal((int64_t)args[0], -ETIMEDOUT);

	/* Its extension goes. */
	memset(s.args, 0, sizeof(s.args));
	assert_int_equal(pthread_create(&thread, NULL, sleep_in_call, &s), 0);
	wake(s.id);
	assert_int_equal(libnimble_remove(n, s.id), 0);
	pthread_join(thread, NULL);
	assert_int_equal(s.err, -ENOENT);
}

/* ---- Events ------------------------------------------------------------ */

static void test_events(void **state)
{
	uint32_t id = insert("tests/ext/called");
	struct nimble_event_record event = {0};
	struct libnimble_statistics s;
	struct libnimble_exit record;
	struct libnimble *other;
	int fd;

	(void)state;
	/* Of the extensions that other tests have removed nothing is left. */
	assert_int_equal(libnimble_event(n, &event, 0), -EAGAIN);
	call(id, CALLED_READ, 1ull << 60, 0, NULL);
	assert_int_equal(libnimble_event(n, &event, 1), 0);
	assert_int_equal(event.ext_id, id);
	assert_int_equal(event.kinds, 1 << NIMBLE_EVENT_FAULT);
	assert_string_equal(event.name, "called");
	assert_int_equal(libnimble_statistics(n, id, &s), 0);
	assert_int_equal(s.runs, 1);
	assert_int_equal(s.faults, 1);
	assert_true(s.charged > 0);
	assert_int_equal(libnimble_exit_record(n, id, &record), -ENOENT);
	assert_int_equal(libnimble_remove(n, id), 0);

	/* By the descriptor, which outlives its connection. */
	assert_int_equal(libnimble_open(&other, NULL), 0);
	fd = libnimble_event_fd(other);
	libnimble_close(other);
	assert_true(fd >= 0);
	assert_int_equal(libnimble_event_fd(n), fd);
	id = insert("tests/ext/called");
	call(id, CALLED_READ, 1ull << 60, 0, NULL);
	assert_int_equal(read(fd, &event, sizeof(event)), sizeof(event));
	assert_int_equal(event.ext_id, id);
	assert_int_equal(libnimble_remove(n, id), 0);
}

static void test_scope(void **state)
{
	uint32_t id;

	(void)state;
	assert_int_equal(
		libnimble_load_file(n, image("ext/app/rr"), 0, NULL, &id), 0);
	assert_int_equal(libnimble_attach_policy(n, id,
						 LIBNIMBLE_SCOPE_INSTANCE, 0),
			 -EPERM);
	assert_int_equal(libnimble_attach_policy(n, id, LIBNIMBLE_SCOPE_JOB, 0),
			 -EOPNOTSUPP);
	assert_int_equal(libnimble_remove(n, id), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_open),
		cmocka_unit_test(test_life),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_never_fires),
		cmocka_unit_test(test_fault),
		cmocka_unit_test(test_reach),
		cmocka_unit_test(test_maps),
		cmocka_unit_test(test_ring),
		cmocka_unit_test(test_arena),
		cmocka_unit_test(test_system_calls),
		cmocka_unit_test(test_waiting),
		cmocka_unit_test(test_events),
		cmocka_unit_test(test_scope),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
