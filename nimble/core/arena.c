/* SPDX-License-Identifier: MIT */
/* An extension's memory: its quota, and the arena that it can touch. */
/*
 * The arena, low to high: for each CPU and level a context and a stack, then
 * data and bss, map values, and last the read-only data. A store may go up to
 * where the read-only data begins, a load up to its end, so each access is
 * one comparison with one limit. The limits lie in the page before the arena,
 * one word for each access size, where handlers find them by the arena's
 * register. Pages of maps that the application sees are at page borders.
 */
#include "nimble/core/priv.h"

int nimble_quota(const struct nimble_ext *ext, uint64_t bytes, const char *what,
		 struct nimble_diag *diag)
{
	uint64_t quota = ext->options.quota_bytes;

	if (ext->memory <= quota && bytes <= quota - ext->memory)
		return 0;
	return nimble_refuse(diag, ENOSPC,
			     "over its quota of %u KiB: %u KiB are taken, %s "
			     "would need %u KiB more",
			     (unsigned int)(quota / 1024),
			     (unsigned int)(ext->memory / 1024), what,
			     (unsigned int)((bytes + 1023) / 1024));
}

void *nimble_take(struct nimble_ext *ext, size_t bytes, const char *what,
		  struct nimble_diag *diag)
{
	void *memory;

	if (nimble_quota(ext, bytes, what, diag))
		return NULL;
	memory = nimble_port_alloc(bytes);
	if (!memory)
		nimble_refuse(diag, ENOMEM, "no memory for %s: %u KiB", what,
			      (unsigned int)((bytes + 1023) / 1024));
	else
		ext->memory += bytes;
	return memory;
}

size_t nimble_frame_bytes(const struct nimble_ext *ext)
{
	return ROUND_UP(ext->ctx_bytes + ext->image.header->frame_bytes *
						 (size_t)NX_MAX_DEPTH,
			64);
}

static void place_map(struct nimble_map *map, size_t *at)
{
	size_t align = map->ops->paged ? NIMBLE_PAGE : 64;

	*at = ROUND_UP(*at, align);
	map->values = (uint8_t *)*at;
	*at += ROUND_UP(map->values_bytes, align);
}

/* A policy's tasks, between its data and its maps. */
static size_t sched_bytes(const struct nimble_ext *ext)
{
	return !ext->policy.tasks
		       ? 0
		       : ROUND_UP(sizeof(*ext->sched) +
					  ext->policy.tasks *
						  sizeof(ext->sched->task[0]),
				  64);
}

static void set_limits(struct nimble_ext *ext)
{
	unsigned int bytes;

	for (bytes = 1; bytes <= 8; bytes *= 2) {
		*(uint64_t *)(void *)(ext->arena + LIMIT_READ((int)bytes)) =
			ext->arena_bytes - bytes;
		*(uint64_t *)(void *)(ext->arena + LIMIT_WRITE((int)bytes)) =
			ext->writable_bytes - bytes;
	}
}

int nimble_arena_make(struct nimble_ext *ext, struct nimble_diag *diag)
{
	const struct nimble_image *image = &ext->image;
	size_t at = nimble_frame_bytes(ext) * ext->cpus * NIMBLE_LEVELS;
	size_t data_at = at, sched_at;
	uint32_t i;

	at += ROUND_UP((size_t)image->data_bytes + image->header->bss_bytes,
		       64);
	sched_at = at;
	at += sched_bytes(ext);
	for (i = 0; i < image->nmaps; i++)
		place_map(&ext->maps[i], &at);
	ext->writable_bytes = at;
	ext->arena_bytes = at + image->rodata_bytes;
	ext->allocation_bytes = NIMBLE_PAGE + ext->arena_bytes;
	ext->arena =
		nimble_take(ext, ext->allocation_bytes, "data and maps", diag);
	if (!ext->arena)
		return diag->error;
	ext->arena += NIMBLE_PAGE;
	for (i = 0; i < image->nmaps; i++)
		ext->maps[i].values =
			ext->arena + (uintptr_t)ext->maps[i].values;
	ext->data = ext->arena + data_at;
	if (ext->policy.tasks)
		ext->sched = (void *)(ext->arena + sched_at);
	ext->rodata = ext->arena + ext->writable_bytes;
	memcpy(ext->data, image->data, image->data_bytes);
	memcpy(ext->rodata, image->rodata, image->rodata_bytes);
	set_limits(ext);
	return 0;
}

/* Start of a section that data may point into, and its size; NULL: neither. */
static uint32_t reloc_section(const struct nimble_ext *ext, uint16_t id,
			      uint8_t **start)
{
	*start = id == NX_SEC_DATA     ? ext->data
		 : id == NX_SEC_RODATA ? ext->rodata
				       : NULL;
	if (id == NX_SEC_DATA)
		return ext->image.data_bytes;
	return id == NX_SEC_RODATA ? ext->image.rodata_bytes : 0;
}

/* What a relocation stands for: false where there is no such thing. */
static bool reloc_value(const struct nimble_ext *ext,
			const struct nx_reloc *reloc, uint64_t *value)
{
	uint8_t *target;
	uint32_t most = reloc_section(ext, reloc->target_section, &target);

	if (reloc->target_section == NX_SEC_MAPS) {
		*value = NIMBLE_MAP_HANDLE ^ reloc->target;
		return reloc->target < ext->image.nmaps;
	}
	if (reloc->target_section == NX_SEC_DATA)
		most += ext->image.header->bss_bytes;
	*value = (uintptr_t)target + reloc->target;
	return target && reloc->target <= most;
}

int nimble_arena_relocate(struct nimble_ext *ext, struct nimble_diag *diag)
{
	uint32_t i;

	for (i = 0; i < ext->image.nrelocs; i++) {
		const struct nx_reloc *reloc = &ext->image.relocs[i];
		uint8_t *where;
		uint32_t room =
			reloc_section(ext, reloc->where_section, &where);
		uint64_t value;

		if (room < 8 || reloc->where > room - 8 || reloc->where % 8 ||
		    reloc->reserved || !reloc_value(ext, reloc, &value))
			return nimble_refuse(diag, ENOEXEC,
					     "relocation %u is malformed", i);
		memcpy(where + reloc->where, &value, sizeof(value));
	}
	return 0;
}
