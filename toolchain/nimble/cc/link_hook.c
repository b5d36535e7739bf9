/* SPDX-License-Identifier: MIT */
/* The linker's knowledge of hooks: their names and contexts, from hooks.def. */
#include <stdlib.h>
#include <string.h>

#include "toolchain/nimble/cc/link_priv.h"

#define CONTEXT "nimble_ctx_"

static const char *const hooks[] = {
#define HOOK_BEGIN(name, level, who, result, what) #name,
#define HOOK_FIELD(hook, direction, type, name)
#define HOOK_ARRAY(hook, direction, type, name, count)
#define HOOK_END(name)
#include "nimble/abi/hooks.def"
};

#define HOOKS (sizeof(hooks) / sizeof(hooks[0]))

static bool is_hook(const char *name)
{
	size_t i;

	for (i = 0; i < HOOKS; i++)
		if (!strcmp(hooks[i], name))
			return true;
	return false;
}

void link_check_hook(struct link *link, struct link_object *object,
		     const char *name)
{
	char list[1024] = "";
	size_t i;

	if (is_hook(name))
		return;
	for (i = 0; i < HOOKS; i++) {
		strncat(list, i ? ", " : "", sizeof(list) - strlen(list) - 1);
		strncat(list, hooks[i], sizeof(list) - strlen(list) - 1);
	}
	link_error(link, object, "there is no hook %s; hooks are %s", name,
		   list);
}

uint32_t link_context(struct link *link, struct link_object *object,
		      const char *function, const char *hook)
{
	const size_t prefix = strlen(CONTEXT);
	const char *type;
	uint32_t bytes;

	/* A structure of the extension's own may stand for a part of it. */
	if (!link_argument(object, function, &type, &bytes) ||
	    strncmp(type, CONTEXT, prefix) || !is_hook(type + prefix))
		return 0;
	if (strcmp(type + prefix, hook))
		link_error(link, object,
			   "%s takes struct %s, but hook %s has struct " CONTEXT
			   "%s",
			   function, type, hook, hook);
	return bytes;
}
