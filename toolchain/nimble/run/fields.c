/* SPDX-License-Identifier: MIT */
/* The fields of hook contexts by name. */
#include "nimble/abi/hook_ctx.h"
#include "toolchain/nimble/run/fields.h"

#define IN 0
#define INOUT 1
#define HOOK_BEGIN(name, level, who, result, what)
#define HOOK_END(name)
#define HOOK_FIELD(hook, direction, type, name)                                \
	{#hook,	       #name,	     offsetof(struct nimble_ctx_##hook, name), \
	 sizeof(type), sizeof(type), direction},
#define HOOK_ARRAY(hook, direction, type, name, count) \
	{#hook,                                        \
	 #name,                                        \
	 offsetof(struct nimble_ctx_##hook, name),     \
	 sizeof(type) * (count),                       \
	 sizeof(type),                                 \
	 direction},

const struct ctx_field ctx_fields[] = {
#include "nimble/abi/hooks.def"
	{0},
};
