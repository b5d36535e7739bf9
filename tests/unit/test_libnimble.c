// SPDX-License-Identifier: MIT
/* libnimble/: requests as they leave, answers as they come. The test is the
 * carrier. */
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
#include <unistd.h>

#include "libnimble/libnimble.h"

/* The request that came, and the answer to give. */
static struct nimble_ctl last;
static char last_in[256];
static unsigned int requests;
static int answer; /* 0 or -errno */
static const char *answer_message;
static const void *answer_bytes;
static size_t answer_size;
static uint32_t answer_id;

static int carry(void *context, struct nimble_ctl *ctl)
{
	assert_ptr_equal(context, &last);
	requests++;
	last = *ctl;
	assert_int_equal(ctl->version, NIMBLE_CTL_VERSION);
	assert_int_equal(ctl->pad, 0);
	if (ctl->in_bytes)
		memcpy(last_in, (void *)ctl->in,
		       ctl->in_bytes < sizeof(last_in) ? ctl->in_bytes
						       : sizeof(last_in));
	memset(ctl->message, 'x', sizeof(ctl->message)); /* no zero byte */
	if (answer_message)
		strcpy(ctl->message, answer_message);
	ctl->ext_id = answer_id;
	ctl->out_used = answer_size;
	if (answer || !ctl->out_bytes)
		return answer;
	if (answer_size > ctl->out_bytes)
		return -ENOSPC;
	if (answer_size)
		memcpy((void *)ctl->out, answer_bytes, answer_size);
	return 0;
}

static struct libnimble *n;

static int start(void **state)
{
	const struct libnimble_carrier carrier = {carry, &last};

	(void)state;
	return libnimble_open_carrier(&n, &carrier);
}

static int stop(void **state)
{
	(void)state;
	libnimble_close(n);
	libnimble_close(NULL);
	return 0;
}

static void will_answer(int err, const void *bytes, size_t size)
{
	answer = err;
	answer_message = NULL;
	answer_bytes = bytes;
	answer_size = size;
	answer_id = 0;
	requests = 0;
}

/* ---- Extensions -------------------------------------------------------- */

static void test_load(void **state)
{
	uint32_t id = 0;

	(void)state;
	will_answer(0, NULL, 0);
	answer_id = 17;
	assert_int_equal(
		libnimble_load(n, "image", 5, NIMBLE_TRUSTED, "name", &id), 0);
	assert_int_equal(id, 17);
	assert_int_equal(last.op, NIMBLE_OP_LOAD);
	assert_int_equal(last.flags, NIMBLE_TRUSTED);
	assert_int_equal(last.in_bytes, 5);
	assert_string_equal(last.name, "name");
	assert_memory_equal(last_in, "image", 5);
}

static void test_load_refused(void **state)
{
	static char large[NIMBLE_CTL_MAX_IN + 1];
	uint32_t id = 5;

	(void)state;
	will_answer(-EINVAL, NULL, 0);
	answer_message = "x.c:3: jump into the middle of lddw";
	assert_int_equal(libnimble_load(n, "image", 5, 0, NULL, &id), -EINVAL);
	assert_string_equal(libnimble_message(), answer_message);
	assert_int_equal(id, 5);
	will_answer(0, NULL, 0);
	assert_int_equal(libnimble_load(n, large, sizeof(large), 0, NULL, &id),
			 -E2BIG);
	assert_int_equal(libnimble_load(n, "x", 1, 0,
					"a-name-of-thirty-two-characters-",
					&id),
			 -EINVAL);
	assert_int_equal(requests, 0);
}

static void test_load_file(void **state)
{
	char path[] = "/tmp/libnimble-XXXXXX";
	int fd = mkstemp(path);
	uint32_t id;

	(void)state;
	assert_int_equal(write(fd, "bytes", 5), 5);
	will_answer(0, NULL, 0);
	assert_int_equal(libnimble_load_file(n, path, 0, NULL, &id), 0);
	assert_int_equal(last.in_bytes, 5);
	assert_memory_equal(last_in, "bytes", 5);
	assert_int_equal(ftruncate(fd, NIMBLE_CTL_MAX_IN + 1), 0);
	assert_int_equal(libnimble_load_file(n, path, 0, NULL, &id), -E2BIG);
	close(fd);
	unlink(path);
	assert_int_equal(libnimble_load_file(n, path, 0, NULL, &id), -ENOENT);
	assert_non_null(strstr(libnimble_message(), path));
	assert_int_equal(libnimble_load_file(n, "/tmp", 0, NULL, &id), -EISDIR);
}

static void test_attach(void **state)
{
	(void)state;
	will_answer(0, NULL, 0);
	assert_int_equal(libnimble_attach(n, 3, 1, -7), 0);
	assert_int_equal(last.op, NIMBLE_OP_ATTACH);
	assert_int_equal(last.ext_id, 3);
	assert_int_equal(last.index, 1);
	assert_int_equal(last.order, -7);
	assert_int_equal(libnimble_detach(n, 3, NIMBLE_ALL), 0);
	assert_int_equal(last.op, NIMBLE_OP_DETACH);
	assert_int_equal(last.index, NIMBLE_ALL);
	assert_int_equal(libnimble_remove(n, 4), 0);
	assert_int_equal(last.op, NIMBLE_OP_REMOVE);
	assert_int_equal(last.ext_id, 4);
}

static void test_list(void **state)
{
	struct nimble_info two[2] = {{.id = 1}, {.id = 9}}, *list;
	size_t count;

	(void)state;
	strcpy(two[0].name, "first");
	memset(two[1].name, 'n', NIMBLE_NAME_BYTES); /* no zero byte */
	will_answer(0, two, sizeof(two));
	assert_int_equal(libnimble_list(n, &list, &count), 0);
	assert_int_equal(count, 2);
	assert_int_equal(list[1].id, 9);
	assert_int_equal(strlen(list[1].name), NIMBLE_NAME_BYTES - 1);
	free(list);
	will_answer(0, NULL, 0);
	assert_int_equal(libnimble_list(n, &list, &count), 0);
	assert_int_equal(count, 0);
	assert_null(list);
}

/* More than fits at first, and more than ever fits. */
static void test_large_list(void **state)
{
	static struct nimble_info many[1000];
	static char endless[NIMBLE_CTL_MAX_OUT + 1];
	struct nimble_info *list;
	size_t count;

	(void)state;
	many[999].id = 999;
	will_answer(0, many, sizeof(many));
	assert_int_equal(libnimble_list(n, &list, &count), 0);
	assert_int_equal(count, 1000);
	assert_int_equal(list[999].id, 999);
	assert_int_equal(requests, 2);
	free(list);
	will_answer(0, endless, sizeof(endless));
	assert_int_equal(libnimble_list(n, &list, &count), -E2BIG);
	assert_null(list);
	assert_int_equal(requests, 2);
}

static void test_find(void **state)
{
	struct nimble_info three[3] = {{.id = 1}, {.id = 2}, {.id = 3}};
	uint32_t id;

	(void)state;
	strcpy(three[0].name, "twice");
	strcpy(three[1].name, "once");
	strcpy(three[2].name, "twice");
	will_answer(0, three, sizeof(three));
	assert_int_equal(libnimble_find(n, "once", &id), 0);
	assert_int_equal(id, 2);
	assert_int_equal(libnimble_find(n, "twice", &id), -EEXIST);
	assert_int_equal(libnimble_find(n, "never", &id), -ENOENT);
	assert_non_null(strstr(libnimble_message(), "never"));
	assert_int_equal(libnimble_find(n, "4294967296", &id), -ENOENT);
	requests = 0;
	assert_int_equal(libnimble_find(n, "42", &id), 0);
	assert_int_equal(id, 42);
	assert_int_equal(requests, 0);
}

static void test_show(void **state)
{
	struct {
		struct nimble_detail detail;
		struct nimble_hook_record hook[2];
	} full = {.detail.info = {.id = 7, .hook_count = 2}};
	struct nimble_detail *detail;

	(void)state;
	memset(full.hook[1].hook_name, 'h', NIMBLE_NAME_BYTES);
	full.hook[1].runs = 5;
	will_answer(0, &full, sizeof(full));
	assert_int_equal(libnimble_show(n, 7, &detail), 0);
	assert_int_equal(last.ext_id, 7);
	assert_int_equal(libnimble_hooks(detail)[1].runs, 5);
	assert_int_equal(strlen(libnimble_hooks(detail)[1].hook_name),
			 NIMBLE_NAME_BYTES - 1);
	free(detail);
	/* Fewer hooks than it says, half a record, nothing. */
	will_answer(0, &full, sizeof(full) - 1);
	assert_int_equal(libnimble_show(n, 7, &detail), -EPROTO);
	will_answer(0, &full, sizeof(full.detail) - 1);
	assert_int_equal(libnimble_show(n, 7, &detail), -EPROTO);
	will_answer(0, NULL, 0);
	assert_int_equal(libnimble_show(n, 7, &detail), -EPROTO);
	assert_null(detail);
	will_answer(-ENOENT, NULL, 0);
	assert_int_equal(libnimble_show(n, 7, &detail), -ENOENT);
}

/* A detail with no hooks, as an answer. */
static void will_show(const struct nimble_detail *detail)
{
	will_answer(0, detail, sizeof(*detail));
}

static void test_exit_record(void **state)
{
	struct nimble_detail detail = {.info = {.job = 5}};
	struct libnimble_exit record;

	(void)state;
	will_show(&detail);
	assert_int_equal(libnimble_exit_record(n, 7, &record), -ENOENT);
	detail.policy.kind = 1024;
	detail.policy.code = 9;
	memset(detail.policy.message, 'm', NIMBLE_EXIT_BYTES);
	strcpy(detail.policy.dump, "what it knew");
	will_show(&detail);
	assert_int_equal(libnimble_exit_record(n, 7, &record), 0);
	assert_int_equal(record.kind, 1024);
	assert_int_equal(record.code, 9);
	assert_int_equal(strlen(record.message), NIMBLE_EXIT_BYTES - 1);
	assert_string_equal(record.dump, "what it knew");
	assert_int_equal(record.line, 0);
	detail.fault.kind = 1;
	detail.fault.line = 12;
	strcpy(detail.fault.file, "p.c");
	will_show(&detail);
	assert_int_equal(libnimble_exit_record(n, 7, &record), 0);
	assert_int_equal(record.line, 12);
	assert_string_equal(record.file, "p.c");
	will_answer(-ENOENT, NULL, 0);
	assert_int_equal(libnimble_exit_record(n, 7, &record), -ENOENT);
}

/* The last request was to attach it, with these flags. */
static void assert_attached(uint32_t flags)
{
	assert_int_equal(requests, 2);
	assert_int_equal(last.op, NIMBLE_OP_ATTACH);
	assert_int_equal(last.index, NIMBLE_ALL);
	assert_int_equal(last.flags, flags);
}

static void test_scope(void **state)
{
	struct nimble_detail detail = {.info = {.job = 5}};

	(void)state;
	will_show(&detail);
	assert_int_equal(libnimble_attach_policy(n, 7, LIBNIMBLE_SCOPE_JOB, 0),
			 0);
	assert_attached(0);
	will_show(&detail);
	assert_int_equal(libnimble_attach_policy(n, 7, LIBNIMBLE_SCOPE_JOB, 1),
			 0);
	assert_attached(NIMBLE_REPLACE);
	will_show(&detail);
	assert_int_equal(libnimble_attach_policy(n, 7, LIBNIMBLE_SCOPE_INSTANCE,
						 0),
			 -EPERM);
	assert_int_equal(requests, 1);
	detail.info.job = 0;
	will_show(&detail);
	assert_int_equal(libnimble_attach_policy(n, 7, LIBNIMBLE_SCOPE_JOB, 0),
			 -EPERM);
	will_show(&detail);
	assert_int_equal(
		libnimble_attach_policy(n, 7, LIBNIMBLE_SCOPE_INSTANCE, 1), 0);
	assert_attached(NIMBLE_REPLACE);
}

static void test_statistics(void **state)
{
	const struct nimble_detail detail = {
		.info = {.clock_khz = 2000000,
			 .runs = 3,
			 .time_cycles = 5000,
			 .charged = 17,
			 .faults = 1,
			 .skipped = 2,
			 .memory_bytes = 4096},
	};
	struct libnimble_statistics s;

	(void)state;
	will_show(&detail);
	assert_int_equal(libnimble_statistics(n, 7, &s), 0);
	assert_int_equal(s.runs, 3);
	assert_int_equal(s.time_ns, 2500);
	assert_int_equal(s.charged, 17);
	assert_int_equal(s.faults, 1);
	assert_int_equal(s.skipped, 2);
	assert_int_equal(s.memory_bytes, 4096);
}

static void test_event(void **state)
{
	struct nimble_event_record happened = {.ext_id = 7, .kinds = 4}, event;

	(void)state;
	memset(happened.name, 'n', NIMBLE_NAME_BYTES);
	will_answer(0, &happened, sizeof(happened));
	assert_int_equal(libnimble_event(n, &event, 0), 0);
	assert_int_equal(last.op, NIMBLE_OP_EVENT);
	assert_int_equal(last.flags, 0);
	assert_int_equal(event.ext_id, 7);
	assert_int_equal(strlen(event.name), NIMBLE_NAME_BYTES - 1);
	will_answer(-EINTR, NULL, 0);
	assert_int_equal(libnimble_event(n, &event, 1), -EINTR);
	assert_int_equal(last.flags, NIMBLE_WAIT);
}

static void test_grants(void **state)
{
	const struct nimble_grant what = {
		.kind = NIMBLE_GRANT_MMIO, .base = 0x1000, .bytes = 32};
	struct nimble_grant had[2] = {what, what}, *list;
	size_t count;

	(void)state;
	will_answer(0, NULL, 0);
	assert_int_equal(libnimble_grant(n, 7, &what), 0);
	assert_int_equal(last.op, NIMBLE_OP_GRANT);
	assert_int_equal(last.ext_id, 7);
	assert_int_equal(last.in_bytes, sizeof(what));
	assert_memory_equal(last_in, &what, sizeof(what));
	will_answer(-ENOENT, NULL, 0);
	answer_message = "it was not granted";
	assert_int_equal(libnimble_revoke(n, 7, &what), -ENOENT);
	assert_int_equal(last.op, NIMBLE_OP_REVOKE);
	assert_string_equal(libnimble_message(), "it was not granted");
	memset(had[1].name, 'x', sizeof(had[1].name)); /* no zero byte */
	will_answer(0, had, sizeof(had));
	assert_int_equal(libnimble_grants(n, 7, &list, &count), 0);
	assert_int_equal(last.op, NIMBLE_OP_GRANTS);
	assert_int_equal(count, 2);
	assert_int_equal(list[0].base, 0x1000);
	assert_int_equal(strlen(list[1].name), NIMBLE_NAME_BYTES - 1);
	free(list);
	will_answer(0, NULL, 0);
	assert_int_equal(libnimble_grants(n, 7, &list, &count), 0);
	assert_null(list);
}

/* ---- Maps -------------------------------------------------------------- */

static void test_find_map(void **state)
{
	struct nimble_map_info maps[2] = {{.key_bytes = 4}, {.key_bytes = 8}};
	struct nimble_map_info info;
	uint32_t map;

	(void)state;
	strcpy(maps[0].name, "1"); /* a name that looks like an index */
	strcpy(maps[1].name, "other");
	will_answer(0, maps, sizeof(maps));
	assert_int_equal(libnimble_find_map(n, 1, "other", &map, &info), 0);
	assert_int_equal(map, 1);
	assert_int_equal(info.key_bytes, 8);
	assert_int_equal(libnimble_find_map(n, 1, "1", &map, NULL), 0);
	assert_int_equal(map, 0);
	assert_int_equal(libnimble_find_map(n, 1, "0", &map, NULL), 0);
	assert_int_equal(libnimble_find_map(n, 1, "2", &map, NULL), -ENOENT);
	assert_int_equal(libnimble_find_map(n, 1, "", &map, NULL), -ENOENT);
	assert_int_equal(libnimble_find_map(n, 1, "-1", &map, NULL), -ENOENT);
}

static void test_map_access(void **state)
{
	uint32_t key = 0x01020304, next = 0;
	uint64_t value = 5, got = 0;

	(void)state;
	will_answer(0, &value, 8);
	assert_int_equal(libnimble_map_lookup(n, 2, 1, &key, 4, &got, 8), 0);
	assert_int_equal(got, 5);
	assert_int_equal(last.op, NIMBLE_OP_MAP_LOOKUP);
	assert_int_equal(last.index, 1);
	assert_int_equal(last.in_bytes, 4);
	assert_memory_equal(last_in, &key, 4);
	/* A value of another size is not half of one. */
	will_answer(0, &value, 4);
	assert_int_equal(libnimble_map_lookup(n, 2, 1, &key, 4, &got, 8),
			 -EINVAL);
	will_answer(0, NULL, 0);
	assert_int_equal(libnimble_map_update(n, 2, 1, &key, 4, &value, 8), 0);
	assert_int_equal(last.in_bytes, 12);
	assert_memory_equal(last_in, &key, 4);
	assert_memory_equal(last_in + 4, &value, 8);
	assert_int_equal(libnimble_map_delete(n, 2, 1, &key, 4), 0);
	assert_int_equal(last.op, NIMBLE_OP_MAP_DELETE);
	will_answer(0, &key, 4);
	assert_int_equal(libnimble_map_next(n, 2, 1, NULL, &next, 4), 0);
	assert_int_equal(last.in_bytes, 0);
	assert_int_equal(next, key);
	assert_int_equal(libnimble_map_next(n, 2, 1, &key, &next, 4), 0);
	assert_int_equal(last.in_bytes, 4);
}

/* ---- Errors ------------------------------------------------------------ */

static void test_errors(void **state)
{
	(void)state;
	assert_string_equal(libnimble_error_name(-ENOENT), "ENOENT");
	assert_string_equal(libnimble_error_name(ENOSPC), "ENOSPC");
	assert_string_equal(libnimble_error_name(-12345), "EUNKNOWN");
	assert_string_equal(libnimble_state_name(NIMBLE_EXT_FAULTED),
			    "faulted");
	assert_string_equal(libnimble_state_name(99), "unknown");
	assert_string_equal(libnimble_map_type_name(2), "hash");
	assert_string_equal(libnimble_map_type_name(99), "unknown");
	will_answer(-EIO, NULL, 0);
	answer_message = "";
	assert_int_equal(libnimble_remove(n, 1), -EIO);
	assert_non_null(strstr(libnimble_message(), "nput/output"));
	will_answer(-EIO, NULL, 0); /* a message without an end */
	assert_int_equal(libnimble_remove(n, 1), -EIO);
	assert_int_equal(strlen(libnimble_message()), NIMBLE_MESSAGE_BYTES - 1);
}

static void *other_thread(void *arg)
{
	(void)arg;
	return (void *)(uintptr_t)(strcmp(libnimble_message(), "no error") ==
				   0);
}

static void test_message_is_the_threads(void **state)
{
	pthread_t thread;
	void *untouched;

	(void)state;
	will_answer(-EPERM, NULL, 0);
	assert_int_equal(libnimble_remove(n, 1), -EPERM);
	pthread_create(&thread, NULL, other_thread, NULL);
	pthread_join(thread, &untouched);
	assert_non_null(untouched);
}

/* On Linux, without a device. */
static void test_open(void **state)
{
	struct libnimble *m;

	(void)state;
	assert_int_equal(libnimble_open(&m, "/nonexistent/lwk0"), -ENOENT);
	assert_null(m);
	assert_int_equal(setenv("LIBNIMBLE_DEVICE", "/nonexistent", 1), 0);
	assert_int_equal(libnimble_open(&m, NULL), -ENOENT);
	unsetenv("LIBNIMBLE_DEVICE");
	assert_int_equal(libnimble_instance(n), -1);
	if (access("/dev/lwk0", F_OK))
		assert_int_equal(libnimble_open(&m, NULL), -ENOSYS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_load),
		cmocka_unit_test(test_load_refused),
		cmocka_unit_test(test_load_file),
		cmocka_unit_test(test_attach),
		cmocka_unit_test(test_list),
		cmocka_unit_test(test_large_list),
		cmocka_unit_test(test_find),
		cmocka_unit_test(test_show),
		cmocka_unit_test(test_grants),
		cmocka_unit_test(test_exit_record),
		cmocka_unit_test(test_scope),
		cmocka_unit_test(test_statistics),
		cmocka_unit_test(test_event),
		cmocka_unit_test(test_find_map),
		cmocka_unit_test(test_map_access),
		cmocka_unit_test(test_errors),
		cmocka_unit_test(test_message_is_the_threads),
		cmocka_unit_test(test_open),
	};

	return cmocka_run_group_tests(tests, start, stop);
}
