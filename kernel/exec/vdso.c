/* SPDX-License-Identifier: GPL-2.0 */
/* The vDSO's pages: all processes map the same. */
#include "kernel/arch/mmu.h"
#include "kernel/core/panic.h"
#include "kernel/core/percpu.h"
#include "kernel/exec/vdso.h"
#include "kernel/lib/string.h"
#include "kernel/mm/page_alloc.h"
#include "kernel/proc/process.h"

#define VDSO_ORDER 0

extern const char vdso_image[], vdso_image_end[];

/* Never freed, so that mappings come and go. */
static paddr_t code;

void vdso_init(void)
{
	uint64_t bytes = (uint64_t)(vdso_image_end - vdso_image);

	code = page_alloc_zeroed(VDSO_ORDER);
	if (!code || bytes > PAGE_SIZE << VDSO_ORDER)
		panic("the vDSO has no room");
	memcpy(phys_to_virt(code), vdso_image, bytes);
	page_adopt(boot->time_page);
}

int vdso_map(vaddr_t *base)
{
	int error = aspace_map_vdso(current_process()->aspace, boot->time_page,
				    code, base);

	*base += PAGE_SIZE;
	return error;
}
