/* SPDX-License-Identifier: MIT */
/* What the benchmark of eBPF engines is made of. */
#ifndef TESTS_BENCH_NIMBLE_BENCH_H
#define TESTS_BENCH_NIMBLE_BENCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "nimble/nimble.h"

#define BENCH_MEMORY 65536

struct kernel {
	const char *name;
	uint64_t (*native)(void *memory);
	void (*init)(void *memory, uint64_t (*random)(void));
	void *code; /* eBPF */
	size_t code_bytes;
};

extern struct kernel kernels[];
extern const unsigned int kernel_count;

/* An engine on one kernel: made once, run many times. */
struct engine {
	const char *name;
	/* State for run(), with memory that init() has filled; NULL: absent */
	void *(*make)(const struct kernel *kernel);
	uint64_t (*run)(void *state);
};

enum {
	CHECKED,
	UNCHECKED,
	THREADED,
	THREADED_UNCHECKED,
	NATIVE,
	LINUX,
	UBPF,
	UBPF_JIT,
};
extern const struct engine engines[];
extern const unsigned int engine_count;

void bench_fill(const struct kernel *kernel, void *memory);

/* linux_shim.c, or linux_none.c where there is no source of Linux. */
bool linux_found(void);
uint64_t linux_run(const void *code, void *memory);
/* Executed eBPF instructions of one run. */
uint64_t bench_instructions(const struct kernel *kernel);
/* Nanoseconds for each instruction of loading a large image. */
double bench_translation(enum nimble_engine engine);
/* How much longer the dearest kind of program takes for a budget than the cheapest; print:
 * each. */
double bench_budget(enum nimble_engine engine, bool print);
/* Nanoseconds of a run of an extension that does nothing. */
double bench_empty(void);

#endif
