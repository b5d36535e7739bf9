/* SPDX-License-Identifier: MIT */
/* Differential fuzzer: every engine against the oracle. */
/*
 * Each program runs on each engine, beside an extension that it can call; the oracle runs first on a copy of that
 * engine's memory, at its addresses, so that results that hold pointers can
 * be compared too. Unchecked engines run what the oracle saw no violation in.
 * r0, all of the memory, the application's included, and the fault with its place
 * must agree.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "nimble/chain.h"
#include "nimble/user/user.h"
#include "tests/fuzz/nimble/generate.h"
#include "tests/fuzz/nimble/oracle.h"
#include "toolchain/nimble/dis/disasm.h"
#include "toolchain/nimble/file.h"
#include "toolchain/nimble/nxbuild.h"

_Static_assert(PROGRAM_MOST <= ORACLE_INSNS, "the model takes each program");

#define CTX_BYTES 64
#define BUDGET 100
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
	static const struct nx_map maps[ORACLE_MAPS] = {
		[ORACLE_HASH] = {0, NIMBLE_MAP_HASH, 4, 8, ORACLE_KEYS, 0},
		[ORACLE_ARRAY] = {0, NIMBLE_MAP_ARRAY, 4, 8, ORACLE_KEYS, 0},
		[ORACLE_PERCPU] = {0, NIMBLE_MAP_PERCPU_ARRAY, 4, 8,
				   ORACLE_PERCPU_KEYS, 0},
		[ORACLE_RING] = {0, NIMBLE_MAP_RING, 0, 0, ORACLE_PAGE, 0},
		[ORACLE_QUEUE] = {0, NIMBLE_MAP_QUEUE, 0, 8, ORACLE_QUEUED, 0},
		[ORACLE_ARENA] = {0, NIMBLE_MAP_ARENA, 0, 0, ORACLE_PAGE, 0},
	};
	unsigned int i;

	nx_append(&build, NX_SEC_MAPS, maps, sizeof(maps));
	for (i = 0; i < ORACLE_HELPERS; i++)
		nx_import(&build, oracle_helpers[i]);
	hook.hook = nx_string(&build, "call");
	nx_append(&build, NX_SEC_HOOKS, &hook, sizeof(hook));
	nx_append(&build, NX_SEC_CODE, program, count * sizeof(*program));
	nx_append(&build, NX_SEC_RODATA, "read-only data: 32 bytes of it.", 32);
	build.bss_bytes = 64;
	return nx_finish(&build, bytes);
}

/*
 * The extension that programs call: result and memory by its arguments; and by the third
 * one, an access to nothing or a loop without an end.
 */
static uint8_t *make_service(size_t *bytes)
{
	static const struct nx_insn code[] = {
		{BPF_LDX | BPF_MEM | BPF_DW, 0, 1, 8, 0},
		{BPF_LDX | BPF_MEM | BPF_DW, 2, 1, 16, 0},
		{BPF_LDX | BPF_MEM | BPF_DW, 3, 1, 24, 0},
		{BPF_ALU64 | BPF_AND | BPF_K, 3, 0, 0, 7},
		{BPF_JMP | BPF_JNE | BPF_K, 3, 0, 1, 1},
		{BPF_STX | BPF_MEM | BPF_DW, 3, 2, 0, 0},
		{BPF_JMP | BPF_JEQ | BPF_K, 3, 0, -1, 2},
		{BPF_ALU64 | BPF_MUL | BPF_X, 0, 2, 0, 0},
		{BPF_ALU64 | BPF_ADD | BPF_X, 0, 3, 0, 0},
		{NX_OP_LDDW, 4, NX_IMM_DATA, 0, 0},
		{0, 0, 0, 0, 0},
		{BPF_STX | BPF_ATOMIC | BPF_DW, 4, 0, 0, BPF_ADD},
		{BPF_JMP | BPF_EXIT, 0, 0, 0, 0},
	};
	struct nx_build build = {.bss_bytes = 64};
	struct nx_hook hook = {0};

	build.name = nx_string(&build, ORACLE_SERVICE_NAME);
	hook.hook = nx_string(&build, "service");
	nx_append(&build, NX_SEC_HOOKS, &hook, sizeof(hook));
	nx_append(&build, NX_SEC_CODE, code, sizeof(code));
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

/* Compares the records of a fault. A helper that faults may leave any value
 * in r0. */
static void compare_registers(enum nimble_engine engine, const struct oracle *o,
			      const struct nimble_fault *fault)
{
	uint8_t opcode = o->code[fault->insn].opcode;
	bool helper = opcode == NX_OP_CALLX || opcode == (BPF_JMP | BPF_CALL);
	unsigned int r;

	for (r = helper; r < NX_REGS; r++)
		if (fault->reg[r] != o->reg[r])
			complain("register", engine, o, fault->reg[r],
				 o->reg[r]);
}

/* Of the program or of what it has called. */
static void compare_memory(const char *what, enum nimble_engine engine,
			   const struct oracle *o, const struct oracle *whose)
{
	const uint8_t *memory = whose->memory, *arena = whose->layout.arena;
	size_t i;

	if (!memcmp(memory, arena, whose->layout.readable))
		return;
	for (i = 0; memory[i] == arena[i]; i++)
		;
	complain(what, engine, o, i, memory[i]);
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
	if (fault.kind)
		compare_registers(engine, o, &fault);
	if (!error != !fault.kind)
		complain("error", engine, o, (uint64_t)error, 0);
	if (!error && call->result != o->reg[0])
		complain("r0", engine, o, call->result, o->reg[0]);
	if (!error && o->charged && nimble_spare(call->ext) != o->budget)
		complain("budget", engine, o, (uint64_t)nimble_spare(call->ext),
			 (uint64_t)o->budget);
	compare_memory("memory", engine, o, o);
	compare_memory("the other's memory", engine, o, o->service);
	for (i = 0; i < USER_BYTES; i++)
		if (o->user_memory[i] != user[i])
			complain("user memory", engine, o, i, user[i]);
	diff_runs++;
	diff_faults += !!error;
}

/* The model of an extension as it is now. */
static void model(struct oracle *o, const struct nimble_ext *ext)
{
	nimble_layout(ext, &o->layout);
	o->code = nimble_code(ext, &o->count);
	o->memory = malloc(o->layout.readable);
	memcpy(o->memory, o->layout.arena, o->layout.readable);
	oracle_start(o);
}

/* false: the oracle did not come to an end. */
static bool run_one(struct nimble_ext *ext, enum nimble_engine engine,
		    struct oracle *o)
{
	struct nimble_user_host host = {.current = ORACLE_TASK,
					.pid = ORACLE_PID};
	uint64_t ctx[CTX_BYTES / 8];
	uint8_t user_copy[USER_BYTES];
	struct nimble_call call = {.ext = ext,
				   .level = NIMBLE_LEVEL_TASK,
				   .ctx = ctx,
				   .ctx_bytes = CTX_BYTES,
				   .copy_all = true,
				   .host = &host,
				   .budget = BUDGET};
	bool ended;
	unsigned int i;

	for (i = 0; i < CTX_BYTES / 8; i++)
		ctx[i] = 0x0123456789abcdefull * (i + 1);
	for (i = 0; i < USER_BYTES; i++)
		user[i] = user_copy[i] = (uint8_t)(i * 37 + 11);
	o->user = (uintptr_t)user;
	o->user_bytes = USER_BYTES;
	o->user_memory = user_copy;
	model(o, ext);
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

static struct nimble_ext *load_service(enum nimble_engine engine)
{
	struct nimble_load_options options = {
		.engine = engine, .trusted = true, .id = ORACLE_SERVICE};
	struct nimble_diag diag;
	struct nimble_ext *ext;
	size_t bytes;
	uint8_t *image = make_service(&bytes);

	if (nimble_load(image, bytes, &options, &ext, &diag)) {
		fprintf(stderr, "no service: %s\n", diag.message);
		abort();
	}
	free(image);
	return ext;
}

/* The extension that is called, by a checked engine, as if just loaded; kept as long as it
 * has not faulted. */
static struct nimble_ext *fresh_service(enum nimble_engine engine)
{
	static struct nimble_ext *kept[NIMBLE_ENGINES];
	static uint8_t *fresh[NIMBLE_ENGINES];
	struct nimble_layout layout;

	if (kept[engine] && nimble_failed(kept[engine])) {
		nimble_unload(kept[engine]);
		free(fresh[engine]);
		kept[engine] = NULL;
	}
	if (kept[engine]) {
		nimble_layout(kept[engine], &layout);
		memcpy(layout.arena, fresh[engine], layout.readable);
		return kept[engine];
	}
	kept[engine] = load_service(engine);
	nimble_layout(kept[engine], &layout);
	fresh[engine] = malloc(layout.readable);
	memcpy(fresh[engine], layout.arena, layout.readable);
	return kept[engine];
}

static struct nimble_ext *add_service(enum nimble_engine engine)
{
	struct nimble_ext *ext = fresh_service(
		engine == NIMBLE_ENGINE_UNCHECKED ? NIMBLE_ENGINE_CHECKED
		: engine == NIMBLE_ENGINE_THREADED_UNCHECKED
			? NIMBLE_ENGINE_THREADED_CHECKED
			: engine);

	nimble_service_add(ext);
	return ext;
}

static void remove_service(struct nimble_ext *ext)
{
	static struct nimble_slots *slots;

	if (!slots)
		slots = nimble_slots_new();
	nimble_service_remove(slots, ext);
}

/* Did the program end well, so that it may also run unchecked? */
static bool try_engine(const uint8_t *image, size_t bytes,
		       enum nimble_engine engine, bool plain)
{
	struct nimble_load_options options = {.engine = engine,
					      .trusted = true,
					      .id = 1,
					      .no_superoperators = plain};
	struct oracle callee = {.ctx_bytes = sizeof(struct nimble_ctx_service)};
	struct oracle o = {.service = &callee};
	struct nimble_ext *ext, *service;
	struct nimble_diag diag;
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
	service = add_service(engine);
	model(&callee, service);
	well = run_one(ext, engine, &o);
	free(callee.memory);
	remove_service(service);
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

static void ignore(const char *line)
{
	(void)line;
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
		nimble_user_log(ignore);
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
