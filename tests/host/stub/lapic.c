// SPDX-License-Identifier: MIT
/* The local APIC: only to send. Mapped at the top but one slot of the bootstrap
 * PML4, which has nothing there. */
#include "stub_priv.h"

#define VIRT 0xffffff0000000000ULL
#define SVR 0xf0
#define IRR 0x200
#define ICR_LOW 0x300
#define ICR_HIGH 0x310

static uint64_t pdpt[512] __attribute__((aligned(4096)));
static uint64_t pd[512] __attribute__((aligned(4096)));

static uint64_t image_phys(const void *symbol)
{
	return (uint64_t)symbol - LWK_IMAGE_BASE + boot->region[0].base;
}

static volatile uint32_t *reg(unsigned int offset)
{
	return (uint32_t *)(VIRT + (boot->lapic_base & (LWK_CHUNK_SIZE - 1)) +
			    offset);
}

static void wrmsr(uint32_t msr, uint64_t value)
{
	__asm__ volatile("wrmsr" ::"c"(msr), "a"((uint32_t)value),
			 "d"((uint32_t)(value >> 32)));
}

static uint64_t rdmsr(uint32_t msr)
{
	uint32_t low, high;

	__asm__ volatile("rdmsr" : "=a"(low), "=d"(high) : "c"(msr));
	return (uint64_t)high << 32 | low;
}

void lapic_init(void)
{
	uint64_t cr3;

	if (!boot->lapic_mode) {
		__asm__ volatile("mov %%cr3, %0" : "=r"(cr3));
		/* 2 MiB, uncached. */
		pd[0] = (boot->lapic_base & ~(LWK_CHUNK_SIZE - 1)) | 0x9b;
		pdpt[0] = image_phys(pd) | 3;
		((uint64_t *)at_phys(cr3))[510] = image_phys(pdpt) | 3;
		*reg(SVR) = 0x100 | LWK_VECTOR_SPURIOUS;
	} else {
		wrmsr(0x800 + SVR / 16, 0x100 | LWK_VECTOR_SPURIOUS);
	}
}

void lapic_ring_linux(void)
{
	uint64_t target =
		__atomic_load_n(&boot->doorbell_target, __ATOMIC_RELAXED);
	uint32_t id = LWK_DOORBELL_APIC_ID(target);

	if (boot->lapic_mode) {
		wrmsr(0x800 + ICR_LOW / 16,
		      (uint64_t)id << 32 | LWK_DOORBELL_VECTOR(target));
		return;
	}
	*reg(ICR_HIGH) = id << 24;
	*reg(ICR_LOW) = LWK_DOORBELL_VECTOR(target);
}

bool lapic_pending(unsigned int vector)
{
	uint32_t bits = boot->lapic_mode ? rdmsr(0x800 + IRR / 16 + vector / 32)
					 : *reg(IRR + vector / 32 * 16);

	return bits >> vector % 32 & 1;
}
