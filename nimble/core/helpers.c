/* SPDX-License-Identifier: MIT */
/* Helpers that are the same in every host, and the table of all helpers. */
#include "nimble/core/priv.h"

#define ERROR(number) ((uint64_t)(int64_t) - (number))
#define LOG_BYTES 128
#define CHANGE_COST 150 /* of a value, beside finding its place */
#define COMPARE_COST 66
#define FIND_COST 180 /* a look through the table of services */

bool nimble_spend(struct nimble_run *run, uint64_t cost)
{
	if (!run->ext->tier->checked)
		return true;
	if (cost > (uint64_t)run->budget) {
		run->budget = -1;
		nimble_helper_fault(run, NIMBLE_FAULT_BUDGET, 0);
		return false;
	}
	run->budget -= (int64_t)cost;
	return true;
}

bool nimble_charge(struct nimble_run *run, uint64_t units)
{
	return nimble_spend(run, units > UINT64_MAX / NIMBLE_UNIT
					 ? units
					 : units * NIMBLE_UNIT);
}

static bool charge_find(struct nimble_run *run, const struct nimble_map *map)
{
	return nimble_spend(run, map->ops->cost + map->info.key_bytes);
}

/* Of putting a value there, too. */
static bool charge_change(struct nimble_run *run, const struct nimble_map *map)
{
	return nimble_spend(run, map->ops->cost + CHANGE_COST +
					 map->info.key_bytes +
					 map->info.value_bytes);
}

static bool charge_bytes(struct nimble_run *run, uint64_t bytes)
{
	return nimble_spend(run, NIMBLE_BYTES_COST(bytes));
}

static bool charge_user(struct nimble_run *run, uint64_t bytes)
{
	return nimble_spend(run, NIMBLE_USER_COST + NIMBLE_BYTES_COST(bytes));
}

void nimble_helper_fault(struct nimble_run *run, enum nimble_fault_kind kind,
			 uint64_t value)
{
	if (run->faulted)
		return;
	run->faulted = kind;
	run->fault_address = value;
	run->fault_insn = nimble_run_insn(run);
}

void *nimble_arg_memory(struct nimble_run *run, uint64_t address,
			uint64_t bytes, bool write)
{
	if (!run->ext->tier->checked ||
	    nimble_in_arena(run->ext, address, bytes, write))
		return (void *)(uintptr_t)address;
	nimble_helper_fault(run, write ? NIMBLE_FAULT_WRITE : NIMBLE_FAULT_READ,
			    address);
	return NULL;
}

bool nimble_owns(const struct nimble_run *run, uint64_t address, uint64_t bytes)
{
	return nimble_in_arena(run->ext, address, bytes, true);
}

struct nimble_map *nimble_arg_map(struct nimble_run *run, uint64_t handle)
{
	uint64_t index = handle ^ NIMBLE_MAP_HANDLE;

	if (index < run->ext->image.nmaps)
		return &run->ext->maps[index];
	nimble_helper_fault(run, NIMBLE_FAULT_ARGUMENT, handle);
	return NULL;
}

struct nimble_ext *nimble_run_ext(const struct nimble_run *run)
{
	return run->ext;
}

enum nimble_level nimble_run_level(const struct nimble_run *run)
{
	return run->level;
}

void *nimble_run_host(const struct nimble_run *run)
{
	return run->frame->host;
}

void *nimble_run_host_for(struct nimble_run *run, uint64_t units)
{
	return nimble_charge(run, units) ? run->frame->host : NULL;
}

bool nimble_run_trusted(const struct nimble_run *run)
{
	return run->ext->options.trusted;
}

bool nimble_hold(struct nimble_run *run, void (*release)(void *), void *what)
{
	struct nimble_frame *frame = run->frame;

	if (frame->held == NIMBLE_HELD)
		return false;
	frame->hold[frame->held].release = release;
	frame->hold[frame->held].what = what;
	frame->held++;
	return true;
}

void nimble_done(struct nimble_run *run, void *what)
{
	struct nimble_frame *frame = run->frame;
	uint32_t i;

	for (i = frame->held; i-- > 0;)
		if (frame->hold[i].what == what) {
			frame->hold[i] = frame->hold[--frame->held];
			return;
		}
}

#define HELPER_FUNCTION(name) static uint64_t helper_##name(NIMBLE_HELPER_ARGS)

static uint64_t lookup(struct nimble_run *run, uint64_t handle, uint64_t at,
		       uint64_t cpu)
{
	struct nimble_map *map = nimble_arg_map(run, handle);
	const void *key;

	if (!map || !charge_find(run, map) || !map->ops->lookup ||
	    cpu >= run->ext->cpus)
		return 0;
	key = nimble_arg_memory(run, at, map->info.key_bytes, false);
	return key ? (uintptr_t)map->ops->lookup(map, (unsigned int)cpu, key)
		   : 0;
}

HELPER_FUNCTION(map_lookup)
{
	return lookup(run, a1, a2, run->cpu);
}

/* A value of that CPU; of an array that is the same on all, the one there is. */
HELPER_FUNCTION(map_lookup_on)
{
	return lookup(run, a1, a2, a3);
}

HELPER_FUNCTION(map_update)
{
	struct nimble_map *map = nimble_arg_map(run, a1);
	const void *key, *value;

	if (!map || !charge_change(run, map))
		return 0;
	if (!map->ops->update)
		return ERROR(EOPNOTSUPP);
	key = nimble_arg_memory(run, a2, map->info.key_bytes, false);
	value = nimble_arg_memory(run, a3, map->info.value_bytes, false);
	if (!key || !value)
		return 0;
	return (uint64_t)(int64_t)map->ops->update(map, run->cpu, key, value);
}

HELPER_FUNCTION(map_delete)
{
	struct nimble_map *map = nimble_arg_map(run, a1);
	const void *key;

	if (!map || !charge_find(run, map))
		return 0;
	if (!map->ops->delete)
		return ERROR(EOPNOTSUPP);
	key = nimble_arg_memory(run, a2, map->info.key_bytes, false);
	return key ? (uint64_t)(int64_t)map->ops->delete (map, key) : 0;
}

/* The value of a queue that a helper is about to move; NULL: *result says why. */
static void *queue_value(struct nimble_run *run, struct nimble_map *map,
			 uint64_t address, bool write, uint64_t *result)
{
	*result = ERROR(EOPNOTSUPP);
	if (!map || !charge_change(run, map) ||
	    map->info.type != NIMBLE_MAP_QUEUE)
		return NULL;
	return nimble_arg_memory(run, address, map->info.value_bytes, write);
}

HELPER_FUNCTION(map_push)
{
	struct nimble_map *map = nimble_arg_map(run, a1);
	uint64_t result;
	const void *value = queue_value(run, map, a2, false, &result);

	return value ? (uint64_t)(int64_t)nimble_queue_push(
			       map, value, a3 & NIMBLE_PUSH_EVICT)
		     : result;
}

static uint64_t pop(struct nimble_run *run, uint64_t handle, uint64_t to,
		    bool keep)
{
	struct nimble_map *map = nimble_arg_map(run, handle);
	uint64_t result;
	void *value = queue_value(run, map, to, true, &result);

	return value ? (uint64_t)(int64_t)nimble_queue_pop(map, value, keep)
		     : result;
}

HELPER_FUNCTION(map_pop)
{
	return pop(run, a1, a2, false);
}

HELPER_FUNCTION(map_peek)
{
	return pop(run, a1, a2, true);
}

HELPER_FUNCTION(ring_output)
{
	struct nimble_map *map = nimble_arg_map(run, a1);
	const void *from;

	if (!map || !charge_bytes(run, a3))
		return 0;
	if (map->info.type != NIMBLE_MAP_RING)
		return ERROR(EOPNOTSUPP);
	from = nimble_arg_memory(run, a2, a3, false);
	if (!from)
		return 0;
	return (uint64_t)(int64_t)nimble_ring_output(map, from, a3);
}

HELPER_FUNCTION(ext_find)
{
	const char *name;

	if (a2 > LOG_BYTES || !nimble_spend(run, FIND_COST))
		return ERROR(ENOENT);
	name = nimble_arg_memory(run, a1, a2, false);
	return name ? (uint64_t)nimble_service_find(run, name, a2) : 0;
}

HELPER_FUNCTION(ext_call)
{
	const uint64_t args[3] = {a2, a3, a4};

	return nimble_spend(run, FIND_COST) ? nimble_service_call(run, a1, args)
					    : 0;
}

HELPER_FUNCTION(log_text)
{
	char line[LOG_BYTES + 1];
	const char *from;
	uint64_t i;

	if (a2 > LOG_BYTES)
		a2 = LOG_BYTES;
	if (!nimble_charge(run, 1 + a2 / 4))
		return 0;
	from = nimble_arg_memory(run, a1, a2, false);
	if (!from)
		return 0;
	for (i = 0; i < a2 && from[i]; i++)
		line[i] = from[i] < ' ' || from[i] > '~' ? '?' : from[i];
	line[i] = 0;
	nimble_port_log(line);
	return 0;
}

HELPER_FUNCTION(log_values)
{
	char line[LOG_BYTES];

	if (!nimble_charge(run, 32))
		return 0;
	nimble_format(line, sizeof(line), "%s: trace %X: %X %X %X",
		      nimble_name(run->ext), a1, a2, a3, a4);
	nimble_port_log(line);
	return a1;
}

HELPER_FUNCTION(this_cpu)
{
	return run->cpu;
}

HELPER_FUNCTION(cpu_count)
{
	return run->ext->cpus;
}

HELPER_FUNCTION(budget_left)
{
	return (uint64_t)run->budget / NIMBLE_UNIT;
}

HELPER_FUNCTION(user_read)
{
	void *to;

	if (!charge_user(run, a2))
		return 0;
	to = nimble_arg_memory(run, a1, a2, true);
	return to ? (uint64_t)(int64_t)nimble_port_user_read(to, a3, a2) : 0;
}

HELPER_FUNCTION(user_write)
{
	const void *from;

	if (!charge_user(run, a3))
		return 0;
	from = nimble_arg_memory(run, a2, a3, false);
	return from ? (uint64_t)(int64_t)nimble_port_user_write(a1, from, a3)
		    : 0;
}

HELPER_FUNCTION(mem_move)
{
	void *to;
	const void *from;

	if (!charge_bytes(run, a3))
		return 0;
	to = nimble_arg_memory(run, a1, a3, true);
	from = nimble_arg_memory(run, a2, a3, false);
	if (to && from)
		memmove(to, from, a3);
	return a1;
}

HELPER_FUNCTION(mem_copy)
{
	return helper_mem_move(a1, a2, a3, a4, a5, run);
}

HELPER_FUNCTION(mem_set)
{
	void *to;

	if (!charge_bytes(run, a3))
		return 0;
	to = nimble_arg_memory(run, a1, a3, true);
	if (to)
		memset(to, (uint8_t)a2, a3);
	return a1;
}

static bool same_word(const uint8_t *a, const uint8_t *b)
{
	uint64_t x, y;

	memcpy(&x, a, sizeof(x));
	memcpy(&y, b, sizeof(y));
	return x == y;
}

HELPER_FUNCTION(mem_compare)
{
	const uint8_t *a, *b;
	uint64_t i;

	if (!nimble_spend(run, COMPARE_COST + a3 / 2))
		return 0;
	a = nimble_arg_memory(run, a1, a3, false);
	b = nimble_arg_memory(run, a2, a3, false);
	if (!a || !b)
		return 0;
	/* Eight at a time up to where they differ. */
	for (i = 0; i + 8 <= a3 && same_word(a + i, b + i); i += 8)
		;
	for (; i < a3; i++)
		if (a[i] != b[i])
			return (uint64_t)((int64_t)a[i] - b[i]);
	return 0;
}

#define ANY ((1 << NIMBLE_LEVELS) - 1)
#define TASK (1 << NIMBLE_LEVEL_TASK | 1 << NIMBLE_LEVEL_CALL)
#define CALL (1 << NIMBLE_LEVEL_CALL)
#define APP true
#define TRUSTED false
#define FUNCTION_ENGINE(name) helper_##name
#define FUNCTION_HOST(name) nimble_host_##name
#define HELPER(name, r, a, b, c, d, e, levels, who, supplier, what) \
	{#name, #r #a #b #c #d #e, FUNCTION_##supplier(name), levels, who},
static const struct nimble_helper helpers[] = {
#include "nimble/abi/helpers.def"
};

const struct nimble_helper *nimble_helper_by_name(const char *name)
{
	unsigned int i;

	for (i = 0; i < sizeof(helpers) / sizeof(helpers[0]); i++)
		if (nimble_same(helpers[i].name, name))
			return &helpers[i];
	return nimble_port_helper(name);
}
