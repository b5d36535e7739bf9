/* SPDX-License-Identifier: MIT */
/* The interface of the programs by which superoperators were chosen. */
#ifndef TESTS_BENCH_NIMBLE_PROFILE_PROGRAM_H
#define TESTS_BENCH_NIMBLE_PROFILE_PROGRAM_H

/*
 * A file has several programs; args[0] of the hook says which one runs. They are
 * small and various, as extensions are, and none is a kernel of the benchmark.
 */
#include "ext/lib/nimble_ext.h"

#define PROGRAM __attribute__((noinline)) static u64
#define PROGRAMS(...)                                     \
	HOOK(call) u64 entry(struct nimble_ctx_call *ctx) \
	{                                                 \
		switch (ctx->args[0]) {                   \
			__VA_ARGS__                       \
		}                                         \
		return 0;                                 \
	}
#define RUN(number, name) \
	case number:      \
		return name();

/* Something to work on, filled by the compiler: filling is not to be profiled. */
#define TIMES4(M, i) M(i) M((i) + 1) M((i) + 2) M((i) + 3)
#define TIMES16(M, i) \
	TIMES4(M, i) TIMES4(M, (i) + 4) TIMES4(M, (i) + 8) TIMES4(M, (i) + 12)
#define TIMES64(M, i) \
	TIMES16(M, i) \
	TIMES16(M, (i) + 16) TIMES16(M, (i) + 32) TIMES16(M, (i) + 48)
#define TIMES512(M)     \
	TIMES64(M, 0)   \
	TIMES64(M, 64)  \
	TIMES64(M, 128) \
	TIMES64(M, 192) \
	TIMES64(M, 256) TIMES64(M, 320) TIMES64(M, 384) TIMES64(M, 448)
#define BYTE(i) (u8)((i)*2654435761u >> 24),
#define WORD(i) (i) * 0x9e3779b97f4a7c15ull >> 7,
#define WORDS 512
static u8 bytes[2048] = {TIMES512(BYTE) TIMES512(BYTE) TIMES512(BYTE)};
static u64 words[WORDS] = {TIMES512(WORD)};

#endif
