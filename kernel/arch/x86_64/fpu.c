/* SPDX-License-Identifier: GPL-2.0 */
/* Floating-point and vector state. The kernel uses none itself, so a program's
 * stays in the registers until another program runs: it is saved and restored
 * at the switch, whole (Intel SDM vol. 1, 13). */
#include "kernel/arch/x86_64/arch_priv.h"
#include "kernel/core/panic.h"
#include "kernel/lib/string.h"
#include "kernel/mm/kmalloc.h"

#define XFEATURE_X87 1
#define XFEATURE_SSE 2
#define XFEATURE_AVX 4
#define XFEATURE_AVX512 0xe0
#define XFEATURE_PKRU 0x200
#define XFEATURES (XFEATURE_X87 | XFEATURE_SSE | XFEATURE_AVX | XFEATURE_AVX512)

#define CPUID1_ECX_XSAVE (1 << 26)

/* Offsets in the legacy area of FXSAVE. */
#define FXSAVE_FCW 0
#define FXSAVE_MXCSR 24
#define FCW_DEFAULT 0x37f
#define MXCSR_DEFAULT 0x1f80
#define XSAVE_HEADER 512
#define MXCSR_MASKS_SHIFT 7
#define FPU_EXCEPTIONS 0x3f

static uint64_t features;
static uint32_t area_bytes;

void fpu_init_cpu(void)
{
	uint32_t r[4];

	cpuid(1, 0, r);
	ASSERT(r[2] & CPUID1_ECX_XSAVE);
	cpuid(0xd, 0, r);
	features = (r[0] | (uint64_t)r[3] << 32) & XFEATURES;
	if ((features & XFEATURE_AVX512) != XFEATURE_AVX512)
		features &= ~(uint64_t)XFEATURE_AVX512;
	asm volatile("xsetbv"
		     :
		     : "c"(0), "a"((uint32_t)features), "d"(features >> 32));
	cpuid(0xd, 0, r);
	area_bytes = r[1];
}

uint32_t fpu_bytes(void)
{
	return area_bytes;
}

uint64_t fpu_features(void)
{
	return features;
}

void *fpu_new(void)
{
	/* XSAVE wants 64-byte alignment: kmalloc() aligns to the size class */
	void *area = kmalloc(MAX(area_bytes, 64));

	if (area)
		fpu_reset(area);
	return area;
}

void fpu_free(void *area)
{
	kfree(area);
}

/* The state that a program begins with: all features in their initial state. */
void fpu_reset(void *area)
{
	memset(area, 0, area_bytes);
	*(uint16_t *)((char *)area + FXSAVE_FCW) = FCW_DEFAULT;
	*(uint32_t *)((char *)area + FXSAVE_MXCSR) = MXCSR_DEFAULT;
	*(uint64_t *)((char *)area + XSAVE_HEADER) =
		XFEATURE_X87 | XFEATURE_SSE;
}

uint32_t fpu_unmasked(bool sse)
{
	uint16_t control, status;
	uint32_t mxcsr;

	if (sse) {
		asm volatile("stmxcsr %0" : "=m"(mxcsr));
		return mxcsr & ~(mxcsr >> MXCSR_MASKS_SHIFT) & FPU_EXCEPTIONS;
	}
	asm volatile("fnstcw %0; fnstsw %1" : "=m"(control), "=m"(status));
	return status & ~control & FPU_EXCEPTIONS;
}

void fpu_save(void *area)
{
	asm volatile("xsave64 (%0)"
		     :
		     : "r"(area), "a"((uint32_t)features), "d"(features >> 32)
		     : "memory");
}

void fpu_restore(void *area)
{
	asm volatile("xrstor64 (%0)"
		     :
		     : "r"(area), "a"((uint32_t)features), "d"(features >> 32)
		     : "memory");
}
