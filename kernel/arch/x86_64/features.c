/* SPDX-License-Identifier: GPL-2.0 */
/* Control registers and the system-call registers of each CPU. */
#include "kernel/arch/x86_64/arch_priv.h"

void features_init_cpu(void)
{
	uint32_t r[4];
	uint64_t cr4 = read_cr4();

	write_cr0((read_cr0() & ~(uint64_t)(CR0_EM | CR0_TS)) | CR0_MP |
		  CR0_NE | CR0_WP);
	cr4 |= CR4_PGE | CR4_OSFXSR | CR4_OSXMMEXCPT | CR4_OSXSAVE;
	cpuid(7, 0, r);
	if (r[1] & CPUID7_EBX_SMEP)
		cr4 |= CR4_SMEP;
	/* The user copies of user_copy.S use STAC, which needs SMAP: machines
	 * without it are refused by arch_start_c(). */
	if (r[1] & CPUID7_EBX_SMAP)
		cr4 |= CR4_SMAP;
	write_cr4(cr4);

	wrmsr(MSR_EFER, rdmsr(MSR_EFER) | EFER_SCE | EFER_NXE);
	wrmsr(MSR_STAR,
	      (uint64_t)SEL_USER32_CS << 48 | (uint64_t)SEL_KERNEL_CS << 32);
	wrmsr(MSR_LSTAR, (uint64_t)syscall_entry);
	/* INIT keeps these, and Linux's addresses with them: SYSENTER raises #GP
	 * without a selector; 32-bit SYSCALL cannot be reached (tables.c). */
	wrmsr(MSR_SYSENTER_CS, 0);
	wrmsr(MSR_CSTAR, 0);
	wrmsr(MSR_SFMASK, RFLAGS_TF | RFLAGS_IF | RFLAGS_DF | RFLAGS_NT |
				  RFLAGS_AC | 0xd5 /* arithmetic flags */);
}
