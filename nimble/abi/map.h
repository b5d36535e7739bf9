/* SPDX-License-Identifier: MIT */
/* Map types, and the ring buffer's layout as its user-space reader sees it. */
#ifndef NIMBLE_ABI_MAP_H
#define NIMBLE_ABI_MAP_H

#include "nimble/abi/types.h"

enum nimble_map_type {
	NIMBLE_MAP_ARRAY = 1, /* key: u32 index; values are one C array */
	NIMBLE_MAP_HASH = 2, /* key: bytes; lock-free readers */
	NIMBLE_MAP_PERCPU_ARRAY = 3, /* key: u32 index; one array per CPU */
	NIMBLE_MAP_RING = 4, /* entries: bytes, a power of two; no keys */
	NIMBLE_MAP_ARENA = 5, /* entries: bytes; shared with the application */
	NIMBLE_MAP_QUEUE = 6, /* no keys; first in, first out, by map_push */
};

#define NIMBLE_PUSH_EVICT 2ull /* map_push(): a full queue loses its oldest */

#define NIMBLE_MAP_MAX_KEY 64
#define NIMBLE_MAP_MAX_VALUE (1u << 20)
#define NIMBLE_MAP_MAX_BYTES (16u << 20)

/*
 * Ring buffer, mapped into its one consumer: a page with the header, then the
 * data. Positions count bytes since the beginning and never wrap; position
 * modulo data_bytes is the place. A record is a header and its payload,
 * padded to 8 bytes; it may wrap around the end of the data.
 */
struct nimble_ring {
	nx_u64 produced; /* written by the engine: end of what is reserved */
	nx_u64 dropped; /* written by the engine: records that did not fit */
	nx_u32 data_bytes; /* written by the engine; a power of two */
	nx_u32 data_offset; /* written by the engine: from this header */
	nx_u8 reserved0[40];
	nx_u64 consumed; /* written by the consumer; distrusted by the engine */
	nx_u8 reserved1[56];
};

_Static_assert(sizeof(struct nimble_ring) == 128, "nimble_ring is ABI");

/* Set last, with release; until then the consumer waits at this record. */
#define NIMBLE_RING_READY 0x80000000u
#define NIMBLE_RING_BYTES 0x00ffffffu
#define NIMBLE_RING_ALIGN 8

struct nimble_ring_record {
	nx_u32 state; /* READY | payload bytes */
	nx_u32 owner; /* id of the extension that wrote it; kernel's word */
};

#endif
