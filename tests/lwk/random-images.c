/* SPDX-License-Identifier: MIT */
/* Random extensions for an LWK: random-images SEED COUNTER.
 *
 * One after the other it makes images that load: random programs (those of the fuzzer,
 * tests/fuzz/nimble/generate.h) on some hooks that applications may have, or as operations
 * of a policy, with any of the helpers. Each is attached while threads do what fires the
 * hooks, and removed a moment later. The file COUNTER begins with two words that all such
 * programs share: how many images were attached, and whether they are to end. Whatever
 * becomes of this program, the kernel goes on. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <malloc.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "kernel/abi/nimble_ctl.h"
#include "nimble/abi/hook_ctx.h"
#include "nimble/abi/map.h"
#include "nimble/abi/sched.h"
#include "tests/fuzz/nimble/generate.h"
#include "tests/fuzz/nimble/oracle.h"
#include "toolchain/nimble/nxbuild.h"

#define PAGE 4096UL
#define LOADERS 3
#define PROGRAMS 4 /* of an image, at most */
#define CYCLES_OF_IMAGE 20000000 /* that it is attached for */
#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

#define APP true
#define TRUSTED false
static const struct {
	const char *name;
	bool allowed;
} hooks[] =
	{
#define HOOK_BEGIN(name, level, who, result, what) {#name, who},
#define HOOK_FIELD(hook, direction, type, name)
#define HOOK_ARRAY(hook, direction, type, name, count)
#define HOOK_END(name)
#include "nimble/abi/hooks.def"
#undef HOOK_BEGIN
#undef HOOK_FIELD
#undef HOOK_ARRAY
#undef HOOK_END
},
  helpers[] = {
#define HELPER(name, r, a, b, c, d, e, levels, who, supplier, what) \
	{#name, who},
#include "nimble/abi/helpers.def"
#undef HELPER
};

static struct {
	uint64_t attached, stop;
} * counter;

static uint64_t state;
static char window[4096]; /* what programs read and write of the application's */
static uint32_t current; /* the extension that is attached; atomic */

/* Marsaglia, "Xorshift RNGs" (2003). */
static uint64_t roll(void)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return state;
}

static bool one_in(uint64_t n)
{
	return (roll() >> 24) % n == 0;
}

/* ---- Images --------------------------------------------------------------------------- */

/* Appends a random program; the first of its instructions. */
static uint32_t add_program(struct nx_build *build)
{
	static struct nx_insn code[PROGRAM_MOST];
	uint8_t bytes[512];
	uint32_t count, at;
	size_t i;

	for (i = 0; i < sizeof(bytes); i++)
		bytes[i] = (uint8_t)(roll() >> 32);
	count = generate(bytes, 8 * (1 + (roll() >> 20) % 64), code);
	at = nx_append(build, NX_SEC_CODE, code, count * sizeof(code[0]));
	return at / (uint32_t)sizeof(code[0]);
}

/* The same, called by one whose result is small: what means something. */
static uint32_t add_meaningful(struct nx_build *build)
{
	static const struct nx_insn caller[] = {
		{BPF_JMP | BPF_CALL, 0, NX_CALL_LOCAL, 0, 2},
		{BPF_ALU64 | BPF_AND | BPF_K, 0, 0, 0, 3},
		{BPF_JMP | BPF_EXIT, 0, 0, 0, 0},
	};
	uint32_t at = nx_append(build, NX_SEC_CODE, caller, sizeof(caller));

	add_program(build);
	return at / (uint32_t)sizeof(caller[0]);
}

static const char *any_helper(void)
{
	uint64_t i;

	do
		i = (roll() >> 20) % ARRAY_SIZE(helpers);
	while (!helpers[i].allowed);
	return helpers[i].name;
}

/* What a program calls by that number: mostly the one that its arguments are made for. */
static const char *helper_of(int i, bool others)
{
	if (others && one_in(2))
		return any_helper();
	if (i == ORACLE_MSR)
		return "sched_kick"; /* that one is for trusted extensions */
	if ((i == ORACLE_USER_READ || i == ORACLE_USER_WRITE) && !one_in(8))
		return "sched_task_find"; /* few hooks may have those */
	return oracle_helpers[i];
}

static void add_imports(struct nx_build *build)
{
	bool others = one_in(3);
	int i;

	for (i = 0; i < ORACLE_HELPERS; i++) {
		struct nx_import import = {
			.name = nx_string(build, helper_of(i, others)),
		};

		nx_append(build, NX_SEC_IMPORTS, &import, sizeof(import));
	}
}

static void add_hooks(struct nx_build *build, bool policy)
{
	uint32_t program[PROGRAMS];
	unsigned int i, programs = 1 + (roll() >> 20) % PROGRAMS;

	for (i = 0; i < programs; i++)
		program[i] =
			one_in(3) ? add_program(build) : add_meaningful(build);
	for (i = 0; i < ARRAY_SIZE(hooks); i++) {
		struct nx_hook hook = {
			.insn = program[(roll() >> 20) % programs]};

		if (!hooks[i].allowed || one_in(2) ||
		    NIMBLE_HOOK_IS_SCHED(i) != policy)
			continue;
		hook.hook = nx_string(build, hooks[i].name);
		nx_append(build, NX_SEC_HOOKS, &hook, sizeof(hook));
	}
}

static uint8_t *make_image(size_t *bytes)
{
	static const struct nimble_policy about = {.timeout_ms = 20,
						   .tasks = 32};
	struct nx_build build = {.bss_bytes = 64};
	bool policy = one_in(2);

	build.name = nx_string(&build, "random");
	nx_append(&build, NX_SEC_MAPS, oracle_maps, sizeof(oracle_maps));
	add_imports(&build);
	add_hooks(&build, policy);
	nx_append(&build, NX_SEC_RODATA, "read-only data: 32 bytes of it.", 32);
	if (policy)
		nx_append(&build, NX_SEC_POLICY, &about, sizeof(about));
	return nx_finish(&build, bytes);
}

/* ---- What fires the hooks ---------------------------------------------------------------- */

/* Each call may be answered, denied or changed by an extension. */
static void *load_cpus(void *unused)
{
	static const long calls[] = {SYS_getpid, SYS_sched_yield, SYS_getppid,
				     SYS_gettid};
	uint64_t args[8] = {0}, i;

	for (i = 0;; i++) {
		volatile char *page;

		syscall(calls[i % ARRAY_SIZE(calls)]);
		page = mmap(NULL, PAGE, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
		if (page != MAP_FAILED) {
			syscall(SYS_madvise, page, PAGE, MADV_DONTNEED);
			syscall(SYS_munmap, page, PAGE);
		}
		args[i % 8] = i;
		syscall(LWK_SYS_NIMBLE_CALL,
			__atomic_load_n(&current, __ATOMIC_RELAXED), args);
	}
	return unused;
}

/* The hooks do not see these calls. */
static int control(struct nimble_ctl *ctl, uint32_t op)
{
	ctl->version = NIMBLE_CTL_VERSION;
	ctl->op = op;
	ctl->index = NIMBLE_ALL;
	return (int)syscall(LWK_SYS_NIMBLE_CTL, ctl);
}

static void try_one(void)
{
	struct nimble_ctl ctl = {0};
	uint64_t end;
	size_t bytes;
	uint8_t *image = make_image(&bytes);

	ctl.in = (uint64_t)image;
	ctl.in_bytes = bytes;
	ctl.flags = one_in(4) ? NIMBLE_THREADED : 0;
	if (!control(&ctl, NIMBLE_OP_LOAD)) {
		ctl.flags = 0;
		if (!control(&ctl, NIMBLE_OP_ATTACH))
			__atomic_add_fetch(&counter->attached, 1,
					   __ATOMIC_RELAXED);
		__atomic_store_n(&current, ctl.ext_id, __ATOMIC_RELAXED);
		end = __builtin_ia32_rdtsc() + CYCLES_OF_IMAGE;
		while (__builtin_ia32_rdtsc() < end)
			syscall(SYS_sched_yield);
		control(&ctl, NIMBLE_OP_REMOVE);
	}
	free(image);
}

static void on_signal(int signal)
{
	(void)signal;
}

int main(int argc, char **argv)
{
	pthread_t thread;
	int fd, i;

	if (argc < 3)
		return 2;
	/* No call is needed for memory later on, which might be denied. */
	mallopt(M_MMAP_THRESHOLD, 1 << 30);
	mallopt(M_TRIM_THRESHOLD, 1 << 30);
	free(malloc(8 << 20));
	generate_window((uint64_t)window, sizeof(window));
	state = strtoul(argv[1], NULL, 0) * 0x9e3779b97f4a7c15UL | 1;
	fd = open(argv[2], O_RDWR);
	counter = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (counter == MAP_FAILED)
		return 1;
	/* Hook message may send any. */
	for (i = 1; i < NIMBLE_SIGNALS; i++)
		signal(i, on_signal);
	for (i = 0; i < LOADERS; i++)
		if (pthread_create(&thread, NULL, load_cpus, NULL))
			return 1;
	while (!__atomic_load_n(&counter->stop, __ATOMIC_RELAXED))
		try_one();
	return 0;
}
