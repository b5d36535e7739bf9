/* SPDX-License-Identifier: MIT */
/* Extensions: from an image to something that runs, and back to nothing. */
/*
 * The arena, low to high: for each CPU and level a context and a stack, then
 * data and bss, map values, and last the read-only data. A store may go up to
 * where the read-only data begins, a load up to its end, so each access is
 * one comparison with one limit. The limits lie in the page before the arena,
 * one word for each access size, where handlers find them by the arena's
 * register. Pages of maps that the application sees are at page borders.
 */
#include "nimble/core/priv.h"

/* May so much more be taken, for what? 0, or -ENOSPC. */
static int within_quota(const struct nimble_ext *ext, uint64_t bytes,
			const char *what, struct nimble_diag *diag)
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

static void *take(struct nimble_ext *ext, size_t bytes, const char *what,
		  struct nimble_diag *diag)
{
	void *memory;

	if (within_quota(ext, bytes, what, diag))
		return NULL;
	memory = nimble_port_alloc(bytes);
	if (!memory)
		nimble_refuse(diag, ENOMEM, "no memory for %s: %u KiB", what,
			      (unsigned int)((bytes + 1023) / 1024));
	else
		ext->memory += bytes;
	return memory;
}

/* Tables of maps, imports and entries, in one allocation. */
static int make_tables(struct nimble_ext *ext, struct nimble_diag *diag)
{
	const struct nimble_image *image = &ext->image;
	size_t maps = image->nmaps * sizeof(*ext->maps);
	size_t imports = image->nimports * sizeof(*ext->imports);
	size_t entries = image->nhooks * sizeof(*ext->entries);
	uint8_t *memory;

	ext->tables_bytes = maps + imports + entries + 8;
	memory = take(ext, ext->tables_bytes, "its tables", diag);
	if (!memory)
		return diag->error;
	ext->maps = (void *)memory;
	ext->imports = (void *)(memory + maps);
	ext->entries = (void *)(memory + maps + imports);
	return 0;
}

static int size_map(struct nimble_ext *ext, uint32_t i,
		    struct nimble_diag *diag)
{
	struct nimble_map *map = &ext->maps[i];

	map->info = ext->image.maps[i];
	map->name = ext->image.strings + map->info.name;
	map->ext = ext;
	map->ops = nimble_map_type(map->info.type);
	if (!map->ops)
		return nimble_refuse(diag, EINVAL, "map %s: unknown type %u",
				     map->name, map->info.type);
	if (map->info.flags)
		return nimble_refuse(diag, EINVAL, "map %s: unknown flags %x",
				     map->name, map->info.flags);
	if (!map->info.entries || map->info.entries > NIMBLE_MAP_MAX_BYTES ||
	    map->info.value_bytes > NIMBLE_MAP_MAX_VALUE ||
	    (!map->info.value_bytes && map->ops->lookup))
		return nimble_refuse(diag, EINVAL,
				     "map %s: %u entries of %u bytes",
				     map->name, map->info.entries,
				     map->info.value_bytes);
	if (map->ops->size(map, diag))
		return diag->error;
	if (map->values_bytes > NIMBLE_MAP_MAX_BYTES)
		return nimble_refuse(diag, E2BIG,
				     "map %s: more than %u bytes of values",
				     map->name, NIMBLE_MAP_MAX_BYTES);
	return 0;
}

static int size_maps(struct nimble_ext *ext, struct nimble_diag *diag)
{
	uint32_t i;
	int error = 0;

	for (i = 0; i < ext->image.nmaps && !error; i++)
		error = size_map(ext, i, diag);
	return error;
}

/* Look a helper up and check that this extension may import it. */
static int import_helper(struct nimble_ext *ext, uint32_t index,
			 struct nimble_diag *diag)
{
	const struct nx_import *import = &ext->image.imports[index];
	const char *name = ext->image.strings + import->name;
	const char *signature = ext->image.strings + import->signature;
	const struct nimble_helper *helper;

	if (!*name)
		return 0;
	helper = nimble_helper_by_name(name);
	if (!helper)
		return nimble_refuse(diag, ENOENT, "there is no helper %s",
				     name);
	if (*signature && !nimble_same(signature, helper->signature))
		return nimble_refuse(
			diag, EINVAL,
			"helper %s has the signature %s here; the image was "
			"built for %s",
			name, helper->signature, signature);
	if (!helper->app_allowed && !ext->options.trusted)
		return nimble_refuse(diag, EPERM,
				     "helper %s is for trusted extensions only",
				     name);
	ext->imports[index] = helper;
	return 0;
}

/* The first call of an import, or NIMBLE_NO_INSN. The code has not been checked
 * yet, but which slots say "call" can be seen in any. */
static uint32_t first_call(const struct nimble_image *image, uint32_t import)
{
	uint32_t i;

	for (i = 0; i < image->insns; i++)
		if (image->code[i].opcode == (BPF_JMP | BPF_CALL) &&
		    image->code[i].src == NX_CALL_HELPER &&
		    (uint32_t)image->code[i].imm == import)
			return i;
	return NIMBLE_NO_INSN;
}

int nimble_import(struct nimble_ext *ext, uint32_t index,
		  struct nimble_diag *diag)
{
	int error = import_helper(ext, index, diag);
	uint32_t call = error ? first_call(&ext->image, index) : NIMBLE_NO_INSN;

	if (call != NIMBLE_NO_INSN)
		nimble_diag_at(&ext->image, diag, call);
	return error;
}

static int make_imports(struct nimble_ext *ext, struct nimble_diag *diag)
{
	uint32_t i;
	int error = 0;

	for (i = 0; i < ext->image.nimports && !error; i++)
		error = nimble_import(ext, i, diag);
	return error;
}

static int find_entry(struct nimble_ext *ext, uint32_t i,
		      struct nimble_diag *diag)
{
	const struct nx_hook *from = &ext->image.hooks[i];
	const char *name = ext->image.strings + from->hook;
	struct nimble_entry *entry = &ext->entries[i];
	int hook = nimble_hook_by_name(name);
	uint32_t before;

	if (hook < 0)
		return nimble_refuse(diag, ENOENT, "there is no hook %s", name);
	entry->hook = (enum nimble_hook)hook;
	entry->info = nimble_hook_info((unsigned int)hook);
	entry->function = ext->image.strings + from->function;
	entry->insn = from->insn;
	if (!entry->info->app_allowed && !ext->options.trusted)
		return nimble_refuse(diag, EPERM,
				     "hook %s is for trusted extensions only",
				     name);
	for (before = 0; before < i; before++)
		if (ext->entries[before].hook == entry->hook)
			return nimble_refuse(diag, EINVAL,
					     "hook %s is defined twice", name);
	if (ext->ctx_bytes < entry->info->ctx_bytes)
		ext->ctx_bytes = entry->info->ctx_bytes;
	return 0;
}

static int find_entries(struct nimble_ext *ext, struct nimble_diag *diag)
{
	uint32_t i;
	int error = 0;

	ext->ctx_bytes = ext->options.ctx_bytes;
	for (i = 0; i < ext->image.nhooks && !error; i++)
		error = find_entry(ext, i, diag);
	ext->ctx_bytes = ROUND_UP(ext->ctx_bytes, 16);
	return error;
}

static size_t frame_bytes(const struct nimble_ext *ext)
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

/* Offsets in the arena first, addresses when it exists. */
static int make_arena(struct nimble_ext *ext, struct nimble_diag *diag)
{
	const struct nimble_image *image = &ext->image;
	size_t at = frame_bytes(ext) * ext->cpus * NIMBLE_LEVELS;
	size_t data_at = at;
	uint32_t i;

	at += ROUND_UP((size_t)image->data_bytes + image->header->bss_bytes,
		       64);
	for (i = 0; i < image->nmaps; i++)
		place_map(&ext->maps[i], &at);
	ext->writable_bytes = at;
	ext->arena_bytes = at + image->rodata_bytes;
	ext->allocation_bytes = NIMBLE_PAGE + ext->arena_bytes;
	ext->arena = take(ext, ext->allocation_bytes, "data and maps", diag);
	if (!ext->arena)
		return diag->error;
	ext->arena += NIMBLE_PAGE;
	for (i = 0; i < image->nmaps; i++)
		ext->maps[i].values =
			ext->arena + (uintptr_t)ext->maps[i].values;
	ext->data = ext->arena + data_at;
	ext->rodata = ext->arena + ext->writable_bytes;
	memcpy(ext->data, image->data, image->data_bytes);
	memcpy(ext->rodata, image->rodata, image->rodata_bytes);
	return 0;
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

/* Start of a section that data may point into, and its size; 0: neither. */
static uint32_t reloc_section(const struct nimble_ext *ext, uint16_t id,
			      uint8_t **start)
{
	*start = id == NX_SEC_DATA ? ext->data : ext->rodata;
	if (id == NX_SEC_DATA)
		return ext->image.data_bytes;
	return id == NX_SEC_RODATA ? ext->image.rodata_bytes : 0;
}

static int relocate(struct nimble_ext *ext, struct nimble_diag *diag)
{
	uint32_t i;

	for (i = 0; i < ext->image.nrelocs; i++) {
		const struct nx_reloc *reloc = &ext->image.relocs[i];
		uint8_t *where, *target;
		uint32_t room, most;
		uint64_t value;

		room = reloc_section(ext, reloc->where_section, &where);
		most = reloc_section(ext, reloc->target_section, &target);
		if (reloc->target_section == NX_SEC_DATA)
			most += ext->image.header->bss_bytes;
		if (room < 8 || reloc->where > room - 8 || reloc->where % 8 ||
		    reloc->target > most || reloc->reserved)
			return nimble_refuse(diag, ENOEXEC,
					     "relocation %u is malformed", i);
		value = (uintptr_t)(target + reloc->target);
		memcpy(where + reloc->where, &value, sizeof(value));
	}
	return 0;
}

static int make_maps(struct nimble_ext *ext, struct nimble_diag *diag)
{
	uint32_t i;

	for (i = 0; i < ext->image.nmaps; i++) {
		struct nimble_map *map = &ext->maps[i];

		if (map->private_bytes) {
			map->private = take(ext, map->private_bytes, map->name,
					    diag);
			if (!map->private)
				return diag->error;
		}
		if (map->ops->init)
			map->ops->init(map);
	}
	return 0;
}

static int translate(struct nimble_ext *ext, struct nimble_diag *diag)
{
	struct nimble_facts facts = {0};
	uint32_t count = ext->image.insns;
	int error;

	facts.bytes = count * (sizeof(*facts.flags) + sizeof(*facts.charge));
	facts.charge = nimble_port_alloc(facts.bytes);
	if (!facts.charge)
		return nimble_refuse(diag, ENOMEM, "no memory to check in");
	facts.flags = (uint8_t *)(facts.charge + count);
	error = nimble_check(ext, &facts, diag);
	if (!error)
		error = nimble_check_arguments(ext, &facts, diag);
	if (!error)
		error = nimble_check_levels(ext, &facts, diag);
	if (!error)
		error = within_quota(ext, nimble_code_bytes(ext, &facts),
				     "the code", diag);
	if (!error) {
		error = ext->tier->translate(ext, &facts);
		if (error)
			nimble_refuse(diag, ENOMEM, "no memory for the code");
		else
			ext->memory += ext->code.bytes;
	}
	nimble_port_free(facts.charge, facts.bytes);
	return error;
}

/* What is the same in every run is written once. */
static void init_frame(struct nimble_ext *ext, uint32_t index)
{
	struct nimble_frame *frame = &ext->frames[index];
	struct nimble_run *run = &frame->run;

	frame->ctx = ext->arena + index * frame_bytes(ext);
	frame->stack = frame->ctx + ext->ctx_bytes;
	run->base = ext->arena;
	run->bottom = run->callers;
	run->limit = run->callers + (NX_MAX_DEPTH - 1);
	run->frame_bytes = ext->image.header->frame_bytes;
	run->code = &ext->code;
	run->ext = ext;
	run->frame = frame;
	run->level = index % NIMBLE_LEVELS;
	run->cpu = index / NIMBLE_LEVELS;
}

static int make_frames(struct nimble_ext *ext, struct nimble_diag *diag)
{
	uint32_t i, count = ext->cpus * NIMBLE_LEVELS;

	struct nimble_counters *counters;

	ext->frames_bytes = count * (sizeof(*ext->frames) +
				     ext->image.nhooks * sizeof(*counters));
	ext->frames = take(ext, ext->frames_bytes, "its state", diag);
	if (!ext->frames)
		return diag->error;
	counters = (struct nimble_counters *)(ext->frames + count);
	for (i = 0; i < count; i++) {
		init_frame(ext, i);
		ext->frames[i].counters = counters + i * ext->image.nhooks;
	}
	for (i = 0; i < ext->image.nhooks; i++)
		ext->entries[i].cell =
			ext->code.cells +
			ext->code.insn_cell[ext->entries[i].insn];
	return 0;
}

static int build(struct nimble_ext *ext, struct nimble_diag *diag)
{
	int error = make_tables(ext, diag);

	if (!error)
		error = size_maps(ext, diag);
	if (!error)
		error = make_imports(ext, diag);
	if (!error)
		error = find_entries(ext, diag);
	if (!error)
		error = make_arena(ext, diag);
	if (!error)
		error = relocate(ext, diag);
	if (!error)
		error = make_maps(ext, diag);
	if (error)
		return error;
	set_limits(ext);
	error = translate(ext, diag);
	return error ? error : make_frames(ext, diag);
}

static const struct nimble_tier *
choose_tier(const struct nimble_load_options *options, struct nimble_diag *diag)
{
	const struct nimble_tier *tier = nimble_tier(options->engine);

	if (!tier)
		nimble_refuse(diag, ENOSYS, "this build has no such engine");
	else if (!tier->checked && !options->trusted)
		nimble_refuse(diag, EPERM,
			      "only trusted extensions run unchecked");
	else if (options->ctx_bytes > NIMBLE_CTX_BYTES && !options->trusted)
		nimble_refuse(diag, E2BIG, "contexts have at most %u bytes",
			      NIMBLE_CTX_BYTES);
	else
		return tier;
	return NULL;
}

int nimble_load(const void *image, size_t bytes,
		const struct nimble_load_options *options,
		struct nimble_ext **result, struct nimble_diag *diag)
{
	const struct nimble_tier *tier = choose_tier(options, diag);
	uint64_t quota =
		options->quota_bytes ? options->quota_bytes : NIMBLE_QUOTA;
	struct nimble_ext *ext;
	int error;

	*result = NULL;
	if (!tier)
		return diag->error;
	if (bytes > quota)
		return nimble_refuse(diag, ENOSPC,
				     "the image is larger than its quota");
	ext = nimble_port_alloc(sizeof(*ext));
	if (!ext)
		return nimble_refuse(diag, ENOMEM, "no memory");
	ext->tier = tier;
	ext->options = *options;
	ext->options.quota_bytes = quota;
	ext->cpus = nimble_port_cpus();
	ext->memory = sizeof(*ext) + bytes;
	error = nimble_image_open(&ext->image, image, bytes, diag);
	if (!error)
		error = build(ext, diag);
	if (error)
		nimble_unload(ext);
	else
		*result = ext;
	return error;
}

void nimble_unload(struct nimble_ext *ext)
{
	uint32_t i;

	if (ext->frames)
		nimble_port_free(ext->frames, ext->frames_bytes);
	if (ext->code.memory)
		nimble_port_free(ext->code.memory, ext->code.bytes);
	for (i = 0; ext->maps && i < ext->image.nmaps; i++)
		if (ext->maps[i].private)
			nimble_port_free(ext->maps[i].private,
					 ext->maps[i].private_bytes);
	if (ext->arena)
		nimble_port_free(ext->arena - NIMBLE_PAGE,
				 ext->allocation_bytes);
	if (ext->maps)
		nimble_port_free(ext->maps, ext->tables_bytes);
	nimble_image_close(&ext->image);
	nimble_port_free(ext, sizeof(*ext));
}
