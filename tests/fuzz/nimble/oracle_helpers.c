/* SPDX-License-Identifier: MIT */
/* The model's helpers, maps and calls of another extension. */
#include <errno.h>
#include <string.h>

#include "tests/fuzz/nimble/oracle_priv.h"

#define ERROR(number) ((uint64_t)(int64_t) - (number))
#define CPUS 4 /* there are; everything runs on the first */
#define TEXT_BYTES 128 /* of a line or a name */
#define NO_RESULT ERROR(2) /* of a call of another extension */

/* What helpers cost. */
#define BYTES_COST(bytes) (24 + (bytes) / 2)
#define COMPARE_COST(bytes) (66 + (bytes) / 2)
#define CHANGE_COST 150 /* of a value */
#define TABLE_COST 180 /* of services */
#define NAME_COST 64
#define ENTER_COST 512
#define SERVICE_BUDGET 4096 /* of an unchecked caller */

const struct nx_map oracle_maps[ORACLE_MAPS] = {
	[ORACLE_HASH] = {0, NIMBLE_MAP_HASH, 4, 8, ORACLE_KEYS, 0},
	[ORACLE_ARRAY] = {0, NIMBLE_MAP_ARRAY, 4, 8, ORACLE_KEYS, 0},
	[ORACLE_PERCPU] = {0, NIMBLE_MAP_PERCPU_ARRAY, 4, 8, ORACLE_PERCPU_KEYS,
			   0},
	[ORACLE_RING] = {0, NIMBLE_MAP_RING, 0, 0, ORACLE_PAGE, 0},
	[ORACLE_QUEUE] = {0, NIMBLE_MAP_QUEUE, 0, 8, ORACLE_QUEUED, 0},
	[ORACLE_ARENA] = {0, NIMBLE_MAP_ARENA, 0, 0, ORACLE_PAGE, 0},
};

const char *const oracle_helpers[ORACLE_HELPERS] = {
	"mem_set",	"mem_move",   "mem_copy",    "mem_compare",
	"this_cpu",	"cpu_count",  "budget_left", "log_values",
	"task_current", "task_pid",   "msr_read",    "ext_call",
	"map_lookup",	"map_update", "map_delete",  "map_lookup_on",
	"map_push",	"map_pop",    "map_peek",    "ring_output",
	"ext_find",	"log_text",   "user_read",   "user_write"};

/* By map: bytes of a key and a value, what finding costs, what can be done. */
static const struct {
	uint64_t key, value, cost;
	bool keys, removes;
	uint32_t entries;
} about[ORACLE_MAPS] = {
	[ORACLE_HASH] = {4, 8, 720, true, true, ORACLE_KEYS},
	[ORACLE_ARRAY] = {4, 8, 128, true, false, ORACLE_KEYS},
	[ORACLE_PERCPU] = {4, 8, 128, true, false, ORACLE_PERCPU_KEYS},
	[ORACLE_RING] = {0, 0, 128, false, false, 0},
	[ORACLE_QUEUE] = {0, 8, 128, false, false, 0},
	[ORACLE_ARENA] = {0, 0, 128, false, false, 0},
};

bool oracle_fail(struct oracle *o, uint32_t i, enum nimble_fault_kind kind,
		 uint64_t address)
{
	o->fault = kind;
	o->fault_insn = i;
	o->fault_address = address;
	return false;
}

bool oracle_charge(struct oracle *o, uint32_t i, uint64_t cost)
{
	if (!o->charged)
		return true;
	if (cost > (uint64_t)o->budget) {
		o->budget = -1;
		return oracle_fail(o, i, NIMBLE_FAULT_BUDGET, 0);
	}
	o->budget -= (int64_t)cost;
	return true;
}

uint8_t *oracle_at(struct oracle *o, uint64_t address, uint64_t bytes,
		   bool write)
{
	uint64_t start = (uintptr_t)o->layout.arena;
	uint64_t size = write ? o->layout.writable : o->layout.readable;

	if (address < start || bytes > size || address - start > size - bytes)
		return NULL;
	return o->memory + (address - start);
}

uint64_t oracle_get(const uint8_t *from, unsigned int bytes)
{
	uint64_t value = 0;

	while (bytes--)
		value = value << 8 | from[bytes];
	return value;
}

void oracle_set(uint8_t *to, uint64_t value, unsigned int bytes)
{
	for (; bytes--; value >>= 8)
		*to++ = (uint8_t)value;
}

/* Unchecked, no bytes may lie anywhere; some outside are a violation, after which
 * nothing is compared. (What helped the checked run may not help this one, as
 * budget_left differs.) */
static bool argument(struct oracle *o, uint32_t i, uint64_t address,
		     uint64_t bytes, bool write, uint8_t **memory)
{
	static uint8_t nothing;

	*memory = oracle_at(o, address, bytes, write);
	if (!*memory && !o->charged && !bytes)
		*memory = &nothing;
	return *memory ||
	       oracle_fail(o, i, write ? NIMBLE_FAULT_WRITE : NIMBLE_FAULT_READ,
			   address);
}

static bool map_of(struct oracle *o, uint32_t i, uint64_t *map)
{
	*map = o->reg[1] - MAP_HANDLE;
	return *map < ORACLE_MAPS ||
	       oracle_fail(o, i, NIMBLE_FAULT_ARGUMENT, o->reg[1]);
}

/* ---- Maps with keys ---------------------------------------------------------- */

static struct oracle_key *find_key(struct oracle *o, uint32_t key)
{
	uint32_t i;

	for (i = 0; i < o->key_count; i++)
		if (o->keys[i].key == key)
			return &o->keys[i];
	return NULL;
}

static struct oracle_key *add_key(struct oracle *o, uint32_t key)
{
	struct oracle_key *new = &o->keys[o->key_count];

	if (o->key_count == ORACLE_KEYS)
		return NULL;
	new->key = key;
	new->slot = o->free_slots[o->key_count++];
	return new;
}

static void remove_key(struct oracle *o, struct oracle_key *key)
{
	o->free_slots[--o->key_count] = key->slot;
	*key = o->keys[o->key_count];
}

/* Where the value of a key lies, or 0. */
static uint64_t value_of(struct oracle *o, uint64_t map, uint32_t key,
			 uint64_t cpu)
{
	const struct oracle_key *found = find_key(o, key);

	if (map == ORACLE_HASH)
		return found ? o->layout.map[map] + 8 * found->slot : 0;
	if (key >= about[map].entries)
		return 0;
	/* A CPU's values have cache lines of their own. */
	return o->layout.map[map] + 8 * key +
	       (map == ORACLE_PERCPU ? 64 * cpu : 0);
}

static bool lookup(struct oracle *o, uint32_t i, uint64_t cpu)
{
	uint64_t map;
	uint8_t *key;

	if (!map_of(o, i, &map) ||
	    !oracle_charge(o, i, about[map].cost + about[map].key))
		return false;
	o->reg[0] = 0;
	if (!about[map].keys || cpu >= CPUS)
		return true;
	if (!argument(o, i, o->reg[2], 4, false, &key))
		return false;
	o->reg[0] = value_of(o, map, (uint32_t)oracle_get(key, 4), cpu);
	return true;
}

static bool update(struct oracle *o, uint32_t i)
{
	uint8_t *key, *value;
	uint64_t map, to;
	uint32_t k;

	if (!map_of(o, i, &map) ||
	    !oracle_charge(o, i,
			   about[map].cost + CHANGE_COST + about[map].key +
				   about[map].value))
		return false;
	o->reg[0] = ERROR(EOPNOTSUPP);
	if (!about[map].keys)
		return true;
	if (!argument(o, i, o->reg[2], 4, false, &key) ||
	    !argument(o, i, o->reg[3], 8, false, &value))
		return false;
	k = (uint32_t)oracle_get(key, 4);
	if (map == ORACLE_HASH && !find_key(o, k))
		add_key(o, k);
	to = value_of(o, map, k, 0);
	if (to)
		memmove(oracle_at(o, to, 8, true), value, 8);
	o->reg[0] = to ? 0 : map == ORACLE_HASH ? ERROR(ENOSPC) : ERROR(E2BIG);
	return true;
}

static bool delete (struct oracle *o, uint32_t i)
{
	struct oracle_key *found;
	uint64_t map;
	uint8_t *key;

	if (!map_of(o, i, &map) ||
	    !oracle_charge(o, i, about[map].cost + about[map].key))
		return false;
	o->reg[0] = ERROR(EOPNOTSUPP);
	if (!about[map].removes)
		return true;
	if (!argument(o, i, o->reg[2], 4, false, &key))
		return false;
	found = find_key(o, (uint32_t)oracle_get(key, 4));
	if (found)
		remove_key(o, found);
	o->reg[0] = found ? 0 : ERROR(ENOENT);
	return true;
}

/* ---- Queue and ring ---------------------------------------------------------- */

static void queue_drop(struct oracle *o)
{
	memmove(o->queue, o->queue + 1, sizeof(o->queue) - sizeof(*o->queue));
	o->queued--;
}

/* By a helper that moves a value. */
static bool queue(struct oracle *o, uint32_t i, uint64_t index)
{
	uint64_t map;
	uint8_t *value;

	if (!map_of(o, i, &map) ||
	    !oracle_charge(o, i,
			   about[map].cost + CHANGE_COST + about[map].key +
				   about[map].value))
		return false;
	o->reg[0] = ERROR(EOPNOTSUPP);
	if (map != ORACLE_QUEUE)
		return true;
	if (!argument(o, i, o->reg[2], 8, index != ORACLE_PUSH, &value))
		return false;
	if (index == ORACLE_PUSH) {
		if (o->queued == ORACLE_QUEUED && o->reg[3] & NIMBLE_PUSH_EVICT)
			queue_drop(o);
		o->reg[0] = o->queued == ORACLE_QUEUED ? ERROR(E2BIG) : 0;
		if (!o->reg[0])
			o->queue[o->queued++] = oracle_get(value, 8);
		return true;
	}
	o->reg[0] = o->queued ? 0 : ERROR(ENOENT);
	if (o->queued)
		oracle_set(value, o->queue[0], 8);
	if (o->queued && index == ORACLE_POP)
		queue_drop(o);
	return true;
}

static void ring_copy(struct oracle *o, uint64_t position, const uint8_t *from,
		      uint64_t bytes)
{
	uint8_t *data = oracle_at(o, o->layout.map[ORACLE_RING] + ORACLE_PAGE,
				  ORACLE_PAGE, true);
	uint64_t at = position % ORACLE_PAGE;
	uint64_t first = ORACLE_PAGE - at < bytes ? ORACLE_PAGE - at : bytes;

	/* A record may lie in the ring, and across its end. */
	memmove(data + at, from, first);
	memmove(data, from + first, bytes - first);
}

static bool output(struct oracle *o, uint32_t i)
{
	uint64_t bytes = o->reg[3], needed = (bytes + 8 + 7) / 8 * 8, map, used;
	uint8_t *header = oracle_at(o, o->layout.map[ORACLE_RING], 128, true);
	uint8_t *from, record[8];

	if (!map_of(o, i, &map) || !oracle_charge(o, i, BYTES_COST(bytes)))
		return false;
	o->reg[0] = ERROR(EOPNOTSUPP);
	if (map != ORACLE_RING)
		return true;
	if (!argument(o, i, o->reg[2], bytes, false, &from))
		return false;
	o->reg[0] = ERROR(EINVAL);
	if (bytes > 4096 - 8)
		return true;
	used = o->ring_produced -
	       oracle_get(header + offsetof(struct nimble_ring, consumed), 8);
	o->reg[0] = ERROR(ENOSPC);
	if (used > ORACLE_PAGE || needed > ORACLE_PAGE - used) {
		oracle_set(header + offsetof(struct nimble_ring, dropped),
			   ++o->ring_dropped, 8);
		return true;
	}
	ring_copy(o, o->ring_produced + 8, from, bytes);
	oracle_set(record, NIMBLE_RING_READY | bytes, 4);
	oracle_set(record + 4, 1, 4); /* who wrote it */
	ring_copy(o, o->ring_produced, record, 8);
	o->ring_produced += needed;
	oracle_set(header + offsetof(struct nimble_ring, produced),
		   o->ring_produced, 8);
	o->reg[0] = 0;
	return true;
}

/* ---- Memory and the application ---------------------------------------------- */

static bool memory(struct oracle *o, uint32_t i, uint64_t index)
{
	uint64_t *r = o->reg, n = r[3], k;
	uint8_t *to, *from = NULL;

	if (!oracle_charge(o, i,
			   index == ORACLE_COMPARE ? COMPARE_COST(n)
						   : BYTES_COST(n)) ||
	    !argument(o, i, r[1], n, index != ORACLE_COMPARE, &to) ||
	    (index != ORACLE_SET && !argument(o, i, r[2], n, false, &from)))
		return false;
	r[0] = r[1];
	if (index == ORACLE_SET) {
		memset(to, (int)(r[2] & 0xff), n);
	} else if (index == ORACLE_COMPARE) {
		for (k = 0; k < n && to[k] == from[k]; k++)
			;
		r[0] = k < n ? (uint64_t)((int64_t)to[k] - from[k]) : 0;
	} else {
		memmove(to, from, n);
	}
	return true;
}

/* Copy between the extension's memory and the application's. */
static bool user_helper(struct oracle *o, uint32_t i, bool write)
{
	uint64_t mine = o->reg[write ? 2 : 1], theirs = o->reg[write ? 1 : 3];
	uint64_t bytes = o->reg[write ? 3 : 2], offset = theirs - o->user;
	uint8_t *inside;

	if (!oracle_charge(o, i, USER_COST + BYTES_COST(bytes)) ||
	    !argument(o, i, mine, bytes, !write, &inside))
		return false;
	o->reg[0] = ERROR(EFAULT);
	if (bytes > o->user_bytes || offset > o->user_bytes - bytes)
		return true;
	if (write)
		memcpy(o->user_memory + offset, inside, bytes);
	else
		memcpy(inside, o->user_memory + offset, bytes);
	o->reg[0] = 0;
	return true;
}

static bool log_text(struct oracle *o, uint32_t i)
{
	uint64_t bytes = o->reg[2] < TEXT_BYTES ? o->reg[2] : TEXT_BYTES;
	uint8_t *text;

	o->reg[0] = 0;
	return oracle_charge(o, i, UNIT * (1 + bytes / 4)) &&
	       argument(o, i, o->reg[1], bytes, false, &text);
}

/* ---- Another extension ------------------------------------------------------- */

static bool find(struct oracle *o, uint32_t i)
{
	uint64_t bytes = o->reg[2];
	uint8_t *name;

	o->reg[0] = ERROR(ENOENT);
	if (bytes > TEXT_BYTES)
		return true;
	if (!oracle_charge(o, i, TABLE_COST) ||
	    !argument(o, i, o->reg[1], bytes, false, &name))
		return false;
	if (!o->service)
		return true;
	if (!oracle_charge(o, i, NAME_COST))
		return false;
	if (bytes == strlen(ORACLE_SERVICE_NAME) &&
	    !memcmp(name, ORACLE_SERVICE_NAME, bytes))
		o->reg[0] = ORACLE_SERVICE;
	return true;
}

/* Its run, by its own rules, on what the caller has left. */
static bool enter(struct oracle *o, uint32_t i)
{
	struct oracle *callee = o->service;
	uint64_t units =
		o->charged ? (uint64_t)o->budget / UNIT : SERVICE_BUDGET;
	uint8_t *ctx = oracle_at(callee, callee->layout.ctx, 32, true);
	unsigned int k;

	o->reg[0] = NO_RESULT;
	if (callee->fault)
		return true;
	oracle_set(ctx, 1, 8); /* who calls */
	for (k = 0; k < 3; k++)
		oracle_set(ctx + 8 + 8 * k, o->reg[2 + k], 8);
	callee->budget = (int64_t)units;
	callee->charged = true;
	oracle_run(callee, ~0ull);
	if (!callee->fault)
		o->reg[0] = callee->reg[0];
	if (callee->budget < 0)
		return oracle_charge(o, i, UNIT * (units + 1));
	return oracle_charge(o, i,
			     UNIT * (units - (uint64_t)callee->budget / UNIT));
}

static bool call(struct oracle *o, uint32_t i)
{
	uint64_t id = o->reg[1];

	o->reg[0] = NO_RESULT;
	if (!oracle_charge(o, i, TABLE_COST))
		return false;
	if (!o->service || id != ORACLE_SERVICE)
		return true;
	return oracle_charge(o, i, ENTER_COST) && enter(o, i);
}

static bool simple(struct oracle *o, uint32_t i, uint64_t index)
{
	switch (index) {
	case ORACLE_CPU:
		o->reg[0] = 0;
		return true;
	case ORACLE_CPUS:
		o->reg[0] = CPUS;
		return true;
	case ORACLE_BUDGET:
		o->reg[0] = (uint64_t)o->budget / UNIT;
		return true;
	case ORACLE_LOG_VALUES:
		o->reg[0] = o->reg[1];
		return oracle_charge(o, i, UNIT * 32);
	case ORACLE_CURRENT:
		o->reg[0] = ORACLE_TASK;
		return true;
	case ORACLE_TASK_PID:
		o->reg[0] =
			o->reg[1] == ORACLE_TASK ? ORACLE_PID : ERROR(ESRCH);
		return true;
	default: /* there is no hardware */
		o->reg[0] = ERROR(ENOSYS);
		return true;
	}
}

static bool any_helper(struct oracle *o, uint32_t i, uint64_t index)
{
	switch (index) {
	case ORACLE_SET:
	case ORACLE_MOVE:
	case ORACLE_COPY:
	case ORACLE_COMPARE:
		return memory(o, i, index);
	case ORACLE_LOOKUP:
		return lookup(o, i, 0);
	case ORACLE_LOOKUP_ON:
		return lookup(o, i, o->reg[3]);
	case ORACLE_UPDATE:
		return update(o, i);
	case ORACLE_DELETE:
		return delete (o, i);
	case ORACLE_PUSH:
	case ORACLE_POP:
	case ORACLE_PEEK:
		return queue(o, i, index);
	case ORACLE_OUTPUT:
		return output(o, i);
	case ORACLE_FIND:
		return find(o, i);
	case ORACLE_CALL:
		return call(o, i);
	case ORACLE_LOG_TEXT:
		return log_text(o, i);
	case ORACLE_USER_READ:
	case ORACLE_USER_WRITE:
		return user_helper(o, i, index == ORACLE_USER_WRITE);
	default:
		return simple(o, i, index);
	}
}

/* The registers of arguments are cleared. */
bool oracle_helper(struct oracle *o, uint32_t i, uint64_t index)
{
	if (!any_helper(o, i, index))
		return false;
	memset(o->reg + 1, 0, 5 * sizeof(*o->reg));
	return true;
}

void oracle_start(struct oracle *o)
{
	uint32_t i;

	for (i = 0; i < ORACLE_KEYS; i++)
		o->free_slots[i] = i;
}
