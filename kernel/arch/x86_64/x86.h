/* SPDX-License-Identifier: GPL-2.0 */
/* x86-64: control registers, model-specific registers, selectors. Numbers are
 * from the Intel SDM vol. 3 (2.5 control registers) and vol. 4 (MSRs). */
#ifndef ARCH_X86_H
#define ARCH_X86_H

/* Selectors; those of user mode are Linux's, as signal frames show them. */
#define SEL_KERNEL_CS 0x10
#define SEL_KERNEL_DS 0x18
#define SEL_USER32_CS 0x23 /* base of SYSRET's selectors; no descriptor */
#define SEL_USER_DS 0x2b
#define SEL_USER_CS 0x33
#define SEL_TSS 0x40
#define GDT_ENTRIES 11 /* with SEL_CPU_NUMBER */

/* Vectors of exceptions (Intel SDM vol. 3, 6.3.1). */
#define TRAP_DE 0
#define TRAP_STUB_BYTES 16 /* trap_entry.S */
#define TRAP_DB 1
#define TRAP_NMI 2
#define TRAP_BP 3
#define TRAP_OF 4
#define TRAP_BR 5
#define TRAP_UD 6
#define TRAP_DF 8
#define TRAP_NP 11
#define TRAP_SS 12
#define TRAP_GP 13
#define TRAP_PF 14
#define TRAP_MF 16
#define TRAP_AC 17
#define TRAP_MC 18
#define TRAP_XM 19

#define CPUID7_EBX_SMEP (1 << 7)
#define CPUID7_EBX_SMAP (1 << 20)

#define MSR_APIC_BASE 0x1b
#define MSR_SYSENTER_CS 0x174
#define MSR_MCG_CAP 0x179
#define MSR_MCG_STATUS 0x17a
#define MSR_MC0_STATUS 0x401 /* + 4 for each bank */
#define MSR_MC0_ADDR 0x402
#define MSR_X2APIC 0x800 /* + register / 16 */
#define MSR_EFER 0xc0000080
#define MSR_STAR 0xc0000081
#define MSR_LSTAR 0xc0000082
#define MSR_CSTAR 0xc0000083
#define MSR_SFMASK 0xc0000084
#define MSR_FS_BASE 0xc0000100
#define MSR_GS_BASE 0xc0000101
#define MSR_KERNEL_GS_BASE 0xc0000102

#define EFER_SCE (1 << 0)
#define EFER_NXE (1 << 11)

#define CR0_MP (1 << 1)
#define CR0_EM (1 << 2)
#define CR0_TS (1 << 3)
#define CR0_NE (1 << 5)
#define CR0_WP (1 << 16)
#define CR4_MCE (1 << 6)
#define CR4_PGE (1 << 7)
#define CR4_OSFXSR (1 << 9)
#define CR4_OSXMMEXCPT (1 << 10)
#define CR4_OSXSAVE (1 << 18)
#define CR4_SMEP (1 << 20)
#define CR4_SMAP (1 << 21)

#define RFLAGS_TF (1 << 8)
#define RFLAGS_IF (1 << 9)
#define RFLAGS_DF (1 << 10)
#define RFLAGS_NT (1 << 14)
#define RFLAGS_AC (1 << 18)
/* What a program may set itself; the rest is the kernel's. */
#define RFLAGS_USER 0x050dd5 /* CF PF AF ZF SF TF DF OF RF AC */

#define PTE_PRESENT (1ULL << 0)
#define PTE_WRITE (1ULL << 1)
#define PTE_USER (1ULL << 2)
#define PTE_PWT (1ULL << 3)
#define PTE_PCD (1ULL << 4)
#define PTE_ACCESSED (1ULL << 5)
#define PTE_DIRTY (1ULL << 6)
#define PTE_LARGE (1ULL << 7)
#define PTE_GLOBAL (1ULL << 8)
#define PTE_NX (1ULL << 63)
#define PTE_FRAME 0x000ffffffffff000ULL

#ifndef __ASSEMBLER__
#include <stdint.h>

static inline uint64_t rdmsr(uint32_t msr)
{
	uint32_t lo, hi;

	asm volatile("rdmsr" : "=a"(lo), "=d"(hi) : "c"(msr));
	return (uint64_t)hi << 32 | lo;
}

static inline void wrmsr(uint32_t msr, uint64_t value)
{
	asm volatile("wrmsr"
		     :
		     : "c"(msr), "a"((uint32_t)value), "d"(value >> 32)
		     : "memory");
}

#define READ_CR(n)                                            \
	static inline uint64_t read_cr##n(void)               \
	{                                                     \
		uint64_t v;                                   \
		asm volatile("mov %%cr" #n ", %0" : "=r"(v)); \
		return v;                                     \
	}
#define WRITE_CR(n)                                                    \
	static inline void write_cr##n(uint64_t v)                     \
	{                                                              \
		asm volatile("mov %0, %%cr" #n : : "r"(v) : "memory"); \
	}
READ_CR(0)
READ_CR(2)
READ_CR(3)
READ_CR(4)
WRITE_CR(0)
WRITE_CR(3)
WRITE_CR(4)

static inline void cpuid(uint32_t leaf, uint32_t sub, uint32_t r[4])
{
	asm volatile("cpuid"
		     : "=a"(r[0]), "=b"(r[1]), "=c"(r[2]), "=d"(r[3])
		     : "a"(leaf), "c"(sub));
}
#endif

#endif
