/* SPDX-License-Identifier: MIT */
/* The kernel's build has no traced engine. */
#include "nimble/core/priv.h"

const struct nimble_tier *nimble_traced_tier(void)
{
	return NULL;
}
