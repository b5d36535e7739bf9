/* SPDX-License-Identifier: GPL-2.0 */
/* x86-64: registers as trap_entry.S and syscall_entry.S save them. Offsets for
 * assembly come from asm_offsets.c. */
#ifndef ARCH_IMPL_REGS_H
#define ARCH_IMPL_REGS_H

#include <stdbool.h>
#include <stdint.h>

#define REGS_VECTOR_SYSCALL 0x100

struct regs {
	uint64_t r15, r14, r13, r12, rbp, rbx;
	uint64_t r11, r10, r9, r8, rax, rcx, rdx, rsi, rdi;
	uint64_t vector; /* 0..255, or REGS_VECTOR_SYSCALL */
	union {
		uint64_t error; /* of an exception */
		uint64_t call; /* number of a system call */
	};
	uint64_t rip, cs, rflags, rsp, ss;
};

/* The system-call convention of x86-64 (System V ABI, AMD64 supplement, A.2). */
static inline uint64_t regs_call(const struct regs *r)
{
	return r->call;
}

static inline uint64_t regs_argument(const struct regs *r, int i)
{
	switch (i) {
	case 0:
		return r->rdi;
	case 1:
		return r->rsi;
	case 2:
		return r->rdx;
	case 3:
		return r->r10;
	case 4:
		return r->r8;
	default:
		return r->r9;
	}
}

static inline void regs_set_call(struct regs *r, uint64_t number,
				 const uint64_t argument[6])
{
	r->call = number;
	r->rdi = argument[0];
	r->rsi = argument[1];
	r->rdx = argument[2];
	r->r10 = argument[3];
	r->r8 = argument[4];
	r->r9 = argument[5];
}

static inline int64_t regs_result(const struct regs *r)
{
	return (int64_t)r->rax;
}

static inline void regs_set_result(struct regs *r, int64_t result)
{
	r->rax = (uint64_t)result;
}

static inline uint64_t regs_pc(const struct regs *r)
{
	return r->rip;
}

static inline uint64_t regs_sp(const struct regs *r)
{
	return r->rsp;
}

static inline bool regs_is_syscall(const struct regs *r)
{
	return r->vector == REGS_VECTOR_SYSCALL;
}

static inline void regs_leave_syscall(struct regs *r)
{
	r->vector = 0;
}

#define SYSCALL_INSTRUCTION_BYTES 2
static inline void regs_repeat_syscall(struct regs *r)
{
	r->rax = r->call;
	r->rip -= SYSCALL_INSTRUCTION_BYTES;
	regs_leave_syscall(r);
}

#endif
