/* SPDX-License-Identifier: MIT */
/* What the benchmark of eBPF engines is made of. */
#ifndef TESTS_BENCH_NIMBLE_BENCH_H
#define TESTS_BENCH_NIMBLE_BENCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define BENCH_MEMORY 65536

struct kernel {
	const char *name;
	bool held_out; /* of the choice of superinstructions, and of the goals */
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

extern const struct engine engines[];
extern const unsigned int engine_count;

struct nimble_ext;
bool subroutine_make(struct nimble_ext *ext);

void bench_fill(const struct kernel *kernel, void *memory);

/* linux_shim.c, or linux_none.c where there is no source of Linux. */
bool linux_found(void);
uint64_t linux_run(const void *code, void *memory);
/* Executed eBPF instructions of one run. */
uint64_t bench_instructions(const struct kernel *kernel);
/* Which handlers run after each other, on standard output. */
void bench_sequences(const struct kernel *kernel);
/* Nanoseconds for each instruction of loading a large image. */
double bench_translation(void);

#endif
