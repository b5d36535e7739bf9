/* SPDX-License-Identifier: MIT */
/* A hook as short as they come: 14 instructions, to measure entering one. */
#include "kernel.h"

struct hook_memory {
	u64 nr, a, b, denied, counts[4];
};

KERNEL(hook)(struct hook_memory *m)
{
	u64 nr = m->nr & 3;

	m->counts[nr] += m->a;
	if (nr == m->denied)
		return 1;
	return m->b != m->a;
}

#ifndef __NIMBLE__
INIT(hook)(struct hook_memory *m, u64 (*random)(void))
{
	*m = (struct hook_memory){random(), 1, 2, 77, {0}};
}
#endif
