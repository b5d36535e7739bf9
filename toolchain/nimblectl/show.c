// SPDX-License-Identifier: MIT
/* nimble show: one extension in full. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "nimble/nimble.h"
#include "toolchain/nimblectl/nimblectl.h"

#define ENTRIES 32 /* lines of a map; `nimble map dump` shows more */
#define REGISTERS 11

/* ---- For people -------------------------------------------------------- */

static double milliseconds(const struct nimble_info *i, uint64_t cycles)
{
	return i->clock_khz ? (double)cycles / i->clock_khz : 0.0;
}

static void print_info(const struct nimble_detail *d)
{
	const struct nimble_info *i = &d->info;

	printf("%u %s: %s, %s, %s code, licence %s\n", i->id, i->name,
	       libnimble_state_name(i->state),
	       i->flags & NIMBLE_TRUSTED ? "trusted" : "checked",
	       i->flags & NIMBLE_THREADED ? "threaded" : "machine", d->licence);
	if (i->owner_pid)
		printf("  loaded by process %u, for its job\n", i->owner_pid);
	printf("  %u instructions, %" PRIu64 " KiB of memory\n"
	       "  %" PRIu64 " runs in %.3f ms, %" PRIu64 " faults, %" PRIu64
	       " skipped\n",
	       i->insn_count, (i->memory_bytes + 1023) / 1024, i->runs,
	       milliseconds(i, i->time_cycles), i->faults, i->skipped);
}

static void print_hooks(const struct nimble_detail *d)
{
	const struct nimble_hook_record *h = libnimble_hooks(d);

	for (uint32_t i = 0; i < d->info.hook_count; i++, h++) {
		printf("  entry %u: %s() on %s, %s, order %d; %" PRIu64
		       " runs in %.3f ms, %" PRIu64 " faults",
		       i, h->function, h->hook_name,
		       h->attached ? "attached" : "not attached", h->order,
		       h->runs, milliseconds(&d->info, h->time_cycles),
		       h->faults);
		if (h->ignored)
			printf(", %" PRIu64 " results meant nothing",
			       h->ignored);
		putchar('\n');
	}
}

static void print_fault(const struct nimble_detail *d)
{
	const struct nimble_fault_record *f = &d->fault;

	if (!f->kind)
		return;
	printf("  FAULT: %s at instruction %u", f->kind_name, f->insn);
	if (f->line)
		printf(" (%s:%u)", f->file, f->line);
	if (f->entry < d->info.hook_count)
		printf(", on %s", libnimble_hooks(d)[f->entry].hook_name);
	printf(", CPU %u, at %" PRIu64 ".%06u s\n    ", f->cpu,
	       f->time_ns / 1000000000,
	       (unsigned int)(f->time_ns / 1000 % 1000000));
	/* The processor gives an address for page faults only. */
	if (f->kind == NIMBLE_FAULT_TRAP && !f->address)
		printf("no address: the processor names none for this");
	else
		printf("address %#" PRIx64, f->address);
	for (unsigned int i = 0; i < REGISTERS; i++)
		printf("%sr%u = %#" PRIx64, i % 4 ? ", " : "\n    ", i,
		       f->reg[i]);
	putchar('\n');
}

static void print_policy(const struct nimble_detail *d)
{
	const struct nimble_policy_record *p = &d->policy;

	if (p->schedules)
		printf("  it schedules %s\n",
		       d->info.job ? "its job's threads"
				   : "all jobs that have no policy of their "
				     "own");
	if (!p->kind)
		return;
	printf("  its policy ended: %s: %s", p->reason, p->message);
	if (p->code)
		printf(" (code %" PRIu64 ")", p->code);
	putchar('\n');
	if (p->dump[0])
		printf("    %s\n", p->dump);
}

static int print_grants(struct libnimble *n, uint32_t id)
{
	struct nimble_grant *list;
	char text[GRANT_BYTES];
	size_t count;
	int err = libnimble_grants(n, id, &list, &count);

	for (size_t i = 0; i < count; i++)
		printf("  granted%s: %s\n", list[i].pid ? " to its job" : "",
		       grant_text(&list[i], text));
	free(list);
	return err;
}

static void print_map(uint32_t index, const struct nimble_map_info *map)
{
	printf("  map %u: %s, %s of %u", index, map->name,
	       libnimble_map_type_name(map->type), map->max_entries);
	if (map->key_bytes)
		printf(", key %u and value %u bytes", map->key_bytes,
		       map->value_bytes);
	putchar('\n');
}

static int print_maps(struct libnimble *n, const struct options *o, uint32_t id)
{
	struct nimble_map_info *maps;
	size_t count;
	int err = libnimble_maps(n, id, &maps, &count);

	if (err)
		return err;
	for (uint32_t i = 0; i < count && !err; i++) {
		make_printable(maps[i].name);
		print_map(i, &maps[i]);
		err = map_print(n, o, id, i, &maps[i], "    ", ENTRIES);
	}
	free(maps);
	return err;
}

/* ---- JSON -------------------------------------------------------------- */

static json_t *json_hooks(const struct nimble_detail *d)
{
	const struct nimble_hook_record *h = libnimble_hooks(d);
	json_t *list = json_array();

	for (uint32_t i = 0; i < d->info.hook_count; i++, h++)
		json_array_append_new(
			list,
			json_pack(
				"{s:s, s:s, s:b, s:i, s:I, s:o, s:o, s:o, s:o}",
				"hook", h->hook_name, "function", h->function,
				"attached", (int)h->attached, "order", h->order,
				"insn", (json_int_t)h->entry_insn, "runs",
				json_number(h->runs), "time_cycles",
				json_number(h->time_cycles), "faults",
				json_number(h->faults), "skipped",
				json_number(h->skipped)));
	return list;
}

static json_t *json_fault(const struct nimble_fault_record *f)
{
	json_t *registers;

	if (!f->kind)
		return json_null();
	registers = json_array();
	for (unsigned int i = 0; i < REGISTERS; i++)
		json_array_append_new(registers, json_number(f->reg[i]));
	return json_pack("{s:s, s:I, s:s, s:I, s:I, s:I, s:o, s:o, s:o}",
			 "kind", f->kind_name, "insn", (json_int_t)f->insn,
			 "file", f->file, "line", (json_int_t)f->line, "entry",
			 (json_int_t)f->entry, "cpu", (json_int_t)f->cpu,
			 "address", json_number(f->address), "time_ns",
			 json_number(f->time_ns), "registers", registers);
}

static json_t *json_policy(const struct nimble_policy_record *p)
{
	return json_pack("{s:b, s:I, s:s, s:s, s:o, s:s}", "schedules",
			 (int)p->schedules, "exit_kind", (json_int_t)p->kind,
			 "reason", p->reason, "message", p->message, "code",
			 json_number(p->code), "dump", p->dump);
}

static int json_grants(struct libnimble *n, uint32_t id, json_t *to)
{
	struct nimble_grant *list;
	char text[GRANT_BYTES];
	size_t count;
	int err = libnimble_grants(n, id, &list, &count);

	for (size_t i = 0; i < count; i++)
		json_array_append_new(to,
				      json_string(grant_text(&list[i], text)));
	free(list);
	return err;
}

static int json_maps(struct libnimble *n, const struct options *o, uint32_t id,
		     json_t *list)
{
	struct nimble_map_info *maps;
	size_t count;
	int err = libnimble_maps(n, id, &maps, &count);

	if (err)
		return err;
	for (uint32_t i = 0; i < count && !err; i++) {
		json_t *entries = json_array();

		make_printable(maps[i].name);
		err = map_json(n, o, id, i, &maps[i], entries);
		json_array_append_new(
			list,
			json_pack(
				"{s:s, s:s, s:I, s:I, s:I, s:I, s:o}", "name",
				maps[i].name, "type",
				libnimble_map_type_name(maps[i].type),
				"key_bytes", (json_int_t)maps[i].key_bytes,
				"value_bytes", (json_int_t)maps[i].value_bytes,
				"max_entries", (json_int_t)maps[i].max_entries,
				"values", (json_int_t)maps[i].values, "entries",
				entries));
	}
	free(maps);
	return err;
}

static int show_json(struct libnimble *n, const struct options *o,
		     const struct nimble_detail *d)
{
	const struct nimble_info *i = &d->info;
	json_t *maps = json_array(), *grants = json_array();
	int err = json_maps(n, o, i->id, maps);

	if (!err)
		err = json_grants(n, i->id, grants);
	if (err)
		return err;
	return print_json(json_pack(
		"{s:I, s:s, s:s, s:b, s:b, s:s, s:I, s:o, s:I, s:I, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}",
		"id", (json_int_t)i->id, "name", i->name, "state",
		libnimble_state_name(i->state), "trusted",
		(int)(i->flags & NIMBLE_TRUSTED), "threaded",
		(int)(i->flags & NIMBLE_THREADED) / NIMBLE_THREADED, "licence",
		d->licence, "owner_pid", (json_int_t)i->owner_pid,
		"memory_bytes", json_number(i->memory_bytes), "insns",
		(json_int_t)i->insn_count, "clock_khz",
		(json_int_t)i->clock_khz, "runs", json_number(i->runs),
		"time_cycles", json_number(i->time_cycles), "faults",
		json_number(i->faults), "skipped", json_number(i->skipped),
		"hooks", json_hooks(d), "fault", json_fault(&d->fault),
		"policy", json_policy(&d->policy), "grants", grants, "maps",
		maps));
}

/* All that comes from the image or its loader. */
static void make_detail_printable(struct nimble_detail *d)
{
	struct nimble_hook_record *h = (void *)libnimble_hooks(d);

	make_printable(d->info.name);
	make_printable(d->licence);
	make_printable(d->fault.file);
	make_printable(d->policy.message);
	make_printable(d->policy.dump);
	for (uint32_t i = 0; i < d->info.hook_count; i++)
		make_printable(h[i].function);
}

int cmd_show(struct options *o)
{
	struct libnimble *n = connect_to(o);
	uint32_t id = extension(n, o->args[0]);
	struct nimble_detail *d;
	int err = libnimble_show(n, id, &d);

	if (!err)
		make_detail_printable(d);
	if (!err && o->json) {
		err = show_json(n, o, d);
	} else if (!err) {
		print_info(d);
		print_hooks(d);
		print_policy(d);
		print_fault(d);
		err = print_grants(n, id);
		err = err ?: print_maps(n, o, id);
	}
	free(d);
	libnimble_close(n);
	return err ? failed(o->args[0], err) : 0;
}
