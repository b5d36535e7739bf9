/* SPDX-License-Identifier: MIT */
/* Extensions: from an image to something that runs, and back to nothing. */
#include "nimble/core/priv.h"

/* Tables of maps, imports and entries, in one allocation. */
static int make_tables(struct nimble_ext *ext, struct nimble_diag *diag)
{
	const struct nimble_image *image = &ext->image;
	size_t maps = image->nmaps * sizeof(*ext->maps);
	size_t imports = image->nimports * sizeof(*ext->imports);
	size_t entries = image->nhooks * sizeof(*ext->entries);
	uint8_t *memory;

	ext->tables_bytes = maps + imports + entries + 8;
	memory = nimble_take(ext, ext->tables_bytes, "its tables", diag);
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

/* The inout fields, if they lie one behind another. */
static struct nimble_range as_one(const struct nimble_hook_info *info)
{
	struct nimble_range all = {0};
	uint16_t i;

	for (i = 0; i < info->out_count; i++) {
		if (!i)
			all.offset = info->out[i].offset;
		else if (info->out[i].offset != all.offset + all.bytes)
			return (struct nimble_range){0};
		all.bytes = (uint16_t)(all.bytes + info->out[i].bytes);
	}
	return all;
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
	entry->out = as_one(entry->info);
	entry->function = ext->image.strings + from->function;
	entry->insn = from->insn;
	if (!entry->info->app_allowed && !ext->options.trusted)
		return nimble_refuse(diag, EPERM,
				     "hook %s is for trusted extensions only",
				     name);
	if (from->ctx_bytes && from->ctx_bytes != entry->info->ctx_bytes)
		return nimble_refuse(diag, EINVAL,
				     "hook %s: a context has %u bytes, but the "
				     "image is for one of %u",
				     name, entry->info->ctx_bytes,
				     from->ctx_bytes);
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

/* What the image says of itself as a policy, where it is one. */
static int read_policy(struct nimble_ext *ext, struct nimble_diag *diag)
{
	struct nimble_policy *policy = &ext->policy;
	bool is_one = false;
	uint32_t i;

	for (i = 0; i < ext->image.nhooks; i++)
		is_one |= NIMBLE_HOOK_IS_SCHED(ext->entries[i].hook);
	if (!is_one && ext->image.npolicies)
		return nimble_refuse(diag, EINVAL,
				     "a policy without an operation");
	if (!is_one)
		return 0;
	if (ext->image.npolicies)
		*policy = ext->image.policy[0];
	policy->name[sizeof(policy->name) - 1] = 0;
	if (!policy->tasks)
		policy->tasks = NIMBLE_SCHED_TASKS;
	if (policy->tasks > NIMBLE_SCHED_TASKS_MOST)
		return nimble_refuse(diag, E2BIG,
				     "a policy of %u tasks; at most %u",
				     policy->tasks, NIMBLE_SCHED_TASKS_MOST);
	return 0;
}

static int make_maps(struct nimble_ext *ext, struct nimble_diag *diag)
{
	uint32_t i;

	for (i = 0; i < ext->image.nmaps; i++) {
		struct nimble_map *map = &ext->maps[i];

		if (map->private_bytes) {
			map->private = nimble_take(ext, map->private_bytes,
						   map->name, diag);
			if (!map->private)
				return diag->error;
		}
		if (map->ops->init)
			map->ops->init(map);
	}
	return 0;
}

static void charge_entries(struct nimble_ext *ext,
			   const struct nimble_facts *facts)
{
	uint32_t i;

	for (i = 0; ext->tier->checked && i < ext->image.nhooks; i++)
		ext->entries[i].charge = facts->charge[ext->entries[i].insn];
}

/* By the tier that was asked for, or where the machine does not allow it, by another. */
static int translate_by_tier(struct nimble_ext *ext, struct nimble_facts *facts,
			     struct nimble_diag *diag)
{
	uint64_t memory = ext->memory;
	int error = ext->tier->translate(ext, facts, diag);
	char line[160];

	if (error != -EOPNOTSUPP)
		return error;
	nimble_code_free(&ext->code);
	ext->memory = memory;
	ext->tier = nimble_tier(ext->tier->instead);
	nimble_format(line, sizeof(line), "nimble: %s: %s: its code is %s",
		      nimble_name(ext), diag->message, ext->tier->name);
	nimble_port_log(line);
	return ext->tier->translate(ext, facts, diag);
}

static int translate(struct nimble_ext *ext, struct nimble_diag *diag)
{
	struct nimble_facts facts = {0};
	uint32_t count = ext->image.insns;
	int error;

	facts.bytes = count * (sizeof(*facts.flags) + sizeof(*facts.charge)) +
		      (count + 1) * sizeof(*facts.cost) + NIMBLE_FLAGS_MORE;
	facts.cost = nimble_port_alloc(facts.bytes);
	if (!facts.cost)
		return nimble_refuse(diag, ENOMEM, "no memory to check in");
	facts.charge = facts.cost + count + 1;
	facts.flags = (uint8_t *)(facts.charge + count);
	error = nimble_check(ext, &facts, diag);
	if (!error)
		error = nimble_check_arguments(ext, &facts, diag);
	if (!error)
		error = nimble_check_levels(ext, &facts, diag);
	if (!error)
		error = translate_by_tier(ext, &facts, diag);
	if (!error)
		charge_entries(ext, &facts);
	nimble_port_free(facts.cost, facts.bytes);
	return error;
}

/* What is the same in every run is written once. */
static void init_frame(struct nimble_ext *ext, uint32_t index)
{
	struct nimble_frame *frame = &ext->frames[index];
	struct nimble_run *run = &frame->run;

	frame->ctx = ext->arena + index * nimble_frame_bytes(ext);
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
	ext->frames = nimble_take(ext, ext->frames_bytes, "its state", diag);
	if (!ext->frames)
		return diag->error;
	counters = (struct nimble_counters *)(ext->frames + count);
	for (i = 0; i < count; i++) {
		init_frame(ext, i);
		ext->frames[i].counters = counters + i * ext->image.nhooks;
	}
	for (i = 0; i < ext->image.nhooks; i++)
		ext->entries[i].cell =
			ext->tier->start_of(&ext->code, ext->entries[i].insn);
	return 0;
}

static int build(struct nimble_ext *ext, struct nimble_diag *diag)
{
	int error = make_tables(ext, diag);

	if (!error)
		error = size_maps(ext, diag);
	if (!error)
		error = nimble_import(ext, diag);
	if (!error)
		error = find_entries(ext, diag);
	if (!error)
		error = read_policy(ext, diag);
	if (!error)
		error = nimble_arena_make(ext, diag);
	if (!error)
		error = nimble_arena_relocate(ext, diag);
	if (!error)
		error = make_maps(ext, diag);
	if (error)
		return error;
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
	nimble_code_free(&ext->code);
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
