/* SPDX-License-Identifier: MIT */
/* How an extension describes a map to the linker. */
#ifndef NIMBLE_ABI_MAPDEF_H
#define NIMBLE_ABI_MAPDEF_H

#include "nimble/abi/map.h"

/* In a section of its own, "maps/NAME". */
struct nimble_map_def {
	nx_u32 type; /* enum nimble_map_type */
	nx_u32 key_bytes;
	nx_u32 value_bytes;
	nx_u32 entries;
};

#endif
