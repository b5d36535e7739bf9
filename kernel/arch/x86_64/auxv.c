/* SPDX-License-Identifier: GPL-2.0 */
/* What programs are told about the processor. */
#include "kernel/arch/auxv.h"
#include "kernel/arch/x86_64/arch_priv.h"

/* Of a frame without floating-point state, with the red zone. */
#define FRAME_BYTES 1024

const char *arch_platform(void)
{
	return "x86_64";
}

/* As Linux: CPUID leaf 1, EDX. */
uint64_t arch_hwcap(void)
{
	uint32_t r[4];

	cpuid(1, 0, r);
	return r[3];
}

/* No FSGSBASE for user mode, no ring-3 MWAIT. */
uint64_t arch_hwcap2(void)
{
	return 0;
}

uint64_t arch_min_signal_stack(void)
{
	return FRAME_BYTES + fpu_bytes() + 64;
}
