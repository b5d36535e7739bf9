/* SPDX-License-Identifier: GPL-2.0 */
/* Taking memory from Linux and giving it back. */
#ifndef LWK_MEM_H
#define LWK_MEM_H

#include "host-module/partition/region.h"

/* Takes `bytes`, a multiple of LWK_CHUNK_SIZE, on node or (-1) anywhere. On
 * failure it takes nothing: -ENOMEM, or -EINTR: killed; why says how much
 * there was. Caller holds the partition lock. */
int lwk_mem_take(struct lwk_memory *mem, u64 bytes, int node, char *why);

void lwk_mem_give_back(struct lwk_memory *mem);

#endif
