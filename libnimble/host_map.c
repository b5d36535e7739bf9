// SPDX-License-Identifier: MIT
/* NIMBLE_BACKEND=host: requests about maps. */
#include <errno.h>
#include <string.h>
#include <sys/mman.h>

#include "libnimble/host_priv.h"
#include "nimble/port.h"

static uint32_t value_count(const struct nx_map *about)
{
	return about->type == NIMBLE_MAP_PERCPU_ARRAY ? nimble_port_cpus() : 1;
}

/* Only arrays and hashes are read by key. */
static uint32_t key_bytes(const struct nx_map *about)
{
	switch (about->type) {
	case NIMBLE_MAP_ARRAY:
	case NIMBLE_MAP_PERCPU_ARRAY:
	case NIMBLE_MAP_HASH:
		return about->key_bytes;
	default:
		return 0;
	}
}

static void describe(const struct nimble_map *map, struct nimble_map_info *info)
{
	const struct nx_map *about = nimble_map_info(map);

	*info = (struct nimble_map_info){
		.type = about->type,
		.key_bytes = key_bytes(about),
		.value_bytes = about->value_bytes,
		.max_entries = about->entries,
		.values = value_count(about),
		.memory_bytes = nimble_map_memory(map),
	};
	host_text(info->name, sizeof(info->name), nimble_map_name(map));
}

static int describe_all(struct host_extension *e, struct nimble_ctl *ctl)
{
	struct nimble_map_info *info = (void *)(uintptr_t)ctl->out;
	unsigned int count = nimble_maps(e->engine);

	ctl->out_used = count * sizeof(*info);
	if (ctl->out_used > ctl->out_bytes)
		return -ENOSPC;
	for (unsigned int i = 0; i < count; i++)
		describe(nimble_map(e->engine, i), &info[i]);
	return 0;
}

/* A second mapping of the same pages, so that munmap() ends only this one. */
static int map_region(struct nimble_map *map, struct nimble_ctl *ctl)
{
	struct nimble_mapping *mapping = (void *)(uintptr_t)ctl->out;
	size_t bytes;
	void *start, *again;
	int err = nimble_map_region(map, &start, &bytes);

	if (err)
		return err;
	ctl->out_used = sizeof(*mapping);
	if (ctl->out_bytes < sizeof(*mapping))
		return -ENOSPC;
	again = mremap(start, 0, bytes, MREMAP_MAYMOVE);
	if (again == MAP_FAILED)
		return -errno;
	*mapping = (struct nimble_mapping){(uintptr_t)again, bytes};
	return 0;
}

static int take(struct nimble_map *map, struct nimble_ctl *ctl)
{
	size_t used = 0;
	int err = nimble_map_take(map, (void *)(uintptr_t)ctl->out,
				  ctl->out_bytes, &used);

	ctl->out_used = used;
	return err;
}

static int look_up(struct nimble_map *map, const void *key,
		   struct nimble_ctl *ctl)
{
	const struct nx_map *about = nimble_map_info(map);
	char *value = (void *)(uintptr_t)ctl->out;
	int err = 0;

	ctl->out_used = (uint64_t)value_count(about) * about->value_bytes;
	if (ctl->out_used > ctl->out_bytes)
		return -ENOSPC;
	for (uint32_t cpu = 0; cpu < value_count(about) && !err; cpu++)
		err = nimble_map_read(map, cpu, key,
				      value + cpu * about->value_bytes);
	return err;
}

static int update(struct nimble_map *map, const char *both)
{
	const struct nx_map *about = nimble_map_info(map);
	const char *value = both + about->key_bytes;
	int err = 0;

	for (uint32_t cpu = 0; cpu < value_count(about) && !err; cpu++)
		err = nimble_map_write(map, cpu, both,
				       value + cpu * about->value_bytes);
	return err;
}

static int next(struct nimble_map *map, const void *key, struct nimble_ctl *ctl)
{
	ctl->out_used = nimble_map_info(map)->key_bytes;
	if (ctl->out_used > ctl->out_bytes)
		return -ENOSPC;
	return nimble_map_next(map, ctl->in_bytes ? key : NULL,
			       (void *)(uintptr_t)ctl->out);
}

/* Whether ctl->in is as long as the request needs. */
static bool fits(const struct nx_map *about, const struct nimble_ctl *ctl)
{
	uint64_t key = about->key_bytes;

	if (ctl->op == NIMBLE_OP_MAP_UPDATE)
		key += (uint64_t)value_count(about) * about->value_bytes;
	return ctl->in_bytes == key ||
	       (ctl->op == NIMBLE_OP_MAP_NEXT && !ctl->in_bytes);
}

static int by_key(struct nimble_map *map, struct nimble_ctl *ctl)
{
	const void *in = (const void *)(uintptr_t)ctl->in;

	if (!key_bytes(nimble_map_info(map)))
		return -EOPNOTSUPP;
	if (!fits(nimble_map_info(map), ctl))
		return -EINVAL;
	switch (ctl->op) {
	case NIMBLE_OP_MAP_LOOKUP:
		return look_up(map, in, ctl);
	case NIMBLE_OP_MAP_UPDATE:
		return update(map, in);
	case NIMBLE_OP_MAP_DELETE:
		return nimble_map_remove(map, in);
	case NIMBLE_OP_MAP_NEXT:
		return next(map, in, ctl);
	default:
		return -EINVAL; /* no such request */
	}
}

int host_map_request(struct host_extension *e, struct nimble_ctl *ctl)
{
	struct nimble_map *map;

	if (ctl->op == NIMBLE_OP_MAPS)
		return describe_all(e, ctl);
	if (ctl->index >= nimble_maps(e->engine))
		return -EINVAL;
	map = nimble_map(e->engine, ctl->index);
	switch (ctl->op) {
	case NIMBLE_OP_MAP_MMAP:
		return map_region(map, ctl);
	case NIMBLE_OP_RING_TAKE:
		return take(map, ctl);
	default:
		return by_key(map, ctl);
	}
}
