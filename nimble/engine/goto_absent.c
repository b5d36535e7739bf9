/* SPDX-License-Identifier: MIT */
/* In place of engine/goto.c: this build has no portable engine. */
#include "nimble/engine/goto.h"

int nimble_goto_init(void)
{
	return 0;
}

const struct nimble_tier *nimble_goto_tier(enum nimble_engine engine)
{
	(void)engine;
	return NULL;
}
