/* SPDX-License-Identifier: MIT */
/* The kernel's build has no further engines. */
#include "nimble/engine/extra.h"

int nimble_extra_init(void)
{
	return 0;
}

const struct nimble_tier *nimble_extra_tier(enum nimble_engine engine)
{
	(void)engine;
	return NULL;
}
