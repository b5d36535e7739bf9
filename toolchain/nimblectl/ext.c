// SPDX-License-Identifier: MIT
/* nimble load, attach, detach, rm, ls. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "toolchain/common/table.h"
#include "toolchain/nimblectl/nimblectl.h"

int cmd_load(struct options *o)
{
	struct libnimble *n = connect_to(o);
	uint32_t id;
	int err =
		libnimble_load_file(n, o->args[0],
				    (o->trusted ? NIMBLE_TRUSTED : 0) |
					    (o->threaded ? NIMBLE_THREADED : 0),
				    o->name, &id);

	if (err)
		return failed(o->args[0], err);
	if (o->attach) {
		err = o->replace
			      ? libnimble_replace(n, id)
			      : libnimble_attach(n, id, NIMBLE_ALL, o->order);
		if (err) {
			failed(o->args[0], err);
			libnimble_remove(n, id);
			return EXIT_FAILURE;
		}
	}
	printf("%u\n", id);
	libnimble_close(n);
	return 0;
}

/* Finds it by its index, its hook's name or its function's. Exits where there is none. */
static uint32_t entry_of(struct libnimble *n, uint32_t id, const char *name)
{
	const struct nimble_hook_record *hook;
	struct nimble_detail *detail;
	uint64_t number;
	int err;

	if (!name)
		return NIMBLE_ALL;
	if (parse_number(name, UINT32_MAX - 1, &number) == 0)
		return number;
	err = libnimble_show(n, id, &detail);
	if (err)
		exit(failed(name, err));
	hook = libnimble_hooks(detail);
	for (uint32_t i = 0; i < detail->info.hook_count; i++) {
		if (strcmp(hook[i].hook_name, name) == 0 ||
		    strcmp(hook[i].function, name) == 0) {
			free(detail);
			return i;
		}
	}
	exit(complain("%s has no entry %s (see `nimble show %u`)",
		      detail->info.name, name, id));
}

int cmd_attach(struct options *o)
{
	struct libnimble *n = connect_to(o);
	uint32_t id = extension(n, o->args[0]);
	uint32_t entry = entry_of(n, id, o->args[1]);
	int err = o->replace && entry == NIMBLE_ALL
			  ? libnimble_replace(n, id)
			  : libnimble_attach(n, id, entry, o->order);

	libnimble_close(n);
	return err ? failed(o->args[0], err) : 0;
}

int cmd_detach(struct options *o)
{
	struct libnimble *n = connect_to(o);
	uint32_t id = extension(n, o->args[0]);
	int err = libnimble_detach(n, id, entry_of(n, id, o->args[1]));

	libnimble_close(n);
	return err ? failed(o->args[0], err) : 0;
}

int cmd_rm(struct options *o)
{
	struct libnimble *n = connect_to(o);
	int err = libnimble_remove(n, extension(n, o->args[0]));

	libnimble_close(n);
	return err ? failed(o->args[0], err) : 0;
}

/* ---- ls ---------------------------------------------------------------- */

static const struct table_column columns[] = {
	{"ID", 1},   {"NAME", 0},    {"STATE", 0},  {"TRUST", 0}, {"OWNER", 1},
	{"RUNS", 1}, {"TIME/ms", 1}, {"FAULTS", 1}, {"MEM", 1},	  {"HOOKS", 0},
};

/* The hooks that it is on, or would be on; "?" where it has gone meanwhile. */
static void add_hooks(struct libnimble *n, struct table *t, uint32_t id)
{
	const struct nimble_hook_record *h;
	struct nimble_detail *d;
	char text[256] = "";
	size_t used = 0;

	if (libnimble_show(n, id, &d)) {
		table_cell(t, "?");
		return;
	}
	h = libnimble_hooks(d);
	for (uint32_t i = 0; i < d->info.hook_count && used < sizeof(text); i++)
		used += snprintf(text + used, sizeof(text) - used, "%s%s%s%s",
				 used ? "," : "", h[i].attached ? "" : "(",
				 h[i].hook_name, h[i].attached ? "" : ")");
	free(d);
	table_cell(t, "%s", text);
}

static void add_info(struct libnimble *n, struct table *t,
		     const struct nimble_info *i)
{
	char text[TABLE_NUMBER_BYTES], owner[16] = "admin";

	if (i->owner_pid)
		snprintf(owner, sizeof(owner), "%u", i->owner_pid);
	table_cell(t, "%u", i->id);
	table_cell(t, "%s", i->name);
	table_cell(t, "%s", libnimble_state_name(i->state));
	table_cell(t, "%s", i->flags & NIMBLE_TRUSTED ? "trusted" : "checked");
	table_cell(t, "%s", owner);
	table_cell(t, "%s", table_number(i->runs, text));
	table_cell(t, "%.1f",
		   i->clock_khz ? (double)i->time_cycles / i->clock_khz : 0.0);
	table_cell(t, "%s", table_number(i->faults, text));
	table_cell(t, "%s", table_bytes(i->memory_bytes, text));
	add_hooks(n, t, i->id);
}

static json_t *json_info(const struct nimble_info *i)
{
	return json_pack(
		"{s:I, s:s, s:s, s:b, s:I, s:o, s:o, s:I, s:I, s:I, s:I, s:o, s:o, s:o, s:o}",
		"id", (json_int_t)i->id, "name", i->name, "state",
		libnimble_state_name(i->state), "trusted",
		(int)(i->flags & NIMBLE_TRUSTED), "owner_pid",
		(json_int_t)i->owner_pid, "job", json_number(i->job),
		"memory_bytes", json_number(i->memory_bytes), "insns",
		(json_int_t)i->insn_count, "hooks", (json_int_t)i->hook_count,
		"maps", (json_int_t)i->map_count, "clock_khz",
		(json_int_t)i->clock_khz, "runs", json_number(i->runs),
		"time_cycles", json_number(i->time_cycles), "faults",
		json_number(i->faults), "skipped", json_number(i->skipped));
}

int cmd_ls(struct options *o)
{
	struct table *t =
		table_new(columns, sizeof(columns) / sizeof(*columns));
	struct libnimble *n = connect_to(o);
	struct nimble_info *list;
	json_t *json = json_array();
	size_t count;
	int err = libnimble_list(n, &list, &count);

	if (err)
		return failed("ls", err);
	for (size_t i = 0; i < count; i++) {
		make_printable(list[i].name);
		if (o->json)
			json_array_append_new(json, json_info(&list[i]));
		else
			add_info(n, t, &list[i]);
	}
	free(list);
	libnimble_close(n);
	if (o->json)
		return print_json(json_pack("{s:o}", "extensions", json));
	table_print(t);
	return 0;
}
