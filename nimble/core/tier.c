/* SPDX-License-Identifier: MIT */
/* The tiers, by the engine that was asked for. */
#include "nimble/core/priv.h"
#include "nimble/engine/threaded.h"

int nimble_init(void)
{
	nimble_threaded_checked_init();
	nimble_threaded_unchecked_init();
	return 0;
}

const struct nimble_tier *nimble_tier(enum nimble_engine engine)
{
	switch (engine) {
	case NIMBLE_ENGINE_CHECKED:
		return &nimble_copy_checked_tier;
	case NIMBLE_ENGINE_UNCHECKED:
		return &nimble_copy_unchecked_tier;
	case NIMBLE_ENGINE_THREADED_CHECKED:
		return &nimble_threaded_checked_tier;
	case NIMBLE_ENGINE_THREADED_UNCHECKED:
		return &nimble_threaded_unchecked_tier;
	case NIMBLE_ENGINE_TRACED:
		return nimble_traced_tier();
	default:
		return NULL;
	}
}

const char *nimble_engine_name(unsigned int engine)
{
	const struct nimble_tier *tier =
		nimble_tier((enum nimble_engine)engine);

	return tier ? tier->name : "";
}
