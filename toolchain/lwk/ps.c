// SPDX-License-Identifier: MIT
/* lwk ps. */
#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "kernel/abi/procpage.h"
#include "toolchain/common/syscalls.h"
#include "toolchain/lwk/lwk.h"

#define SLACK 16 /* processes that may come between two questions */

static const char *state_name(uint32_t state)
{
	static const char *const name[] = {
		[LWK_PROC_NEW] = "new",
		[LWK_PROC_RUNNABLE] = "runnable",
		[LWK_PROC_DELEGATED] = "delegated",
		[LWK_PROC_SLEEPING] = "sleeping",
		[LWK_PROC_ENDED] = "ended",
	};

	return state < sizeof(name) / sizeof(name[0]) ? name[state] : "unknown";
}

/* All processes of an instance: entries to be freed, or -errno. */
static int ask(int fd, unsigned int instance, struct lwk_ps *ps)
{
	int err;

	*ps = (struct lwk_ps){.version = LWK_IOC_ABI, .instance = instance};
	for (uint32_t room = SLACK;; room = ps->count + SLACK) {
		struct lwk_ps_entry *entries = calloc(room, sizeof(*entries));

		if (!entries)
			return -ENOMEM;
		ps->entries = (uintptr_t)entries;
		ps->capacity = room;
		err = command(fd, LWK_IOC_PS, ps);
		if (!err && ps->count <= room)
			return 0;
		free(entries);
		if (err)
			return err;
	}
}

/* Once, before the first instance's. */
static void print_head(void)
{
	static int done;

	if (!done)
		printf("%-4s %8s %6s %4s %13s %9s %10s %10s  %-10s%-14s %s\n",
		       "LWK", "PID", "UID", "CPU", "TIME", "MEMORY", "LOCAL",
		       "DELEGATED", "STATE", "CALL", "NAME");
	done = 1;
}

#define NAME_BYTES (sizeof(((struct lwk_ps_entry *)0)->name) + 1)

static void name_of(const struct lwk_ps_entry *e, char name[NAME_BYTES])
{
	snprintf(name, NAME_BYTES, "%.*s", (int)sizeof(e->name), e->name);
	make_printable(name);
}

static void print_entry(unsigned int instance, const struct lwk_ps_entry *e)
{
	char name[NAME_BYTES];

	name_of(e, name);
	printf("lwk%u %8u %6u %4u %9" PRIu64 ".%03u %8" PRIu64 "K %10" PRIu64
	       " %10" PRIu64 "  %-10s%-14s %s\n",
	       instance, e->pid, e->uid, e->linux_cpu, e->run_ns / 1000000000,
	       (unsigned int)(e->run_ns / 1000000 % 1000),
	       e->resident_bytes / 1024, e->syscalls_local,
	       e->syscalls_delegated, state_name(e->state),
	       syscall_name(e->last_syscall), name);
}

static json_t *json_entry(unsigned int instance, const struct lwk_ps_entry *e)
{
	char name[NAME_BYTES];

	name_of(e, name);
	return json_pack(
		"{s:i, s:i, s:i, s:i, s:i, s:s, s:s, s:s, s:I, s:I, s:I, s:I, "
		"s:I}",
		"instance", instance, "pid", e->pid, "uid", e->uid, "cpu",
		e->linux_cpu, "lwk_index", e->cpu, "state",
		state_name(e->state), "last_syscall",
		syscall_name(e->last_syscall), "name", name, "run_ns",
		(json_int_t)e->run_ns, "resident_bytes",
		(json_int_t)e->resident_bytes, "syscalls_local",
		(json_int_t)e->syscalls_local, "syscalls_delegated",
		(json_int_t)e->syscalls_delegated, "switches",
		(json_int_t)e->switches);
}

/* skip_unbooted: an instance that is only reserved has no processes. */
static int show(unsigned int instance, json_t *list, int skip_unbooted)
{
	const struct lwk_ps_entry *entries;
	struct lwk_ps ps;
	int fd = open_instance(instance);
	int err = ask(fd, instance, &ps);

	close(fd);
	if (!list && (!err || skip_unbooted))
		print_head();
	if (err == -ENXIO && skip_unbooted)
		return 0;
	if (err)
		return refused(instance, err, NULL);
	entries = (const void *)ps.entries;
	for (uint32_t i = 0; i < ps.count; i++) {
		if (list)
			json_array_append_new(list, json_entry(instance,
							       &entries[i]));
		else
			print_entry(instance, &entries[i]);
	}
	free((void *)ps.entries);
	return 0;
}

static int show_chosen(const struct options *o, json_t *list)
{
	uint32_t mask;
	int status = 0;

	if (o->instance != LWK_INSTANCE_ANY)
		return show(o->instance, list, 0);
	mask = instances_reserved();
	if (!mask)
		return show(0, list, 0); /* says what is missing */
	for (unsigned int i = 0; i < LWK_MAX_INSTANCES; i++)
		if (mask & 1U << i)
			status |= show(i, list, 1);
	return status;
}

int cmd_ps(struct options *o)
{
	json_t *list = o->json ? json_array() : NULL, *all;
	int status;

	status = show_chosen(o, list);
	if (!list)
		return status;
	all = json_pack("{s:o}", "processes", list);
	json_dumpf(all, stdout, JSON_INDENT(2));
	putchar('\n');
	json_decref(all);
	return status;
}
