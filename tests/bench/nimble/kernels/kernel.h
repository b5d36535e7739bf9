/* SPDX-License-Identifier: MIT */
/* What the benchmark's kernels are written against: native and eBPF. */
#ifndef TESTS_BENCH_NIMBLE_KERNEL_H
#define TESTS_BENCH_NIMBLE_KERNEL_H

/*
 * A kernel is one function, KERNEL(name), of a pointer to its memory, which
 * the harness has filled by name_init() (native only). No global data and no
 * calls, so that the same bytecode runs on any eBPF engine.
 */
#include "nimble/abi/types.h"

typedef nx_u8 u8;
typedef nx_u16 u16;
typedef nx_u32 u32;
typedef nx_u64 u64;
typedef nx_s32 s32;
typedef nx_s64 s64;

#ifdef __NIMBLE__
#define KERNEL(name) \
	__attribute__((section("hook/call"), used)) u64 kernel_##name
#else
#define KERNEL(name)                                \
	u64 kernel_##name(struct name##_memory *m); \
	u64 kernel_##name
#define INIT(name)                                                      \
	void init_##name(struct name##_memory *m, u64 (*random)(void)); \
	void init_##name
#endif

#endif
