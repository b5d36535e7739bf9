/* SPDX-License-Identifier: MIT */
/* Tools have the traced engine, too. */
#include <stddef.h>

#include "nimble/engine/extra.h"

int nimble_extra_init(void)
{
	return 0;
}

const struct nimble_tier *nimble_extra_tier(enum nimble_engine engine)
{
	return engine == NIMBLE_ENGINE_TRACED ? &nimble_traced_tier : NULL;
}
