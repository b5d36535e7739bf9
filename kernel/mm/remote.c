/* SPDX-License-Identifier: GPL-2.0 */
/* Reading and writing an address space that is not in use on this CPU. */
#include <asm/errno.h>

#include "kernel/abi/layout.h"
#include "kernel/arch/mmu.h"
#include "kernel/core/panic.h"
#include "kernel/lib/string.h"
#include "kernel/mm/aspace_priv.h"

/* A page may be taken away, or shared by a fork, again and again meanwhile. */
#define TRIES 8

/* Within one page that is there, with the right: true. The lock keeps it there. */
static bool try_copy(struct aspace *as, vaddr_t va, void *buffer,
		     uint64_t bytes, uint32_t access)
{
	struct mapping m;
	bool there;

	spin_lock(&as->lock);
	there = arch_mmu_lookup(as->root, va, &m) && (m.prot & access) &&
		page_is_ours(m.frame);
	if (there) {
		char *at = (char *)phys_to_virt(m.frame) + (va & (m.bytes - 1));

		if (access == PAGE_WRITE)
			memcpy(at, buffer, bytes);
		else
			memcpy(buffer, at, bytes);
	}
	spin_unlock(&as->lock);
	return there;
}

int aspace_copy(struct aspace *as, vaddr_t va, void *buffer, uint64_t bytes,
		uint32_t access)
{
	int tries, error = 0;

	ASSERT(bytes <= PAGE_SIZE - (va & (PAGE_SIZE - 1)));
	if (va < LWK_APP_MIN || va >= LWK_APP_END)
		return -EFAULT;
	for (tries = 0; tries < TRIES && !error; tries++) {
		if (try_copy(as, va, buffer, bytes, access))
			return 0;
		error = aspace_fault(as, va, access, 0);
	}
	return -EFAULT;
}
