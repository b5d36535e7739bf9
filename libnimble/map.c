// SPDX-License-Identifier: MIT
/* Requests about maps; see libnimble.h. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "libnimble/libnimble_priv.h"

int libnimble_maps(struct libnimble *n, uint32_t id,
		   struct nimble_map_info **maps, size_t *count)
{
	struct nimble_ctl ctl = {.op = NIMBLE_OP_MAPS, .ext_id = id};
	size_t used;
	void *out;
	int err = nimble_receive(n, &ctl, &out, &used);

	*maps = NULL;
	*count = 0;
	if (err)
		return err;
	*maps = out;
	*count = used / sizeof(**maps);
	for (size_t i = 0; i < *count; i++)
		(*maps)[i].name[NIMBLE_NAME_BYTES - 1] = 0;
	return 0;
}

/* The index of the map with that name, or else that number; count: there is
 * none. */
static size_t choose(const struct nimble_map_info *maps, size_t count,
		     const char *name)
{
	unsigned long number;
	char *end;

	for (size_t i = 0; i < count; i++)
		if (strcmp(maps[i].name, name) == 0)
			return i;
	number = strtoul(name, &end, 10);
	if (*name < '0' || *name > '9' || *end || number >= count)
		return count;
	return number;
}

int libnimble_find_map(struct libnimble *n, uint32_t id, const char *name,
		       uint32_t *map, struct nimble_map_info *info)
{
	struct nimble_map_info *maps;
	size_t count, i;
	int err = libnimble_maps(n, id, &maps, &count);

	if (err)
		return err;
	i = choose(maps, count, name);
	if (i == count) {
		err = nimble_error(-ENOENT, "the extension has no map %s",
				   name);
	} else {
		*map = i;
		if (info)
			*info = maps[i];
	}
	free(maps);
	return err;
}

int libnimble_map_lookup(struct libnimble *n, uint32_t id, uint32_t map,
			 const void *key, size_t key_bytes, void *value,
			 size_t value_bytes)
{
	struct nimble_ctl ctl = {
		.op = NIMBLE_OP_MAP_LOOKUP,
		.ext_id = id,
		.index = map,
		.in = (uintptr_t)key,
		.in_bytes = key_bytes,
		.out = (uintptr_t)value,
		.out_bytes = value_bytes,
	};
	int err = nimble_send(n, &ctl);

	if (!err && ctl.out_used != value_bytes)
		return nimble_error(-EINVAL, "values have %u bytes, not %u",
				    (unsigned int)ctl.out_used,
				    (unsigned int)value_bytes);
	return err;
}

int libnimble_map_update(struct libnimble *n, uint32_t id, uint32_t map,
			 const void *key, size_t key_bytes, const void *value,
			 size_t value_bytes)
{
	struct nimble_ctl ctl = {
		.op = NIMBLE_OP_MAP_UPDATE,
		.ext_id = id,
		.index = map,
		.in_bytes = key_bytes + value_bytes,
	};
	char *both = malloc(key_bytes + value_bytes + 1);
	int err;

	if (!both)
		return nimble_error(-ENOMEM, "no memory");
	memcpy(both, key, key_bytes);
	memcpy(both + key_bytes, value, value_bytes);
	ctl.in = (uintptr_t)both;
	err = nimble_send(n, &ctl);
	free(both);
	return err;
}

int libnimble_map_delete(struct libnimble *n, uint32_t id, uint32_t map,
			 const void *key, size_t key_bytes)
{
	struct nimble_ctl ctl = {
		.op = NIMBLE_OP_MAP_DELETE,
		.ext_id = id,
		.index = map,
		.in = (uintptr_t)key,
		.in_bytes = key_bytes,
	};

	return nimble_send(n, &ctl);
}

int libnimble_map_next(struct libnimble *n, uint32_t id, uint32_t map,
		       const void *key, void *next, size_t key_bytes)
{
	struct nimble_ctl ctl = {
		.op = NIMBLE_OP_MAP_NEXT,
		.ext_id = id,
		.index = map,
		.in = (uintptr_t)key,
		.in_bytes = key ? key_bytes : 0,
		.out = (uintptr_t)next,
		.out_bytes = key_bytes,
	};

	return nimble_send(n, &ctl);
}

/* The numbers of nimble/abi/map.h. */
const char *libnimble_map_type_name(uint32_t type)
{
	static const char *const name[] = {
		"unknown",     "array", "hash",	 "per-CPU array",
		"ring buffer", "arena", "queue",
	};

	return type < sizeof(name) / sizeof(name[0]) ? name[type] : name[0];
}
