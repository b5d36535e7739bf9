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
#include "toolchain/common/table.h"
#include "toolchain/lwk/lwk.h"
#include "toolchain/lwk/ps.h"

#define SLACK 16 /* processes that may come between two questions */

const char *ps_state_name(const struct lwk_ps_entry *e)
{
	static const char *const name[] = {
		[LWK_PROC_NEW] = "new",
		[LWK_PROC_RUNNABLE] = "runnable",
		[LWK_PROC_DELEGATED] = "delegated",
		[LWK_PROC_SLEEPING] = "sleeping",
		[LWK_PROC_ENDED] = "ended",
	};

	if (e->state == LWK_PROC_RUNNABLE && e->running)
		return "running";
	return e->state < sizeof(name) / sizeof(name[0]) ? name[e->state]
							 : "unknown";
}

/* The call that the process is in; one that computes is in none. */
static const char *call_name(const struct lwk_ps_entry *e)
{
	if (e->state != LWK_PROC_DELEGATED && e->state != LWK_PROC_SLEEPING)
		return "";
	return syscall_name(e->last_syscall);
}

int ps_ask(int fd, unsigned int instance, struct lwk_ps *ps,
	   struct lwk_ps_cpu *cpus, uint32_t cpu_room)
{
	int err;

	*ps = (struct lwk_ps){
		.version = LWK_IOC_ABI,
		.instance = instance,
		.cpus = (uintptr_t)cpus,
		.cpu_capacity = cpu_room,
	};
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

/* LOCAL and LINUX: calls that the LWK and that Linux has served. */
static const struct table_column columns[] = {
	{"LWK", 0},   {"PID", 1},  {"UID", 1},	 {"CPU", 1},
	{"TIME", 1},  {"MEM", 1},  {"LOCAL", 1}, {"LINUX", 1},
	{"STATE", 0}, {"CALL", 0}, {"NAME", 0},
};

void ps_name(const struct lwk_ps_entry *e, char name[PS_NAME_BYTES])
{
	snprintf(name, PS_NAME_BYTES, "%.*s", (int)sizeof(e->name), e->name);
	make_printable(name);
}

static void add_entry(struct table *t, unsigned int instance,
		      const struct lwk_ps_entry *e)
{
	char name[PS_NAME_BYTES], text[TABLE_NUMBER_BYTES];

	ps_name(e, name);
	table_cell(t, "lwk%u", instance);
	table_cell(t, "%u", e->pid);
	table_cell(t, "%u", e->uid);
	table_cell(t, "%u", e->linux_cpu);
	table_cell(t, "%" PRIu64 ".%02u", e->run_ns / 1000000000,
		   (unsigned int)(e->run_ns / 10000000 % 100));
	table_cell(t, "%s", table_bytes(e->resident_bytes, text));
	table_cell(t, "%s", table_number(e->syscalls_local, text));
	table_cell(t, "%s", table_number(e->syscalls_delegated, text));
	table_cell(t, "%s", ps_state_name(e));
	table_cell(t, "%.10s", call_name(e));
	table_cell(t, "%s", name);
}

static json_t *json_entry(unsigned int instance, const struct lwk_ps_entry *e)
{
	char name[PS_NAME_BYTES];

	ps_name(e, name);
	return json_pack(
		"{s:i, s:i, s:i, s:i, s:i, s:s, s:s, s:s, s:I, s:I, s:I, s:I, s:I}",
		"instance", instance, "pid", e->pid, "uid", e->uid, "cpu",
		e->linux_cpu, "lwk_index", e->cpu, "state", ps_state_name(e),
		"last_syscall", syscall_name(e->last_syscall), "name", name,
		"run_ns", (json_int_t)e->run_ns, "resident_bytes",
		(json_int_t)e->resident_bytes, "syscalls_local",
		(json_int_t)e->syscalls_local, "syscalls_delegated",
		(json_int_t)e->syscalls_delegated, "switches",
		(json_int_t)e->switches);
}

/* skip_unbooted: an instance that is only reserved has no processes. */
static int show(unsigned int instance, json_t *list, struct table *t,
		int skip_unbooted)
{
	const struct lwk_ps_entry *entries;
	struct lwk_ps ps;
	int fd = open_instance(instance);
	int err = ps_ask(fd, instance, &ps, NULL, 0);

	close(fd);
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
			add_entry(t, instance, &entries[i]);
	}
	free((void *)ps.entries);
	return 0;
}

static int show_chosen(const struct options *o, json_t *list, struct table *t)
{
	uint32_t mask;
	int status = 0;

	if (o->instance != LWK_INSTANCE_ANY)
		return show(o->instance, list, t, 0);
	mask = instances_reserved();
	if (!mask)
		return show(0, list, t, 0); /* says what is missing */
	for (unsigned int i = 0; i < LWK_MAX_INSTANCES; i++)
		if (mask & 1U << i)
			status |= show(i, list, t, 1);
	return status;
}

int cmd_ps(struct options *o)
{
	json_t *list = o->json ? json_array() : NULL, *all;
	struct table *t =
		table_new(columns, sizeof(columns) / sizeof(*columns));
	int status = show_chosen(o, list, t);

	if (!list) {
		if (!status)
			table_print(t);
		return status;
	}
	all = json_pack("{s:o}", "processes", list);
	json_dumpf(all, stdout, JSON_INDENT(2));
	putchar('\n');
	json_decref(all);
	return status;
}
