/* SPDX-License-Identifier: MIT */
/* Maps seen from the host, arrays and shared arenas, and the table of types. */
#include "nimble/core/priv.h"

const struct nimble_map_ops *nimble_map_type(uint32_t type)
{
	static const struct nimble_map_ops *const types[] = {
		[NIMBLE_MAP_ARRAY] = &nimble_map_array,
		[NIMBLE_MAP_HASH] = &nimble_map_hash,
		[NIMBLE_MAP_PERCPU_ARRAY] = &nimble_map_percpu,
		[NIMBLE_MAP_RING] = &nimble_map_ring,
		[NIMBLE_MAP_ARENA] = &nimble_map_arena,
		[NIMBLE_MAP_QUEUE] = &nimble_map_queue,
	};

	return type < sizeof(types) / sizeof(types[0]) ? types[type] : NULL;
}

/* Values of an array lie one after another, as in C. */
static int array_size(struct nimble_map *map, struct nimble_diag *diag)
{
	if (map->info.key_bytes != 4)
		return nimble_refuse(diag, EINVAL,
				     "map %s: an array's key has 4 bytes",
				     map->name);
	map->value_stride = map->info.value_bytes;
	map->values_bytes = map->value_stride * map->info.entries;
	return 0;
}

static void *array_lookup(struct nimble_map *map, unsigned int cpu,
			  const void *key)
{
	uint32_t index;

	(void)cpu;
	memcpy(&index, key, sizeof(index));
	if (index >= map->info.entries)
		return NULL;
	return map->values + index * map->value_stride;
}

static int array_update(struct nimble_map *map, unsigned int cpu,
			const void *key, const void *value)
{
	void *at = map->ops->lookup(map, cpu, key);

	if (!at)
		return -E2BIG;
	/* The value may lie in the map. */
	memmove(at, value, map->info.value_bytes);
	return 0;
}

static int array_next(struct nimble_map *map, const void *key, void *next)
{
	uint32_t index = 0;

	if (key) {
		memcpy(&index, key, sizeof(index));
		index++;
	}
	if (index >= map->info.entries)
		return -ENOENT;
	memcpy(next, &index, sizeof(index));
	return 0;
}

const struct nimble_map_ops nimble_map_array = {
	.cost = 128,
	.size = array_size,
	.lookup = array_lookup,
	.update = array_update,
	.next = array_next,
	.direct = true,
};

/* One array for each CPU, so that counting needs no atomic operation. */
static int percpu_size(struct nimble_map *map, struct nimble_diag *diag)
{
	int error = array_size(map, diag);

	map->value_stride = ROUND_UP(map->info.value_bytes, 8);
	map->values_bytes =
		ROUND_UP(map->value_stride * map->info.entries, 64) *
		map->ext->cpus;
	return error;
}

static void *percpu_lookup(struct nimble_map *map, unsigned int cpu,
			   const void *key)
{
	uint32_t index;

	memcpy(&index, key, sizeof(index));
	if (index >= map->info.entries || cpu >= map->ext->cpus)
		return NULL;
	return map->values + map->values_bytes / map->ext->cpus * cpu +
	       index * map->value_stride;
}

const struct nimble_map_ops nimble_map_percpu = {
	.cost = 128,
	.size = percpu_size,
	.lookup = percpu_lookup,
	.update = array_update,
	.next = array_next,
};

/* Memory shared with the application, by offsets; whole pages. */
static int arena_size(struct nimble_map *map, struct nimble_diag *diag)
{
	if (map->info.key_bytes || map->info.value_bytes ||
	    map->info.entries % NIMBLE_PAGE)
		return nimble_refuse(
			diag, EINVAL,
			"map %s: a shared arena has no keys and whole pages",
			map->name);
	map->values_bytes = map->info.entries;
	return 0;
}

const struct nimble_map_ops nimble_map_arena = {
	.cost = 128,
	.size = arena_size,
	.direct = true,
	.paged = true,
};

unsigned int nimble_maps(const struct nimble_ext *ext)
{
	return ext->image.nmaps;
}

struct nimble_map *nimble_map(struct nimble_ext *ext, unsigned int index)
{
	return index < ext->image.nmaps ? &ext->maps[index] : NULL;
}

int nimble_map_index(const struct nimble_ext *ext, const char *name)
{
	uint32_t i;

	for (i = 0; i < ext->image.nmaps; i++)
		if (nimble_same(ext->maps[i].name, name))
			return (int)i;
	return -ENOENT;
}

const char *nimble_map_name(const struct nimble_map *map)
{
	return map->name;
}

const struct nx_map *nimble_map_info(const struct nimble_map *map)
{
	return &map->info;
}

int nimble_map_read(struct nimble_map *map, unsigned int cpu, const void *key,
		    void *value)
{
	const void *at;

	if (!map->ops->lookup)
		return -EOPNOTSUPP;
	at = map->ops->lookup(map, cpu, key);
	if (!at)
		return -ENOENT;
	memcpy(value, at, map->info.value_bytes);
	return 0;
}

int nimble_map_write(struct nimble_map *map, unsigned int cpu, const void *key,
		     const void *value)
{
	return map->ops->update ? map->ops->update(map, cpu, key, value)
				: -EOPNOTSUPP;
}

int nimble_map_remove(struct nimble_map *map, const void *key)
{
	return map->ops->delete ? map->ops->delete (map, key) : -EOPNOTSUPP;
}

int nimble_map_next(struct nimble_map *map, const void *key, void *next)
{
	return map->ops->next ? map->ops->next(map, key, next) : -EOPNOTSUPP;
}

int nimble_map_region(struct nimble_map *map, void **start, size_t *bytes)
{
	if (!map->ops->paged)
		return -EOPNOTSUPP;
	*start = map->values;
	*bytes = map->values_bytes;
	return 0;
}
