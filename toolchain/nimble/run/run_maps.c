/* SPDX-License-Identifier: MIT */
/* nimble-run: maps, written before a run and printed after it. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "nimble/port.h"
#include "toolchain/nimble/run/run.h"

void run_write_map(struct nimble_ext *ext, const char *text)
{
	uint8_t key[NIMBLE_MAP_MAX_KEY] = {0};
	char name[64], more;
	uint64_t index, value;
	struct nimble_map *map;
	uint8_t *bytes;
	int i;

	if (sscanf(text, "%63[^[][%" SCNi64 "]=%" SCNi64 "%c", name,
		   (int64_t *)&index, (int64_t *)&value, &more) != 3)
		usage_error("--map wants NAME[KEY]=N, not %s", text);
	i = nimble_map_index(ext, name);
	if (i < 0)
		usage_error("there is no map %s", name);
	map = nimble_map(ext, (unsigned int)i);
	memcpy(key, &index, sizeof(index));
	bytes = calloc(1, nimble_map_info(map)->value_bytes + 8);
	if (!bytes)
		usage_error("%s", "out of memory");
	memcpy(bytes, &value, sizeof(value));
	if (nimble_map_write(map, 0, key, bytes))
		usage_error("cannot write %s", text);
	free(bytes);
}

static void print_bytes(const uint8_t *bytes, size_t count)
{
	uint64_t number = 0;
	size_t i;

	if (count <= 8) {
		memcpy(&number, bytes, count);
		printf("%" PRIu64, number);
		return;
	}
	for (i = 0; i < count && i < 64; i++)
		printf("%02x", bytes[i]);
	if (count > 64)
		printf("...");
}

static bool is_zero(const uint8_t *bytes, size_t count)
{
	return !count || (!bytes[0] && !memcmp(bytes, bytes + 1, count - 1));
}

/* Entries that are not zero: of a per-CPU array those of one CPU. */
static void print_map(struct nimble_map *map, unsigned int cpu)
{
	const struct nx_map *info = nimble_map_info(map);
	uint8_t key[NIMBLE_MAP_MAX_KEY], next[NIMBLE_MAP_MAX_KEY];
	uint8_t *value = calloc(1, info->value_bytes + 8);
	bool first = true;

	if (!value)
		usage_error("%s", "out of memory");
	while (!nimble_map_next(map, first ? NULL : key, next)) {
		memcpy(key, next, info->key_bytes);
		first = false;
		if (nimble_map_read(map, cpu, key, value) ||
		    is_zero(value, info->value_bytes))
			continue;
		printf("%s[", nimble_map_name(map));
		print_bytes(key, info->key_bytes);
		if (cpu)
			printf("] of CPU %u = ", cpu);
		else
			printf("] = ");
		print_bytes(value, info->value_bytes);
		putchar('\n');
	}
	free(value);
}

static void print_ring(struct nimble_map *map)
{
	struct nimble_ring *ring;
	void *start;
	size_t bytes;

	if (nimble_map_region(map, &start, &bytes) ||
	    nimble_map_info(map)->type != NIMBLE_MAP_RING)
		return;
	ring = start;
	printf("%s: %" PRIu64 " bytes of records, %" PRIu64 " dropped\n",
	       nimble_map_name(map), (uint64_t)ring->produced,
	       (uint64_t)ring->dropped);
}

void run_print_maps(struct nimble_ext *ext)
{
	unsigned int i, cpu;

	for (i = 0; i < nimble_maps(ext); i++) {
		struct nimble_map *map = nimble_map(ext, i);
		bool percpu =
			nimble_map_info(map)->type == NIMBLE_MAP_PERCPU_ARRAY;

		for (cpu = 0; cpu < (percpu ? nimble_port_cpus() : 1); cpu++)
			print_map(map, cpu);
		print_ring(map);
	}
}
