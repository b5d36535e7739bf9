/* SPDX-License-Identifier: MIT */
/* Fuzzers and tests have every engine. */
#include <stddef.h>

#include "nimble/engine/extra.h"

int nimble_extra_init(void)
{
	return 0;
}

const struct nimble_tier *nimble_extra_tier(enum nimble_engine engine)
{
	switch (engine) {
	case NIMBLE_ENGINE_TRACED:
		return &nimble_traced_tier;
	case NIMBLE_ENGINE_GOTO_CHECKED:
		return &nimble_goto_checked_tier;
	case NIMBLE_ENGINE_GOTO_UNCHECKED:
		return &nimble_goto_unchecked_tier;
	default:
		return NULL;
	}
}
