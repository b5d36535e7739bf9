/* SPDX-License-Identifier: MIT */
/* In place of Linux's interpreter, where its source is not installed. */
#include "tests/bench/nimble/bench.h"

bool linux_found(void)
{
	return false;
}

uint64_t linux_run(const void *code, void *memory)
{
	(void)code, (void)memory;
	return 0;
}
