/* SPDX-License-Identifier: GPL-2.0 */
/* For tests of address spaces: the real user_tables.c runs on the host's memory;
 * this supplies what touches the processor, and records what the proxy is told. */
#include "kernel/arch/mmu.h"
#include "kernel/mm/aspace.h"
#include "kernel/mm/page_alloc.h"
#include "kernel/mm/shootdown.h"
#include "tests/unit/kernel/host_mmu.h"

struct host_zaps host_zaps;

paddr_t arch_mmu_new(void)
{
	return page_alloc_zeroed(0);
}

void arch_mmu_flush(vaddr_t start, vaddr_t end)
{
	(void)start;
	(void)end;
}

void shootdown(struct aspace *as, vaddr_t start, vaddr_t end)
{
	(void)as;
	(void)start;
	(void)end;
}

void shootdown_all(struct aspace *as)
{
	(void)as;
}

void aspace_zap(struct aspace *as, vaddr_t start, vaddr_t end)
{
	host_zaps.count++;
	host_zaps.start = start;
	host_zaps.end = end;
	if (host_zaps.on_zap)
		host_zaps.on_zap(as, start, end);
}
