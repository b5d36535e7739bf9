/* SPDX-License-Identifier: MIT */
/* Linux's interpreter in user space: what its source leans on. */
#include <endian.h>
#include <linux/bpf.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "tests/bench/nimble/bench.h"

#pragma GCC diagnostic ignored "-Wshadow"
#pragma GCC diagnostic ignored "-Woverride-init"
#pragma GCC diagnostic ignored "-Wsign-compare"

typedef uint8_t u8;
typedef uint16_t u16;
typedef uint32_t u32;
typedef uint64_t u64;
typedef int32_t s32;
typedef int64_t s64;

#define __force
#define __annotate_jump_table
#define unlikely(x) __builtin_expect(!!(x), 0)
#define READ_ONCE(x) (*(volatile __typeof__(x) *)&(x))
#define pr_warn(...) fprintf(stderr, __VA_ARGS__)
#define BUG_ON(x) abort()
#define barrier_nospec() __asm__ volatile("lfence")
#define container_of(p, type, member) \
	((type *)((char *)(p) - __builtin_offsetof(type, member)))
#define cpu_to_be16 htobe16
#define cpu_to_be32 htobe32
#define cpu_to_be64 htobe64
#define cpu_to_le16 htole16
#define cpu_to_le32 htole32
#define cpu_to_le64 htole64
#define div64_u64_rem(a, b, r) (*(r) = (a) % (b))
#define div64_u64(a, b) ((a) / (b))
#define do_div(n, base)                               \
	({                                            \
		u32 rest_ = (u32)((n) % (u32)(base)); \
		(n) = (n) / (u32)(base);              \
		rest_;                                \
	})

#define BPF_REG_FP BPF_REG_10
#define BPF_REG_AX MAX_BPF_REG
#define MAX_BPF_EXT_REG (MAX_BPF_REG + 1)
#define BPF_R0 regs[BPF_REG_0]
#define BPF_R1 regs[BPF_REG_1]
#define BPF_R2 regs[BPF_REG_2]
#define BPF_R3 regs[BPF_REG_3]
#define BPF_R4 regs[BPF_REG_4]
#define BPF_R5 regs[BPF_REG_5]
#define DST regs[insn->dst_reg]
#define SRC regs[insn->src_reg]
#define AX regs[BPF_REG_AX]
#define IMM insn->imm
#define BPF_CALL_ARGS 0xe0
#define BPF_TAIL_CALL 0xf0
#define BPF_NOSPEC 0xc0
#define BPF_PROBE_MEM 0x20
#define MAX_TAIL_CALL_CNT 33

typedef struct {
	u32 v;
} atomic_t;
typedef struct {
	u64 v;
} atomic64_t;
#define ATOMIC(name, op)                                                \
	static inline void atomic_##name(u32 x, atomic_t *a)            \
	{                                                               \
		__atomic_fetch_##op(&a->v, x, __ATOMIC_SEQ_CST);        \
	}                                                               \
	static inline void atomic64_##name(u64 x, atomic64_t *a)        \
	{                                                               \
		__atomic_fetch_##op(&a->v, x, __ATOMIC_SEQ_CST);        \
	}                                                               \
	static inline u32 atomic_fetch_##name(u32 x, atomic_t *a)       \
	{                                                               \
		return __atomic_fetch_##op(&a->v, x, __ATOMIC_SEQ_CST); \
	}                                                               \
	static inline u64 atomic64_fetch_##name(u64 x, atomic64_t *a)   \
	{                                                               \
		return __atomic_fetch_##op(&a->v, x, __ATOMIC_SEQ_CST); \
	}
ATOMIC(add, add)
ATOMIC(and, and)
ATOMIC(or, or)
ATOMIC(xor, xor)
#define atomic_xchg(a, x) __atomic_exchange_n(&(a)->v, x, __ATOMIC_SEQ_CST)
#define atomic64_xchg atomic_xchg
#define atomic_cmpxchg(a, old, new) \
	__sync_val_compare_and_swap(&(a)->v, old, new)
#define atomic64_cmpxchg atomic_cmpxchg

struct bpf_map {
	u32 max_entries;
};
struct bpf_prog {
	const struct bpf_insn *insnsi;
};
struct bpf_array {
	struct bpf_map map;
	struct bpf_prog *ptrs[1];
};

static u64 __bpf_call_base(u64 a, u64 b, u64 c, u64 d, u64 e)
{
	return a ^ b ^ c ^ d ^ e;
}

static u64 __bpf_call_base_args(u64 a, u64 b, u64 c, u64 d, u64 e,
				const struct bpf_insn *insn)
{
	(void)insn;
	return a ^ b ^ c ^ d ^ e;
}

static void bpf_probe_read_kernel(void *to, u32 bytes, const void *from)
{
	__builtin_memcpy(to, from, bytes);
}

#include LINUX_INTERPRETER

uint64_t linux_run(const void *code, void *memory)
{
	u64 stack[64], regs[MAX_BPF_EXT_REG] = {0};

	regs[BPF_REG_FP] = (u64)(uintptr_t)&stack[64];
	BPF_R1 = (u64)(uintptr_t)memory;
	return ___bpf_prog_run(regs, code);
}

bool linux_found(void)
{
	return true;
}
