/* SPDX-License-Identifier: MIT */
/* The ring buffer: many producers in the kernel, one consumer in user space. */
/*
 * The header and the data lie in the arena and are mapped into the consumer,
 * so both the extension and the application can write them: nothing there is
 * believed. The engine's own positions lie outside. A producer reserves under
 * the lock, with interrupts off, and fills and publishes its record before it
 * lets go; so records become ready in order, and none stays half-written. The
 * lock is held for a copy of at most RECORD_BYTES.
 */
#include "nimble/core/priv.h"

#define RECORD_BYTES 4096u

struct ring {
	struct nimble_lock lock;
	uint64_t produced; /* by lock */
	uint64_t dropped; /* by lock */
	uint32_t bytes;
};

static int ring_size(struct nimble_map *map, struct nimble_diag *diag)
{
	uint32_t bytes = map->info.entries;

	if (map->info.key_bytes || map->info.value_bytes ||
	    bytes < NIMBLE_PAGE || bytes & (bytes - 1))
		return nimble_refuse(diag, EINVAL,
				     "map %s: a ring buffer has no keys, and "
				     "a power of two of at least %u bytes",
				     map->name, NIMBLE_PAGE);
	map->values_bytes = (uint64_t)NIMBLE_PAGE + bytes;
	map->private_bytes = sizeof(struct ring);
	return 0;
}

static int ring_init(struct nimble_map *map)
{
	struct nimble_ring *header = (void *)map->values;
	struct ring *ring = map->private;

	ring->bytes = map->info.entries;
	header->data_bytes = ring->bytes;
	header->data_offset = NIMBLE_PAGE;
	return 0;
}

/* Copy to a position, around the end of the data. */
static void copy_in(struct nimble_map *map, uint64_t position, const void *from,
		    uint32_t bytes)
{
	const struct ring *ring = map->private;
	uint8_t *data = map->values + NIMBLE_PAGE;
	uint32_t at = position & (ring->bytes - 1);
	uint32_t first = ring->bytes - at < bytes ? ring->bytes - at : bytes;

	/* The record may be one that lies in the ring. */
	memmove(data + at, from, first);
	memmove(data, (const uint8_t *)from + first, bytes - first);
}

static bool has_room(const struct ring *ring, const struct nimble_ring *header,
		     uint32_t bytes)
{
	uint64_t consumed =
		__atomic_load_n(&header->consumed, __ATOMIC_ACQUIRE);
	uint64_t used = ring->produced - consumed;

	/* A consumer that lies about its position loses records, no more. */
	return used <= ring->bytes && bytes <= ring->bytes - used;
}

static void publish(struct nimble_map *map, const void *from, uint32_t bytes)
{
	struct nimble_ring *header = (void *)map->values;
	struct ring *ring = map->private;
	struct nimble_ring_record record = {NIMBLE_RING_READY | bytes,
					    map->ext->options.id};

	copy_in(map, ring->produced + sizeof(record), from, bytes);
	copy_in(map, ring->produced, &record, sizeof(record));
	ring->produced += ROUND_UP(sizeof(record) + bytes, NIMBLE_RING_ALIGN);
	/* Pairs with the consumer's acquire of produced. */
	__atomic_store_n(&header->produced, ring->produced, __ATOMIC_RELEASE);
}

int nimble_ring_output(struct nimble_map *map, const void *from, uint64_t bytes)
{
	struct nimble_ring *header = (void *)map->values;
	struct ring *ring = map->private;
	uint64_t irq;
	int error = 0;

	if (bytes > RECORD_BYTES - sizeof(struct nimble_ring_record))
		return -EINVAL;
	irq = nimble_lock(&ring->lock);
	if (has_room(ring, header,
		     ROUND_UP(sizeof(struct nimble_ring_record) +
				      (uint32_t)bytes,
			      NIMBLE_RING_ALIGN))) {
		publish(map, from, (uint32_t)bytes);
	} else {
		ring->dropped++;
		__atomic_store_n(&header->dropped, ring->dropped,
				 __ATOMIC_RELAXED);
		error = -ENOSPC;
	}
	nimble_unlock(&ring->lock, irq);
	return error;
}

/* A copy from a position, around the end of the data. */
static void copy_out(const struct nimble_map *map, uint64_t position, void *to,
		     uint32_t bytes)
{
	const struct ring *ring = map->private;
	const uint8_t *data = map->values + NIMBLE_PAGE;
	uint32_t at = position & (ring->bytes - 1);
	uint32_t first = ring->bytes - at < bytes ? ring->bytes - at : bytes;

	memcpy(to, data + at, first);
	memcpy((uint8_t *)to + first, data, bytes - first);
}

/* Bytes of the record at a position, its header and padding with them; 0: nonsense, as
 * the extension or a consumer has written there. */
static uint32_t record_bytes(const struct nimble_map *map, uint64_t position,
			     uint64_t most)
{
	struct nimble_ring_record record;
	uint32_t bytes;

	if (most < sizeof(record))
		return 0;
	copy_out(map, position, &record, sizeof(record));
	bytes = ROUND_UP((uint32_t)sizeof(record) +
				 (record.state & NIMBLE_RING_BYTES),
			 NIMBLE_RING_ALIGN);
	return record.state & NIMBLE_RING_READY && bytes <= most ? bytes : 0;
}

int nimble_map_take(struct nimble_map *map, void *to, size_t room, size_t *used)
{
	struct nimble_ring *header = (void *)map->values;
	struct ring *ring = map->private;
	uint64_t irq, at, end;

	*used = 0;
	if (map->info.type != NIMBLE_MAP_RING)
		return -EOPNOTSUPP;
	irq = nimble_lock(&ring->lock);
	at = __atomic_load_n(&header->consumed, __ATOMIC_ACQUIRE);
	end = ring->produced;
	/* A consumer that lies about its position loses records, no more. */
	if (end - at > ring->bytes)
		at = end;
	while (at != end) {
		uint32_t bytes = record_bytes(map, at, end - at);

		if (!bytes)
			at = end;
		if (!bytes || bytes > room - *used)
			break;
		copy_out(map, at, (uint8_t *)to + *used, bytes);
		*used += bytes;
		at += bytes;
	}
	__atomic_store_n(&header->consumed, at, __ATOMIC_RELEASE);
	nimble_unlock(&ring->lock, irq);
	return 0;
}

const struct nimble_map_ops nimble_map_ring = {
	.cost = 128,
	.size = ring_size,
	.init = ring_init,
	.paged = true,
};
