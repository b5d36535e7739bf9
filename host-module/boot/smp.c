// SPDX-License-Identifier: GPL-2.0
/* Starting, stopping and signalling CPUs that Linux does not run: INIT and
 * start-up IPIs (Intel SDM vol. 3, 9.4.4) through a borrowed page. */
#include <linux/delay.h>
#include <linux/gfp.h>
#include <linux/io.h>
#include <linux/mm.h>
#include <linux/string.h>
#include <asm/apic.h>
#include <asm/processor.h>

#include "host-module/boot/smp.h"
#include "host-module/boot/trampoline.h"
#include "kernel/abi/layout.h"

static void send_ipi(u32 apic_id, u32 what)
{
	unsigned long flags;

	local_irq_save(flags);
	/* x2APIC: a write to the ICR does not wait for earlier stores; both are
	 * needed (SDM vol. 3, 11.12.3, and Linux's weak_wrmsr_fence()). */
	asm volatile("mfence; lfence" : : : "memory");
	apic->icr_write(what, apic_id);
	local_irq_restore(flags);
}

void lwk_smp_doorbell(u32 apic_id)
{
	send_ipi(apic_id, APIC_DM_FIXED | LWK_VECTOR_DOORBELL);
}

void lwk_smp_nmi(u32 apic_id)
{
	send_ipi(apic_id, APIC_DM_NMI);
}

void lwk_smp_stop_now(u32 apic_id)
{
	send_ipi(apic_id, APIC_INT_LEVELTRIG | APIC_INT_ASSERT | APIC_DM_INIT);
	udelay(100);
	send_ipi(apic_id, APIC_INT_LEVELTRIG | APIC_DM_INIT);
}

void lwk_smp_stop(u32 apic_id)
{
	const struct cpuinfo_x86 *c = &boot_cpu_data;

	lwk_smp_stop_now(apic_id);
	/* The SDM's wait before the next command to the CPU. Only the first
	 * 64-bit processors still need it. */
	if (c->x86_vendor == X86_VENDOR_INTEL && c->x86 == 0xf)
		msleep(10);
	else
		usleep_range(200, 400);
}

/* ---- The trampoline ---------------------------------------------------- */

/* 0 is the real-mode interrupt table; the last 128 KiB are the firmware's. */
#define FIRST_PFN 1
#define END_PFN (0x80000 >> PAGE_SHIFT)

static bool borrow(struct lwk_trampoline *t, unsigned long pfn)
{
	if (!page_is_ram(pfn))
		return false;
	t->phys = (u64)pfn << PAGE_SHIFT;
	t->page = memremap(t->phys, PAGE_SIZE, MEMREMAP_WB);
	if (!t->page)
		return false;
	if (!memchr_inv(t->page, 0, PAGE_SIZE))
		return true;
	memunmap(t->page);
	return false;
}

int lwk_trampoline_get(struct lwk_trampoline *t)
{
	unsigned long pfn = FIRST_PFN;

	while (pfn < END_PFN && !borrow(t, pfn))
		pfn++;
	if (pfn == END_PFN)
		return -ENOMEM;
	t->low_tables = alloc_page(GFP_KERNEL | GFP_DMA32);
	if (!t->low_tables) {
		memunmap(t->page);
		return -ENOMEM;
	}
	return 0;
}

void lwk_trampoline_put(struct lwk_trampoline *t)
{
	memset(t->page, 0, PAGE_SIZE);
	memunmap(t->page);
	__free_page(t->low_tables);
}

/* Where a symbol of the code lies in the page. */
static void *at(const struct lwk_trampoline *t, const void *symbol)
{
	return t->page + ((const char *)symbol - lwk_tramp_start);
}

static u32 phys_of(const struct lwk_trampoline *t, const void *symbol)
{
	return t->phys + ((const char *)symbol - lwk_tramp_start);
}

int lwk_trampoline_fill(struct lwk_trampoline *t, const struct lwk_entry *entry,
			const void *tables)
{
	size_t bytes = lwk_tramp_end - lwk_tramp_start;

	if (bytes > PAGE_SIZE)
		return -ENOMEM;
	memcpy(page_address(t->low_tables), tables, PAGE_SIZE);
	memcpy(t->page, lwk_tramp_start, bytes);
	*(u32 *)at(t, lwk_tramp_gdt_base) = phys_of(t, lwk_tramp_gdt);
	*(u32 *)at(t, lwk_tramp_long_target) = phys_of(t, lwk_tramp_long);
	*(u32 *)at(t, lwk_tramp_low_cr3) = page_to_phys(t->low_tables);
	*(u64 *)at(t, lwk_tramp_cr3) = entry->tables;
	*(u64 *)at(t, lwk_tramp_entry) = entry->entry;
	*(u64 *)at(t, lwk_tramp_boot) = entry->boot_block;
	return 0;
}

void lwk_smp_start_again(struct lwk_trampoline *t, u32 apic_id)
{
	send_ipi(apic_id, APIC_DM_STARTUP | (u32)(t->phys >> PAGE_SHIFT));
}

void lwk_smp_start(struct lwk_trampoline *t, u32 apic_id, u32 index)
{
	*(u64 *)at(t, lwk_tramp_index) = index;
	lwk_smp_stop(apic_id);
	lwk_smp_start_again(t, apic_id);
}
