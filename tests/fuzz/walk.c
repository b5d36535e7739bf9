// SPDX-License-Identifier: MIT
/* host-module/proxy/walk.c: whatever the LWK's tables say, the walk stays inside its
 * memory (the model aborts otherwise) and ends. */
#include "host-module/proxy/walk.h"
#include "tests/unit/host/memory.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);

struct input {
	uint64_t root, address;
	/* Places and contents of entries. */
	struct {
		uint32_t place;
		uint64_t entry;
	} __attribute__((packed)) put[];
};

static void put_entries(const struct input *in, size_t bytes)
{
	size_t count = (bytes - sizeof(*in)) / sizeof(in->put[0]);
	const size_t words = sizeof(model_bytes) / 8;

	for (size_t i = 0; i < count && i < 64; i++)
		memcpy(model_bytes + in->put[i].place % words * 8,
		       &in->put[i].entry, 8);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
	static struct lwk_memory mem;
	static uint8_t copy[4096] __attribute__((aligned(8)));
	const struct input *in = (const struct input *)copy;
	struct lwk_range range;
	struct lwk_leaf leaf;

	if (bytes < sizeof(*in) || bytes > sizeof(copy))
		return 0;
	memcpy(copy, data, bytes);
	model_init(&mem);
	put_entries(in, bytes);
	if (lwk_walk(&mem, in->root, in->address, &leaf) == 0 &&
	    !lwk_memory_is_free_range(&mem, leaf.frame, LWK_PAGE_SIZE))
		abort();
	range.start = in->address & 0x7fffffffffff;
	range.end = range.start + (1 << 30);
	lwk_walk_forget(&mem, in->root, &range);
	return 0;
}
