/* SPDX-License-Identifier: MIT */
/* selftests' loop1.c: two loops, one inside the other. */
#include "linux.h"

#include "loops.inc"

struct linux_loops_memory {
	struct pt_regs regs;
};

KERNEL(linux_loops)(struct linux_loops_memory *m)
{
	return (u64)(s64)nested_loops(&m->regs);
}

#ifndef __NIMBLE__
INIT(linux_loops)(struct linux_loops_memory *m, u64 (*random)(void))
{
	m->regs.ax = random() & 0xff;
}
#endif
