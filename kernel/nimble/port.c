/* SPDX-License-Identifier: GPL-2.0 */
/* The functions that the engine needs of its host: nimble/port.h, first
 * part. */
#include "kernel/arch/cpu.h"
#include "kernel/arch/mmu.h"
#include "kernel/arch/uaccess.h"
#include "kernel/core/log.h"
#include "kernel/core/percpu.h"
#include "kernel/mm/page_alloc.h"
#include "kernel/time/clock.h"
#include "nimble/port.h"

#include <linux/time.h>

static unsigned int order_of(size_t bytes)
{
	unsigned int order = 0;

	while (PAGE_SIZE << order < bytes)
		order++;
	return order;
}

static void free_pages(paddr_t pa, uint64_t bytes)
{
	paddr_t end = pa + bytes;

	for (; pa < end; pa += PAGE_SIZE)
		page_free(pa, 0);
}

/* As single pages, since applications may map those of a ring buffer or arena and
 * keep them when the extension is gone (operation.c). What the block has too many is
 * given back. */
void *nimble_port_alloc(size_t bytes)
{
	unsigned int order = order_of(bytes);
	paddr_t pa = order > PAGE_ORDER_MAX ? 0 : page_alloc_zeroed(order);
	uint64_t used = MAX(ALIGN_UP((uint64_t)bytes, PAGE_SIZE), PAGE_SIZE);

	if (!pa)
		return NULL;
	page_split(pa, order);
	free_pages(pa + used, (PAGE_SIZE << order) - used);
	return phys_to_virt(pa);
}

void nimble_port_free(void *memory, size_t bytes)
{
	if (memory)
		free_pages(virt_to_phys(memory), MAX(bytes, 1));
}

unsigned int nimble_port_cpu(void)
{
	return this_cpu()->index;
}

unsigned int nimble_port_cpus(void)
{
	return cpu_count();
}

uint64_t nimble_port_clock(void)
{
	return arch_cycles();
}

uint64_t nimble_port_time_ns(void)
{
	uint64_t ns;

	/* Without a clock from Linux: since the TSC began. */
	if (clock_read(CLOCK_MONOTONIC, &ns))
		ns = arch_mul_div(arch_cycles(), 1000000, boot->tsc_khz);
	return ns;
}

int nimble_port_user_read(void *to, uint64_t from, size_t bytes)
{
	return copy_from_user_nofault(to, from, bytes);
}

int nimble_port_user_write(uint64_t to, const void *from, size_t bytes)
{
	return copy_to_user_nofault(to, from, bytes);
}

void nimble_port_log(const char *line)
{
	log_line("%s", line);
}

uint64_t nimble_port_irq_save(void)
{
	return arch_irq_save();
}

void nimble_port_irq_restore(uint64_t state)
{
	arch_irq_restore(state);
}

void nimble_port_relax(void)
{
	arch_pause();
}

const struct nimble_helper *nimble_port_helper(const char *name)
{
	(void)name;
	return NULL;
}
