/* SPDX-License-Identifier: GPL-2.0 */
/* x86-64: registers as trap_entry.S and syscall_entry.S save them. Offsets for
 * assembly come from asm_offsets.c. */
#ifndef ARCH_IMPL_REGS_H
#define ARCH_IMPL_REGS_H

#include <stdint.h>

#define REGS_VECTOR_SYSCALL 0x100

struct regs {
	uint64_t r15, r14, r13, r12, rbp, rbx;
	uint64_t r11, r10, r9, r8, rax, rcx, rdx, rsi, rdi;
	uint64_t vector; /* 0..255, or REGS_VECTOR_SYSCALL */
	uint64_t error; /* exceptions: error code; system calls: number */
	uint64_t rip, cs, rflags, rsp, ss;
};

#endif
