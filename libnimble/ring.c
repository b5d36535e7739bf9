// SPDX-License-Identifier: MIT
/* Mapped maps: the consumer's side of nimble/abi/map.h. */
#include <errno.h>
#include <string.h>

#include "libnimble/libnimble_priv.h"
#include "nimble/abi/map.h"

int libnimble_map_mmap(struct libnimble *n, uint32_t id, uint32_t map,
		       void **address, size_t *bytes)
{
	struct nimble_mapping mapping = {0};
	struct nimble_ctl ctl = {
		.op = NIMBLE_OP_MAP_MMAP,
		.ext_id = id,
		.index = map,
		.out = (uintptr_t)&mapping,
		.out_bytes = sizeof(mapping),
	};
	int err = nimble_send(n, &ctl);

	if (err)
		return err;
	*address = (void *)(uintptr_t)mapping.address;
	*bytes = mapping.bytes;
	return 0;
}

/* Copy from a position, around the end of the data. */
static void copy_out(const struct nimble_ring *ring, uint32_t size,
		     uint64_t position, void *to, size_t bytes)
{
	const char *data = (const char *)ring + ring->data_offset;
	size_t at = position & (size - 1);
	size_t first = size - at < bytes ? size - at : bytes;

	memcpy(to, data + at, first);
	memcpy((char *)to + first, data, bytes - first);
}

int libnimble_ring_read(void *memory, void *to, size_t room)
{
	struct nimble_ring *ring = memory;
	uint64_t at = ring->consumed;
	/* Pairs with the engine's release of produced. */
	uint64_t end = __atomic_load_n(&ring->produced, __ATOMIC_ACQUIRE);
	uint32_t size = ring->data_bytes;
	struct nimble_ring_record record;
	uint32_t bytes;

	if (at == end)
		return -EAGAIN;
	if (!size || size & (size - 1) || end - at > size ||
	    end - at < sizeof(record))
		return -EPROTO;
	copy_out(ring, size, at, &record, sizeof(record));
	if (!(record.state & NIMBLE_RING_READY))
		return -EAGAIN;
	bytes = record.state & NIMBLE_RING_BYTES;
	if (bytes > end - at - sizeof(record))
		return -EPROTO;
	copy_out(ring, size, at + sizeof(record), to,
		 bytes < room ? bytes : room);
	at += (sizeof(record) + bytes + NIMBLE_RING_ALIGN - 1) &
	      ~(uint64_t)(NIMBLE_RING_ALIGN - 1);
	/* Pairs with the engine's acquire of consumed: the bytes were read. */
	__atomic_store_n(&ring->consumed, at, __ATOMIC_RELEASE);
	return (int)bytes;
}

int libnimble_ring_take(struct libnimble *n, uint32_t id, uint32_t map,
			void *to, size_t room, size_t *used)
{
	struct nimble_ctl ctl = {
		.op = NIMBLE_OP_RING_TAKE,
		.ext_id = id,
		.index = map,
		.out = (uintptr_t)to,
		.out_bytes =
			room < NIMBLE_CTL_MAX_OUT ? room : NIMBLE_CTL_MAX_OUT,
	};
	int err = nimble_send(n, &ctl);

	*used = err || ctl.out_used > room ? 0 : ctl.out_used;
	return err;
}

const void *libnimble_ring_next(const void *taken, size_t used, size_t *at,
				size_t *bytes)
{
	struct nimble_ring_record record;
	const char *here = (const char *)taken + *at;
	size_t whole;

	if (*at + sizeof(record) > used)
		return NULL;
	memcpy(&record, here, sizeof(record));
	*bytes = record.state & NIMBLE_RING_BYTES;
	whole = (sizeof(record) + *bytes + NIMBLE_RING_ALIGN - 1) &
		~(size_t)(NIMBLE_RING_ALIGN - 1);
	if (whole > used - *at)
		return NULL;
	*at += whole;
	return here + sizeof(record);
}

uint64_t libnimble_ring_dropped(const void *ring)
{
	return __atomic_load_n(&((const struct nimble_ring *)ring)->dropped,
			       __ATOMIC_RELAXED);
}
