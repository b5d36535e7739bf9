/* SPDX-License-Identifier: MIT */
/* How much a page fault brings in, by the program's own knowledge.
 *
 * A kernel guesses: a huge page where one fits, sixteen small ones where faults go on from
 * one page to the next, else one. A program knows. In a hash table that is touched at
 * random a huge page wastes memory and the time to zero it; a matrix that is read row by
 * row wants one at its first touch; a buffer that is filled from its start wants the next
 * pages before they fault.
 *
 * `range` has up to RANGES pieces of the address space, [start, end), and how many bytes a
 * fault there brings in, from its page on: 4096 one page, up to 262144 as many small ones,
 * 2097152 a huge page where it fits. Elsewhere, and where it says 0, the kernel decides.
 * Entries are written by the program as it maps memory; `faults` counts, for each. */
#include "ext/lib/nimble_ext.h"

#define RANGES 16

LICENCE("MIT");

struct range {
	u64 start, end; /* 0, 0: none */
	u64 bytes;
};

MAP_ARRAY(range, struct range, RANGES);
MAP_ARRAY(faults, u64, RANGES);

HOOK(page_fault)
u64 choose(struct nimble_ctx_page_fault *ctx)
{
	u64 i;

	for (i = 0; i < RANGES; i++) {
		if (ctx->address < range[i].start ||
		    ctx->address >= range[i].end)
			continue;
		__sync_fetch_and_add(&faults[i], 1);
		ctx->bytes = range[i].bytes;
		break;
	}
	return NIMBLE_CONTINUE;
}
