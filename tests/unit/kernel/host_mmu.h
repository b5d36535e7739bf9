/* SPDX-License-Identifier: GPL-2.0 */
/* The arguments of the last aspace_zap(). */
#ifndef TESTS_UNIT_KERNEL_HOST_MMU_H
#define TESTS_UNIT_KERNEL_HOST_MMU_H

#include "kernel/mm/aspace.h"

struct host_zaps {
	unsigned int count;
	vaddr_t start;
	vaddr_t end;
	/* what the module would do; NULL: nothing */
	void (*on_zap)(struct aspace *as, vaddr_t start, vaddr_t end);
};
extern struct host_zaps host_zaps;

#endif
