/* SPDX-License-Identifier: MIT */
/* The queue: values come out in the order in which they went in. */
/*
 * Values and positions lie outside the arena: an extension reaches them by
 * copies alone, so what one CPU pushed whole another pops whole. The lock is
 * held for a copy of at most VALUE_BYTES, with interrupts off.
 */
#include "nimble/core/priv.h"

#define VALUE_BYTES 256u

struct queue {
	struct nimble_lock lock;
	uint32_t first; /* by lock: the slot of the oldest value */
	uint32_t count; /* by lock: values that are in */
	uint8_t slots[];
};

static int queue_size(struct nimble_map *map, struct nimble_diag *diag)
{
	if (map->info.key_bytes || !map->info.value_bytes ||
	    map->info.value_bytes > VALUE_BYTES)
		return nimble_refuse(
			diag, EINVAL,
			"map %s: a queue has no keys, and values of 1 to %u "
			"bytes",
			map->name, VALUE_BYTES);
	map->private_bytes =
		sizeof(struct queue) +
		(uint64_t)map->info.entries * map->info.value_bytes;
	if (map->private_bytes > NIMBLE_MAP_MAX_BYTES)
		return nimble_refuse(diag, E2BIG,
				     "map %s: more than %u bytes of values",
				     map->name, NIMBLE_MAP_MAX_BYTES);
	return 0;
}

static uint8_t *slot_at(const struct nimble_map *map, uint32_t index)
{
	struct queue *queue = map->private;

	return queue->slots +
	       (uint64_t)(index % map->info.entries) * map->info.value_bytes;
}

static void drop_first(const struct nimble_map *map)
{
	struct queue *queue = map->private;

	queue->first = (queue->first + 1) % map->info.entries;
	queue->count--;
}

int nimble_queue_push(struct nimble_map *map, const void *value, bool evict)
{
	struct queue *queue = map->private;
	uint64_t irq = nimble_lock(&queue->lock);
	int error = 0;

	if (queue->count == map->info.entries && evict)
		drop_first(map);
	if (queue->count == map->info.entries)
		error = -E2BIG;
	else
		memcpy(slot_at(map, queue->first + queue->count++), value,
		       map->info.value_bytes);
	nimble_unlock(&queue->lock, irq);
	return error;
}

int nimble_queue_pop(struct nimble_map *map, void *value, bool keep)
{
	struct queue *queue = map->private;
	uint64_t irq = nimble_lock(&queue->lock);
	int error = queue->count ? 0 : -ENOENT;

	if (!error)
		memcpy(value, slot_at(map, queue->first),
		       map->info.value_bytes);
	if (!error && !keep)
		drop_first(map);
	nimble_unlock(&queue->lock, irq);
	return error;
}

const struct nimble_map_ops nimble_map_queue = {
	.cost = 128,
	.size = queue_size,
};
