/* SPDX-License-Identifier: MIT */
/* The engines that are compared, and how each is given a kernel. */
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "nimble/user/step.h"
#include "nimble/user/user.h"
#include "tests/bench/nimble/bench.h"
#include "toolchain/nimble/nxbuild.h"

#define K(name)                               \
	uint64_t kernel_##name(void *memory); \
	void init_##name(void *memory, uint64_t (*random)(void));
#include "tests/bench/nimble/kernels.def"
#undef K
#define K(name) {#name, kernel_##name, init_##name, NULL, 0},
struct kernel kernels[] = {
#include "tests/bench/nimble/kernels.def"
};
#undef K
const unsigned int kernel_count = sizeof(kernels) / sizeof(kernels[0]);

static uint64_t seed;

static uint64_t next_random(void)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return seed;
}

void bench_fill(const struct kernel *kernel, void *memory)
{
	seed = 88172645463325252ull;
	kernel->init(memory, next_random);
}

struct native {
	const struct kernel *kernel;
	void *memory;
};

static void *native_make(const struct kernel *kernel)
{
	struct native *state = calloc(1, sizeof(*state));

	state->kernel = kernel;
	state->memory = aligned_alloc(4096, BENCH_MEMORY);
	bench_fill(kernel, state->memory);
	return state;
}

static uint64_t native_run(void *data)
{
	struct native *state = data;

	return state->kernel->native(state->memory);
}

static uint64_t linux_engine_run(void *data)
{
	struct native *state = data;

	return linux_run(state->kernel->code, state->memory);
}

static void *linux_make(const struct kernel *kernel)
{
	return linux_found() ? native_make(kernel) : NULL;
}

/*
 * A kernel's image for Nimble: its memory is a shared arena, whose address is
 * loaded by an lddw before the kernel's own code. repeat: the code so often,
 * for measuring translation.
 */
static uint8_t *nimble_image(const struct kernel *kernel, unsigned int repeat,
			     size_t *bytes)
{
	const struct nx_insn load[2] = {{NX_OP_LDDW, 1, NX_IMM_VALUE, 0, 0},
					{0}};
	struct nx_build build = {0};
	struct nx_map map = {.type = NIMBLE_MAP_ARENA, .entries = BENCH_MEMORY};
	struct nx_hook hook = {0};

	hook.hook = nx_string(&build, "sched_select_cpu");
	hook.function = nx_string(&build, kernel->name);
	map.name = hook.function;
	nx_append(&build, NX_SEC_HOOKS, &hook, sizeof(hook));
	nx_append(&build, NX_SEC_MAPS, &map, sizeof(map));
	while (repeat--) {
		nx_append(&build, NX_SEC_CODE, load, sizeof(load));
		nx_append(&build, NX_SEC_CODE, kernel->code,
			  kernel->code_bytes);
	}
	return nx_finish(&build, bytes);
}

struct nimble_state {
	struct nimble_call call;
	struct nimble_ctx_sched_select_cpu ctx;
};

static struct nimble_ext *load(const uint8_t *image, size_t bytes,
			       const struct nimble_load_options *options)
{
	struct nimble_diag diag;
	struct nimble_ext *ext;

	if (nimble_load(image, bytes, options, &ext, &diag)) {
		fprintf(stderr, "bench: %s\n", diag.message);
		exit(1);
	}
	return ext;
}

static void *nimble_make(const struct kernel *kernel, enum nimble_engine engine)
{
	struct nimble_load_options options = {
		.engine = engine, .trusted = true, .id = 1};
	struct nimble_state *state = calloc(1, sizeof(*state));
	size_t bytes;
	uint8_t *image = nimble_image(kernel, 1, &bytes);
	void *memory;

	state->call.ext = load(image, bytes, &options);
	state->call.level = NIMBLE_LEVEL_ATOMIC;
	state->call.ctx = &state->ctx;
	state->call.ctx_bytes = sizeof(state->ctx);
	state->call.budget = (int64_t)1 << 40;
	nimble_map_region(nimble_map(state->call.ext, 0), &memory, &bytes);
	bench_fill(kernel, memory);
	free(image);
	return state;
}

#define MAKE(name, engine)                                          \
	static void *name##_make(const struct kernel *kernel)       \
	{                                                           \
		return nimble_make(kernel, NIMBLE_ENGINE_##engine); \
	}
MAKE(checked, CHECKED)
MAKE(unchecked, UNCHECKED)
MAKE(threaded, THREADED_CHECKED)
MAKE(threaded_unchecked, THREADED_UNCHECKED)

static uint64_t nimble_engine_run(void *data)
{
	struct nimble_state *state = data;

	if (nimble_run(&state->call)) {
		fprintf(stderr, "bench: a kernel faulted\n");
		exit(1);
	}
	return state->call.result;
}

/* uBPF, where a path to its shared library is given. */
static struct {
	void *(*create)(void);
	int (*load)(void *vm, const void *code, uint32_t bytes, char **error);
	int (*exec)(const void *vm, void *mem, size_t bytes, uint64_t *result);
	/* may be absent */
	uint64_t (*(*compile)(void *vm, char **error))(void *mem, size_t bytes);
} ubpf;

struct ubpf_state {
	const char *kernel;
	void *vm, *memory;
	uint64_t (*jit)(void *mem, size_t bytes);
};

/* Find the library that $UBPF names, once; false: none, or not that. */
static bool ubpf_found(void)
{
	const char *path = getenv("UBPF");
	static bool tried;
	void *library;

	if (tried || !path || !*path)
		return ubpf.exec;
	tried = true;
	library = dlopen(path, RTLD_NOW);
	if (library) {
		*(void **)&ubpf.create = dlsym(library, "ubpf_create");
		*(void **)&ubpf.load = dlsym(library, "ubpf_load");
		*(void **)&ubpf.exec = dlsym(library, "ubpf_exec");
		*(void **)&ubpf.compile = dlsym(library, "ubpf_compile");
	}
	if (!ubpf.create || !ubpf.load || !ubpf.exec) {
		fprintf(stderr, "bench: %s: uBPF is not found there: %s\n",
			path, dlerror());
		ubpf.exec = NULL;
	}
	return ubpf.exec;
}

static void *ubpf_make(const struct kernel *kernel)
{
	struct ubpf_state *state;
	char *error;

	if (!ubpf_found())
		return NULL;
	state = calloc(1, sizeof(*state));
	state->vm = ubpf.create();
	if (ubpf.load(state->vm, kernel->code, (uint32_t)kernel->code_bytes,
		      &error)) {
		fprintf(stderr, "bench: uBPF refuses %s: %s\n", kernel->name,
			error);
		return NULL;
	}
	state->kernel = kernel->name;
	state->memory = aligned_alloc(4096, BENCH_MEMORY);
	bench_fill(kernel, state->memory);
	return state;
}

static uint64_t ubpf_run(void *data)
{
	struct ubpf_state *state = data;
	uint64_t result = 0;

	if (ubpf.exec(state->vm, state->memory, BENCH_MEMORY, &result)) {
		fprintf(stderr, "bench: uBPF gives up on %s\n", state->kernel);
		exit(1);
	}
	return result;
}

static void *ubpf_jit_make(const struct kernel *kernel)
{
	struct ubpf_state *state = ubpf_make(kernel);
	char *error;

	if (!state || !ubpf.compile)
		return NULL;
	state->jit = ubpf.compile(state->vm, &error);
	return state->jit ? state : NULL;
}

static uint64_t ubpf_jit_run(void *data)
{
	struct ubpf_state *state = data;

	return state->jit(state->memory, BENCH_MEMORY);
}

const struct engine engines[] = {
	[CHECKED] = {"checked", checked_make, nimble_engine_run},
	[UNCHECKED] = {"unchecked", unchecked_make, nimble_engine_run},
	[THREADED] = {"threaded", threaded_make, nimble_engine_run},
	[THREADED_UNCHECKED] = {"threaded-raw", threaded_unchecked_make,
				nimble_engine_run},
	[NATIVE] = {"native", native_make, native_run},
	[LINUX] = {"linux", linux_make, linux_engine_run},
	[UBPF] = {"ubpf", ubpf_make, ubpf_run},
	[UBPF_JIT] = {"ubpf-jit", ubpf_jit_make, ubpf_jit_run},
};
const unsigned int engine_count = sizeof(engines) / sizeof(engines[0]);

static void count_step(void *data, uint32_t insn, const uint64_t *reg)
{
	(void)insn, (void)reg;
	++*(uint64_t *)data;
}

uint64_t bench_instructions(const struct kernel *kernel)
{
	void *state = nimble_make(kernel, NIMBLE_ENGINE_TRACED);
	uint64_t count = 0;

	nimble_engine_run(state);
	nimble_step_observer(count_step, &count);
	nimble_engine_run(state);
	nimble_step_observer(NULL, NULL);
	return count - 1; /* the lddw of the harness */
}

/* Of this thread: what else the machine does in between is not counted. */
static uint64_t cpu_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

double bench_translation(enum nimble_engine engine)
{
	struct nimble_load_options options = {.engine = engine, .id = 1};
	double best = 1e9;
	unsigned int k, round;

	for (round = 0; round < 20; round++) {
		uint64_t ns = 0, insns = 0;

		for (k = 0; k < kernel_count; k++) {
			size_t bytes;
			/* As large as images get, so that fixed costs vanish. */
			uint8_t *image = nimble_image(
				&kernels[k],
				60000 / (unsigned int)(2 +
						       kernels[k].code_bytes /
							       8),
				&bytes);
			struct nimble_ext *ext;
			uint64_t start = cpu_ns();
			uint32_t count;

			ext = load(image, bytes, &options);
			ns += cpu_ns() - start;
			nimble_code(ext, &count);
			insns += count;
			nimble_unload(ext);
			free(image);
		}
		if ((double)ns / (double)insns < best)
			best = (double)ns / (double)insns;
	}
	return best;
}

double bench_empty(void)
{
	static const struct nx_insn code[2] = {
		{BPF_ALU64 | BPF_MOV | BPF_K, 0, 0, 0, 0},
		{BPF_JMP | BPF_EXIT, 0, 0, 0, 0}};
	const struct nimble_load_options options = {.id = 1};
	struct nimble_ctx_sched_select_cpu ctx = {0};
	struct nx_build build = {0};
	struct nx_hook hook = {0};
	struct nimble_call call = {.level = NIMBLE_LEVEL_ATOMIC,
				   .ctx = &ctx,
				   .ctx_bytes = sizeof(ctx),
				   .budget = NIMBLE_BUDGET_ATOMIC};
	double best = 1e9;
	unsigned int round, i;
	size_t bytes;
	uint8_t *image;

	hook.hook = nx_string(&build, "sched_select_cpu");
	hook.function = nx_string(&build, "empty");
	nx_append(&build, NX_SEC_HOOKS, &hook, sizeof(hook));
	nx_append(&build, NX_SEC_CODE, code, sizeof(code));
	image = nx_finish(&build, &bytes);
	call.ext = load(image, bytes, &options);
	for (round = 0; round < 50; round++) {
		uint64_t start = cpu_ns(), ns;

		for (i = 0; i < 10000; i++)
			nimble_run(&call);
		ns = cpu_ns() - start;
		best = (double)ns / i < best ? (double)ns / i : best;
	}
	nimble_unload(call.ext);
	free(image);
	return best;
}
