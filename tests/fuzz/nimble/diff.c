/* SPDX-License-Identifier: MIT */
/* Differential fuzzer: every engine against the oracle. */
/*
 * Each program runs on each engine; the oracle runs first on a copy of that
 * engine's memory, at its addresses, so that results that hold pointers can
 * be compared too. Unchecked engines run what the oracle saw no violation in.
 * r0, all of the memory, the application's included, and the fault with its place
 * must agree.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "nimble/user/user.h"
#include "tests/fuzz/nimble/generate.h"
#include "tests/fuzz/nimble/oracle.h"
#include "toolchain/nimble/dis/disasm.h"
#include "toolchain/nimble/file.h"
#include "toolchain/nimble/nxbuild.h"

_Static_assert(PROGRAM_MOST <= ORACLE_INSNS, "the model takes each program");

#define CTX_BYTES 64
#define BUDGET 500
#define MOST_STEPS 200000

/* The application's memory. */
#define USER_BYTES 64
static uint8_t user[USER_BYTES] __attribute__((aligned(64)));

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t count);
extern unsigned long diff_runs, diff_faults;
unsigned long diff_runs, diff_faults;

/* The sanitizer's own choice is a quarter of a GiB. */
const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
	return "quarantine_size_mb=16";
}

static uint8_t *make_image(const struct nx_insn *program, uint32_t count,
			   size_t *bytes)
{
	struct nx_build build = {0};
	struct nx_hook hook = {0};
	struct nx_map map = {0, NIMBLE_MAP_HASH, 4, 8, ORACLE_KEYS, 0};
	unsigned int i;

	map.name = nx_string(&build, "m");
	nx_append(&build, NX_SEC_MAPS, &map, sizeof(map));
	for (i = 0; i < ORACLE_HELPERS; i++)
		nx_import(&build, oracle_helpers[i]);
	hook.hook = nx_string(&build, "call");
	nx_append(&build, NX_SEC_HOOKS, &hook, sizeof(hook));
	nx_append(&build, NX_SEC_CODE, program, count * sizeof(*program));
	nx_append(&build, NX_SEC_RODATA, "read-only data: 32 bytes of it.", 32);
	build.bss_bytes = 64;
	return nx_finish(&build, bytes);
}

static void print_program(const struct nx_insn *program, uint32_t count)
{
	char text[128];
	uint32_t i;

	for (i = 0; i < count; i++) {
		disasm(text, sizeof(text), &program[i], i, NULL);
		fprintf(stderr, "%4u  %s\n", i, text);
		i += program[i].opcode == NX_OP_LDDW;
	}
}

static void complain(const char *what, enum nimble_engine engine,
		     const struct oracle *o, uint64_t got, uint64_t want)
{
	fprintf(stderr,
		"%s: %s: 0x%" PRIx64 ", but the oracle says 0x%" PRIx64 "\n",
		nimble_engine_name(engine), what, got, want);
	print_program(o->code, o->count);
	abort();
}

static void compare(enum nimble_engine engine, const struct oracle *o,
		    const struct nimble_call *call, int error)
{
	struct nimble_fault fault;
	size_t i;

	nimble_fault(call->ext, &fault);
	if (fault.kind != o->fault)
		complain("fault", engine, o, fault.kind, o->fault);
	if (fault.kind && fault.insn != o->fault_insn)
		complain("fault at", engine, o, fault.insn, o->fault_insn);
	if (fault.kind && fault.address != o->fault_address)
		complain("fault address", engine, o, fault.address,
			 o->fault_address);
	if (!error != !fault.kind)
		complain("error", engine, o, (uint64_t)error, 0);
	if (!error && call->result != o->reg[0])
		complain("r0", engine, o, call->result, o->reg[0]);
	if (!error && o->charged && call->budget_left != o->budget)
		complain("budget", engine, o, (uint64_t)call->budget_left,
			 (uint64_t)o->budget);
	for (i = 0; i < o->layout.readable; i++)
		if (o->memory[i] != o->layout.arena[i])
			complain("memory", engine, o, i, o->memory[i]);
	for (i = 0; i < USER_BYTES; i++)
		if (o->user_memory[i] != user[i])
			complain("user memory", engine, o, i, user[i]);
	diff_runs++;
	diff_faults += !!error;
}

/* false: the oracle did not come to an end. */
static bool run_one(struct nimble_ext *ext, enum nimble_engine engine,
		    struct oracle *o)
{
	uint64_t ctx[CTX_BYTES / 8];
	uint8_t user_copy[USER_BYTES];
	struct nimble_call call = {.ext = ext,
				   .level = NIMBLE_LEVEL_TASK,
				   .ctx = ctx,
				   .ctx_bytes = CTX_BYTES,
				   .copy_all = true,
				   .budget = BUDGET};
	uint32_t count;
	bool ended;
	unsigned int i;

	for (i = 0; i < CTX_BYTES / 8; i++)
		ctx[i] = 0x0123456789abcdefull * (i + 1);
	for (i = 0; i < USER_BYTES; i++)
		user[i] = user_copy[i] = (uint8_t)(i * 37 + 11);
	o->user = (uintptr_t)user;
	o->user_bytes = USER_BYTES;
	o->user_memory = user_copy;
	nimble_layout(ext, &o->layout);
	o->code = nimble_code(ext, &count);
	o->count = count;
	o->memory = malloc(o->layout.readable);
	memcpy(o->memory, o->layout.arena, o->layout.readable);
	memcpy(o->memory + (o->layout.ctx - (uintptr_t)o->layout.arena), ctx,
	       CTX_BYTES);
	o->budget = BUDGET;
	o->ctx_bytes = CTX_BYTES;
	ended = oracle_run(o, MOST_STEPS);
	if (ended && (o->charged || !o->fault))
		compare(engine, o, &call, nimble_run(&call));
	free(o->memory);
	return ended && !o->fault;
}

/* Did the program end well, so that it may also run unchecked? */
static bool try_engine(const uint8_t *image, size_t bytes,
		       enum nimble_engine engine, bool plain)
{
	struct nimble_load_options options = {.engine = engine,
					      .trusted = true,
					      .id = 1,
					      .no_superoperators = plain};
	struct oracle o = {0};
	struct nimble_diag diag;
	struct nimble_ext *ext;
	bool well;

	if (nimble_load(image, bytes, &options, &ext, &diag)) {
		if (!*diag.message) {
			fprintf(stderr, "refused without a message\n");
			abort();
		}
		return false;
	}
	o.charged = engine != NIMBLE_ENGINE_UNCHECKED &&
		    engine != NIMBLE_ENGINE_THREADED_UNCHECKED;
	well = run_one(ext, engine, &o);
	nimble_unload(ext);
	return well;
}

/* Code of the images that NIMBLE_SAMPLES names; from the top of the tree. */
static void read_samples(void)
{
	char *names_copy = strdup(NIMBLE_SAMPLES), *name;
	struct nx_insn *code = NULL;
	uint32_t total = 0;

	for (name = strtok(names_copy, " "); name; name = strtok(NULL, " ")) {
		size_t bytes;
		uint8_t *image = read_file(name, &bytes);
		const struct nx_section *section;

		if (!image)
			continue;
		section = &((struct nx_header *)image)->section[NX_SEC_CODE];
		code = realloc(code, total * 8 + section->bytes);
		memcpy(code + total, image + section->offset, section->bytes);
		total += section->bytes / 8;
		free(image);
	}
	free(names_copy);
	generate_from(code, total);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t count)
{
	static bool ready;
	struct nx_insn program[PROGRAM_MOST];
	size_t image_bytes;
	uint8_t *image;

	if (!ready) {
		nimble_init();
		read_samples();
		nimble_user_window(user, USER_BYTES);
		generate_window((uintptr_t)user, USER_BYTES);
	}
	ready = true;
	image = make_image(program, generate(bytes, count, program),
			   &image_bytes);
	if (try_engine(image, image_bytes, NIMBLE_ENGINE_CHECKED, false)) {
		try_engine(image, image_bytes, NIMBLE_ENGINE_UNCHECKED, false);
		try_engine(image, image_bytes, NIMBLE_ENGINE_THREADED_UNCHECKED,
			   false);
	}
	try_engine(image, image_bytes, NIMBLE_ENGINE_THREADED_CHECKED, true);
	try_engine(image, image_bytes, NIMBLE_ENGINE_THREADED_CHECKED, false);
	try_engine(image, image_bytes, NIMBLE_ENGINE_TRACED, false);
	free(image);
	return 0;
}
