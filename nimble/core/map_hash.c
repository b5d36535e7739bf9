/* SPDX-License-Identifier: MIT */
/* The hash map: bounded, lock-free for readers, values in the arena. */
/*
 * Slots are allocated once. Values lie in the arena, where the extension may
 * write them as it likes; keys and links lie outside, so that no extension
 * can break a chain. Writers hold the lock. A reader walks a chain without
 * it, and three things may happen to it meanwhile:
 * - its slot is freed, and perhaps used again in another chain. A chain's end
 *   names its bucket; a reader that arrives at another end, or passes more slots
 *   than a chain has (the list of free ones is long), starts again.
 * - a key is being written. A slot's version is odd then, and has changed
 *   after; the reader compares it before and after comparing the key.
 * - all of that again and again. After a few turns the reader takes the lock.
 * A chain has at most CHAIN_MOST keys, since a helper charges the same however
 * long it is, and an extension can choose keys that collide. Keys that were not
 * chosen for it come nowhere near that.
 * A value found may be of a key that is deleted just then, and its slot may
 * hold another key's value soon: as with every map, the value's memory stays
 * the map's, and what a program reads there late is a value all the same.
 */
#include "nimble/core/priv.h"

#define END 0x80000000u
#define FREE_END 0xffffffffu /* no bucket has this number */
#define TURNS 4
#define CHAIN_MOST 64
#define HASH_COST 720
#define CHAIN_FULL (END | CHAIN_MOST)

struct slot {
	uint32_t next; /* slot, or END | bucket; atomic */
	uint32_t version; /* odd while its key changes; atomic */
	uint8_t key[];
};

struct table {
	struct nimble_lock lock;
	uint32_t mask; /* buckets - 1 */
	uint32_t free; /* first free slot, or FREE_END; by lock */
	uint32_t slot_bytes;
	uint32_t *heads; /* slot, or END | bucket; atomic */
	uint8_t *slots;
};

static struct slot *slot_at(const struct table *table, uint32_t index)
{
	return (void *)(table->slots + (size_t)index * table->slot_bytes);
}

static uint32_t bucket_count(uint32_t entries)
{
	uint32_t count = 4;

	while (count < entries)
		count *= 2;
	return count;
}

static int hash_size(struct nimble_map *map, struct nimble_diag *diag)
{
	uint64_t slot_bytes;

	if (!map->info.key_bytes || map->info.key_bytes > NIMBLE_MAP_MAX_KEY)
		return nimble_refuse(diag, EINVAL,
				     "map %s: a key has 1 to %u bytes",
				     map->name, NIMBLE_MAP_MAX_KEY);
	slot_bytes = ROUND_UP(sizeof(struct slot) + map->info.key_bytes, 4);
	map->value_stride = ROUND_UP(map->info.value_bytes, 8);
	map->values_bytes = map->value_stride * map->info.entries;
	map->private_bytes =
		sizeof(struct table) +
		(uint64_t)bucket_count(map->info.entries) * sizeof(uint32_t) +
		slot_bytes * map->info.entries;
	return 0;
}

static int hash_init(struct nimble_map *map)
{
	struct table *table = map->private;
	uint32_t i, buckets = bucket_count(map->info.entries);

	table->mask = buckets - 1;
	table->slot_bytes =
		ROUND_UP(sizeof(struct slot) + map->info.key_bytes, 4);
	table->heads = (void *)(table + 1);
	table->slots = (void *)(table->heads + buckets);
	for (i = 0; i < buckets; i++)
		table->heads[i] = END | i;
	for (i = 0; i < map->info.entries; i++)
		slot_at(table, i)->next = i + 1;
	slot_at(table, map->info.entries - 1)->next = FREE_END;
	return 0;
}

/* FNV-1a; enough where chains are bounded. */
static uint32_t bucket_of(const struct nimble_map *map, const void *key)
{
	const struct table *table = map->private;
	const uint8_t *byte = key;
	uint32_t i, hash = 2166136261u;

	for (i = 0; i < map->info.key_bytes; i++)
		hash = (hash ^ byte[i]) * 16777619u;
	return (hash ^ hash >> 15) & table->mask;
}

static uint32_t acquire(const uint32_t *at)
{
	return __atomic_load_n(at, __ATOMIC_ACQUIRE);
}

static void release(uint32_t *at, uint32_t value)
{
	__atomic_store_n(at, value, __ATOMIC_RELEASE);
}

/* The caller holds the lock. *link: what points to the slot found. Where there
 * is none: END, or CHAIN_FULL. */
static uint32_t find_locked(const struct nimble_map *map, uint32_t bucket,
			    const void *key, uint32_t **link)
{
	struct table *table = map->private;
	uint32_t passed;

	*link = &table->heads[bucket];
	for (passed = 0; !(**link & END); passed++) {
		struct slot *slot = slot_at(table, **link);

		if (!memcmp(slot->key, key, map->info.key_bytes))
			return **link;
		*link = &slot->next;
	}
	return passed < CHAIN_MOST ? END : CHAIN_FULL;
}

/* A slot, END if there is none, or END | 1 to try again. */
static uint32_t find_unlocked(const struct nimble_map *map, uint32_t bucket,
			      const void *key)
{
	const struct table *table = map->private;
	uint32_t index = acquire(&table->heads[bucket]);
	uint32_t steps;

	for (steps = 0; !(index & END); steps++) {
		const struct slot *slot = slot_at(table, index);
		uint32_t version = acquire(&slot->version);
		bool same;

		if (steps == CHAIN_MOST) /* the free list, perhaps */
			return END | 1;
		same = !memcmp(slot->key, key, map->info.key_bytes);
		__atomic_thread_fence(__ATOMIC_ACQUIRE);
		if (version & 1 || version != acquire(&slot->version))
			return END | 1;
		if (same)
			return index;
		index = acquire(&slot->next);
	}
	return index == (END | bucket) ? END : END | 1;
}

static uint32_t find(struct nimble_map *map, const void *key)
{
	struct table *table = map->private;
	uint32_t bucket = bucket_of(map, key);
	uint32_t turn, index, *link;
	uint64_t irq;

	for (turn = 0; turn < TURNS; turn++) {
		index = find_unlocked(map, bucket, key);
		if (index != (END | 1))
			return index;
	}
	irq = nimble_lock(&table->lock);
	index = find_locked(map, bucket, key, &link);
	nimble_unlock(&table->lock, irq);
	return index;
}

static void *hash_lookup(struct nimble_map *map, unsigned int cpu,
			 const void *key)
{
	uint32_t index = find(map, key);

	(void)cpu;
	return index & END ? NULL : map->values + index * map->value_stride;
}

/* Put key and value, which may lie in the map, into a free slot and publish it. The
 * lock is held. */
static int insert(struct nimble_map *map, uint32_t bucket, const void *key,
		  const void *value)
{
	struct table *table = map->private;
	uint32_t index = table->free;
	struct slot *slot;

	if (index & END)
		return -ENOSPC;
	slot = slot_at(table, index);
	table->free = slot->next;
	release(&slot->version, slot->version + 1);
	__atomic_thread_fence(__ATOMIC_RELEASE);
	memcpy(slot->key, key, map->info.key_bytes);
	memmove(map->values + index * map->value_stride, value,
		map->info.value_bytes);
	release(&slot->next, table->heads[bucket]);
	release(&slot->version, slot->version + 1);
	release(&table->heads[bucket], index);
	return 0;
}

static int hash_update(struct nimble_map *map, unsigned int cpu,
		       const void *key, const void *value)
{
	struct table *table = map->private;
	uint8_t copy[NIMBLE_MAP_MAX_KEY];
	uint32_t bucket, index, *link;
	uint64_t irq;
	int error = 0;

	(void)cpu;
	/* It lies where another CPU may change it, and shall be in its bucket. */
	memcpy(copy, key, map->info.key_bytes);
	bucket = bucket_of(map, copy);
	irq = nimble_lock(&table->lock);
	index = find_locked(map, bucket, copy, &link);
	if (index == CHAIN_FULL)
		error = -ENOSPC;
	else if (index & END)
		error = insert(map, bucket, copy, value);
	else
		memmove(map->values + index * map->value_stride, value,
			map->info.value_bytes);
	nimble_unlock(&table->lock, irq);
	return error;
}

static int hash_delete(struct nimble_map *map, const void *key)
{
	struct table *table = map->private;
	uint32_t index, *link;
	struct slot *slot;
	uint64_t irq;

	irq = nimble_lock(&table->lock);
	index = find_locked(map, bucket_of(map, key), key, &link);
	if (!(index & END)) {
		slot = slot_at(table, index);
		release(link, slot->next);
		/* Readers inside the slot see that it changed. */
		release(&slot->version, slot->version + 2);
		release(&slot->next, table->free);
		table->free = index;
	}
	nimble_unlock(&table->lock, irq);
	return index & END ? -ENOENT : 0;
}

/* The key in a slot, if it is one. The lock is held. */
static bool copy_key(const struct nimble_map *map, uint32_t index, void *to)
{
	if (index & END)
		return false;
	memcpy(to, slot_at(map->private, index)->key, map->info.key_bytes);
	return true;
}

/* In the order of buckets and chains; keys that come or go may be missed. The lock,
 * which keeps interrupts out, is held for one chain at a time: of many buckets most
 * may be empty. */
static int hash_next(struct nimble_map *map, const void *key, void *next)
{
	struct table *table = map->private;
	uint32_t bucket = 0, index, *link;
	bool found = false;
	uint64_t irq;

	if (key) {
		bucket = bucket_of(map, key);
		irq = nimble_lock(&table->lock);
		index = find_locked(map, bucket, key, &link);
		found = !(index & END) &&
			copy_key(map, slot_at(table, index)->next, next);
		nimble_unlock(&table->lock, irq);
		bucket++;
	}
	for (; !found && bucket <= table->mask; bucket++) {
		if (acquire(&table->heads[bucket]) & END)
			continue;
		irq = nimble_lock(&table->lock);
		found = copy_key(map, table->heads[bucket], next);
		nimble_unlock(&table->lock, irq);
	}
	return found ? 0 : -ENOENT;
}

const struct nimble_map_ops nimble_map_hash = {
	.cost = HASH_COST,
	.size = hash_size,
	.init = hash_init,
	.lookup = hash_lookup,
	.update = hash_update,
	.delete = hash_delete,
	.next = hash_next,
};
