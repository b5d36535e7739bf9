/* SPDX-License-Identifier: GPL-2.0 */
/* Offsets for assembly, generated: the build turns each "#define" that the
 * compiler writes here into build/kernel/asm_offsets.h. */
#include "kernel/arch/entry.h"
#include "kernel/arch/x86_64/arch_priv.h"
#include "kernel/core/hook.h"

#define DEFINE(name, value) \
	asm volatile("\n@#define " #name " %c0" : : "i"(value))

void asm_offsets(void);
void asm_offsets(void)
{
	DEFINE(CPU_KERNEL_STACK, offsetof(struct cpu, kernel_stack));
	DEFINE(CPU_USER_RSP, offsetof(struct cpu, user_rsp));
	DEFINE(CPU_LOCAL_CALLS, offsetof(struct cpu, local_calls));
	DEFINE(LEAF_CALLS, LEAF_CALLS);
	DEFINE(REGS_BYTES, sizeof(struct regs));
	DEFINE(REGS_R11, offsetof(struct regs, r11));
	DEFINE(REGS_RCX, offsetof(struct regs, rcx));
	DEFINE(REGS_RBX, offsetof(struct regs, rbx));
	DEFINE(REGS_RBP, offsetof(struct regs, rbp));
	DEFINE(REGS_R12, offsetof(struct regs, r12));
	DEFINE(REGS_R13, offsetof(struct regs, r13));
	DEFINE(REGS_R14, offsetof(struct regs, r14));
	DEFINE(REGS_R15, offsetof(struct regs, r15));
	DEFINE(REGS_VECTOR, offsetof(struct regs, vector));
	DEFINE(REGS_VECTOR_SYSCALL, REGS_VECTOR_SYSCALL);
	DEFINE(REGS_RIP, offsetof(struct regs, rip));
	DEFINE(REGS_CS, offsetof(struct regs, cs));
	DEFINE(REGS_RFLAGS, offsetof(struct regs, rflags));
	DEFINE(REGS_RSP, offsetof(struct regs, rsp));
}
