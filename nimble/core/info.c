/* SPDX-License-Identifier: MIT */
/* What a host may want to show of an extension. */
#include "nimble/core/priv.h"

void *nimble_owner(const struct nimble_ext *ext)
{
	return ext->options.owner;
}

uint32_t nimble_insns(const struct nimble_ext *ext)
{
	return ext->image.insns;
}

uint32_t nimble_entry_insn(const struct nimble_ext *ext, unsigned int entry)
{
	return ext->entries[entry].insn;
}

uint64_t nimble_map_memory(const struct nimble_map *map)
{
	return map->values_bytes + map->private_bytes;
}

struct nimble_sched *nimble_sched(struct nimble_ext *ext)
{
	return ext->sched;
}

const struct nimble_policy *nimble_policy(const struct nimble_ext *ext)
{
	return &ext->policy;
}
