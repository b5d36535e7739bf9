/* SPDX-License-Identifier: MIT */
/* The table of hooks, made from hooks.def. */
#include "nimble/core/priv.h"

#define APP true
#define TRUSTED false
#define NONE 0
#define ANY UINT64_MAX

/* The inout fields of each hook; an empty entry keeps the array legal. */
#define FIELD_IN(hook, name)
#define FIELD_INOUT(hook, name)                    \
	{offsetof(struct nimble_ctx_##hook, name), \
	 sizeof(((struct nimble_ctx_##hook *)0)->name)},
#define HOOK_BEGIN(name, level, who, result, what) \
	static const struct nimble_range out_##name[] = {
#define HOOK_FIELD(hook, direction, type, name) FIELD_##direction(hook, name)
#define HOOK_ARRAY(hook, direction, type, name, count) \
	FIELD_##direction(hook, name)
#define HOOK_END(name) \
	{              \
		0, 0   \
	}              \
	}              \
	;
#include "nimble/abi/hooks.def"
#undef HOOK_BEGIN
#undef HOOK_FIELD
#undef HOOK_ARRAY
#undef HOOK_END

#define HOOK_FIELD(hook, direction, type, name)
#define HOOK_ARRAY(hook, direction, type, name, count)
#define HOOK_END(name)
#define HOOK_BEGIN(name, level, who, result, what)       \
	{#name,                                          \
	 what,                                           \
	 NIMBLE_LEVEL_##level,                           \
	 who,                                            \
	 sizeof(struct nimble_ctx_##name),               \
	 result,                                         \
	 sizeof(out_##name) / sizeof(out_##name[0]) - 1, \
	 out_##name},
static const struct nimble_hook_info hooks[NIMBLE_HOOKS] = {
#include "nimble/abi/hooks.def"
};

const struct nimble_hook_info *nimble_hook_info(unsigned int hook)
{
	return hook < NIMBLE_HOOKS ? &hooks[hook] : NULL;
}

int nimble_hook_by_name(const char *name)
{
	int hook;

	for (hook = 0; hook < NIMBLE_HOOKS; hook++)
		if (nimble_same(hooks[hook].name, name))
			return hook;
	return -ENOENT;
}
