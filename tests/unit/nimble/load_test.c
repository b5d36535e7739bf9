/* SPDX-License-Identifier: MIT */
/* Loading: each way in which an image is refused, with its message. */
#include "tests/unit/nimble/image.h"

static void expect_refused(struct nx_build *build, const struct nx_insn *code,
			   size_t count, int error, const char *message)
{
	struct nimble_diag diag;
	struct nimble_ext *ext =
		load_build(build, code, count, NIMBLE_ENGINE_CHECKED, &diag);

	assert_null(ext);
	if (!strstr(diag.message, message))
		fail_msg("\"%s\", not \"%s\"", diag.message, message);
	assert_int_equal(diag.error, -error);
}

/* At an instruction, whose line is 7 of source.c. */
static void refused_at(uint32_t insn, const char *message,
		       const struct nx_insn *code, size_t count)
{
	struct nx_build build = {0};
	struct nx_line line = {0, nx_string(&build, "source.c"), 7};
	struct nimble_diag diag;

	nx_append(&build, NX_SEC_LINES, &line, sizeof(line));
	assert_null(
		load_build(&build, code, count, NIMBLE_ENGINE_CHECKED, &diag));
	if (!strstr(diag.message, message))
		fail_msg("\"%s\", not \"%s\"", diag.message, message);
	assert_int_equal(diag.error, -EINVAL);
	if (diag.insn != insn)
		fail_msg("\"%s\" at %u, not %u", message, diag.insn, insn);
	assert_int_equal(diag.line, 7);
	assert_string_equal(diag.file, "source.c");
}

#define REFUSED(insn, message, ...) refused_at(insn, message, CODE(__VA_ARGS__))

static void test_static_checks(void **state)
{
	(void)state;
	REFUSED(0, "unknown opcode", I(0xff, 0, 0, 0, 0), EXIT);
	REFUSED(0, "r10 is read-only", MOV(10, 1), EXIT);
	REFUSED(0, "r10 is read-only", LDX(BPF_DW, 10, 1, 0), EXIT);
	REFUSED(0, "r10 is read-only",
		ATOMIC(BPF_DW, 1, 10, 0, BPF_ADD | BPF_FETCH), EXIT);
	REFUSED(0, "no register r11", MOVR(1, 11), EXIT);
	REFUSED(0, "no register r12", MOV(12, 0), EXIT);
	REFUSED(0, "unused field offset", I(0x07, 1, 0, 1, 1), EXIT);
	REFUSED(0, "unused field src", I(0x07, 1, 1, 0, 1), EXIT);
	REFUSED(0, "unused field imm", I(0x0f, 1, 1, 0, 1), EXIT);
	REFUSED(0, "unused field dst", I(0x05, 1, 0, 0, 0), EXIT);
	REFUSED(0, "jump goes outside", JA(5), EXIT);
	REFUSED(0, "jump goes outside", JA(-3), EXIT);
	REFUSED(0, "call goes outside", CALL_LOCAL(7), EXIT);
	REFUSED(0, "call of unknown kind 2", I(0x85, 0, 2, 0, 0), EXIT);
	REFUSED(0, "second half of lddw", JA(1), LDDW(1, 0, 1, 2), EXIT);
	REFUSED(1, "second half of lddw is missing", MOV(0, 0),
		I(NX_OP_LDDW, 1, 0, 0, 0));
	REFUSED(0, "second half of lddw is malformed",
		I(NX_OP_LDDW, 1, 0, 0, 0), EXIT);
	REFUSED(0, "lddw of unknown kind 9", LDDW(1, 9, 0, 0), EXIT);
	REFUSED(0, "run off its end", MOV(0, 0));
	REFUSED(0, "run off its end", JEQ(0, 0, -1));
	REFUSED(2, "run off its end", EXIT, LDDW(0, 0, 0, 0));
	REFUSED(0, "outside the stack frame", LDX(BPF_DW, 0, 10, -520), EXIT);
	REFUSED(0, "outside the stack frame", STX(BPF_W, 10, 0, -2), EXIT);
	REFUSED(0, "outside the stack frame", ST(BPF_B, 10, 0, 1), EXIT);
	REFUSED(0, "outside the stack frame", ATOMIC(BPF_DW, 10, 0, 8, BPF_ADD),
		EXIT);
	REFUSED(0, "call of helper 0", CALL(0), EXIT);
	REFUSED(0, "there is no map 0", LDDW(1, NX_IMM_MAP, 0, 0), EXIT);
	REFUSED(0, "far outside the data", LDDW(1, NX_IMM_DATA, 1 << 30, 0),
		EXIT);
	REFUSED(0, "far outside the data", LDDW(1, NX_IMM_DATA, -(1 << 30), 0),
		EXIT);
	REFUSED(0, "far outside the read-only data",
		LDDW(1, NX_IMM_RODATA, 1 << 30, 0), EXIT);
	REFUSED(0, "unknown atomic operation", ATOMIC(BPF_DW, 1, 2, 0, BPF_SUB),
		EXIT);
	REFUSED(0, "no byte swap of 24 bits", I(0xd4, 1, 0, 0, 24), EXIT);
	REFUSED(0, "sign-extends from 7 bits", I(0xbf, 1, 1, 7, 0), EXIT);
	/* As clang 14 writes it. */
	REFUSED(0, "callx: calls through function pointers are not supported",
		I(NX_OP_CALLX, 0, 0, 0, 2), EXIT);
	REFUSED(0, "unused field offset", I(NX_OP_CALLX, 2, 0, 1, 0), EXIT);
	REFUSED(0, "offset 2 of a division", I(0x3f, 1, 1, 2, 0), EXIT);
}

enum field { DST, SRC, OFF, IMM, FIELDS };

/* Does an instruction of this opcode use the field? By RFC 9669. */
static bool uses(uint8_t opcode, enum field field)
{
	unsigned int op = BPF_OP(opcode);
	bool jump32 = BPF_CLASS(opcode) == BPF_JMP32, x = opcode & BPF_X;

	switch (BPF_CLASS(opcode)) {
	case BPF_ALU:
	case BPF_ALU64:
		if (op == BPF_NEG || op == BPF_END)
			return field == DST || (field == IMM && op == BPF_END);
		if (field == OFF)
			return op == BPF_DIV || op == BPF_MOD ||
			       (op == BPF_MOV && x);
		return field == DST || field == (x ? SRC : IMM);
	case BPF_JMP:
	case BPF_JMP32:
		if (op == BPF_EXIT)
			return false;
		if (op == BPF_CALL)
			return x ? field == DST : field == SRC || field == IMM;
		if (op == BPF_JA)
			return field == (jump32 ? IMM : OFF);
		return field == DST || field == OFF || field == (x ? SRC : IMM);
	case BPF_LDX:
		return field != IMM;
	case BPF_ST:
		return field != SRC;
	case BPF_STX:
		return field != IMM || BPF_MODE(opcode) == BPF_ATOMIC;
	default:
		return field != OFF; /* lddw */
	}
}

static void load_one(struct nx_insn insn, struct nimble_diag *diag)
{
	struct nx_build build = {0};
	struct nimble_ext *ext = load_build(&build, CODE(insn, EXIT, EXIT),
					    NIMBLE_ENGINE_CHECKED, diag);

	if (ext)
		nimble_unload(ext);
}

/* Each field of each opcode that it does not use, with each bit of it set. */
static void test_unused_fields(void **state)
{
	static const char *const names[] = {"unused field dst",
					    "unused field src",
					    "unused field offset",
					    "unused field imm"};
	static const unsigned int bits[] = {4, 4, 16, 32};
	unsigned int opcode, field, bit, tried = 0;
	struct nimble_diag diag;

	(void)state;
	for (opcode = 0; opcode < 256; opcode++) {
		load_one(I((uint8_t)opcode, 0, 0, 0, 0), &diag);
		if (strstr(diag.message, "unknown opcode"))
			continue;
		for (field = 0; field < FIELDS; field++)
			for (bit = 0; bit < bits[field]; bit++) {
				unsigned int one = 1u << bit;
				struct nx_insn insn =
					I((uint8_t)opcode,
					  field == DST ? one & 15 : 0,
					  field == SRC ? one & 15 : 0,
					  (short)(field == OFF ? one : 0),
					  (int)(field == IMM ? one : 0));

				if (uses((uint8_t)opcode, (enum field)field))
					continue;
				load_one(insn, &diag);
				if (!strstr(diag.message, names[field]) &&
				    !strstr(diag.message, "callx:"))
					fail_msg("opcode %x: no \"%s\": %s",
						 opcode, names[field],
						 diag.message);
				tried++;
			}
	}
	assert_in_range(tried, 1000, 10000);
}

static void test_helpers_and_trust(void **state)
{
	struct nx_build build = {0};

	(void)state;
	nx_import(&build, "no_such_helper");
	expect_refused(&build, CODE(CALL(0), EXIT), ENOENT,
		       "there is no helper no_such_helper");
	nx_import(&build, "msr_read");
	expect_refused(&build, CODE(CALL(0), EXIT), EPERM,
		       "trusted extensions only");
}

static void hook_refused(const char *name, int error, const char *message)
{
	struct nx_build build = {0};

	add_hook(&build, name);
	expect_refused(&build, CODE(EXIT), error, message);
}

static void test_hooks(void **state)
{
	(void)state;
	hook_refused("task_switch", EPERM,
		     "hook task_switch is for trusted extensions only");
	hook_refused("nothing", ENOENT, "there is no hook nothing");
	hook_refused("call", EINVAL, "hook call is defined twice");
}

/* An image that says what its contexts are must mean the host's. */
static void test_context(void **state)
{
	struct nx_build build = {0};
	struct nx_hook hook = {0};

	(void)state;
	hook.hook = nx_string(&build, "sched_tick");
	hook.ctx_bytes = 72;
	nx_append(&build, NX_SEC_HOOKS, &hook, sizeof(hook));
	expect_refused(&build, CODE(EXIT), EINVAL,
		       "hook sched_tick: a context has 8 bytes, but the image "
		       "is for one of 72");
}

/* An image that was built for another helper of that name is refused at the
 * call. */
static void test_signature(void **state)
{
	struct nx_build build = {0};
	struct nx_import import;

	(void)state;
	import.name = nx_string(&build, "map_delete");
	import.signature = nx_string(&build, "emi___");
	nx_append(&build, NX_SEC_IMPORTS, &import, sizeof(import));
	expect_refused(&build, CODE(MOV(1, 0), CALL(0), EXIT), EINVAL,
		       "helper map_delete has the signature emk___ here; the "
		       "image was built for emi___");
}

/* A hash map 0 of keys of 8 bytes, a ring buffer 1, and every kind of helper. */
static struct nx_build with_arguments(void)
{
	struct nx_map hash = {0, NIMBLE_MAP_HASH, 8, 16, 4, 0};
	struct nx_map ring = {0, NIMBLE_MAP_RING, 0, 0, 4096, 0};
	struct nx_map array = {0, NIMBLE_MAP_ARRAY, 4, 8, 4, 0};
	struct nx_map queue = {0, NIMBLE_MAP_QUEUE, 0, 8, 4, 0};
	struct nx_line line = {0, 0, 7};
	struct nx_build build = {0};

	nx_import(&build, "map_lookup");
	nx_import(&build, "ring_output");
	nx_import(&build, "mem_set");
	nx_import(&build, "map_update");
	nx_import(&build, "map_pop");
	hash.name = nx_string(&build, "table");
	ring.name = nx_string(&build, "events");
	array.name = nx_string(&build, "slots");
	queue.name = nx_string(&build, "line");
	nx_append(&build, NX_SEC_MAPS, &hash, sizeof(hash));
	nx_append(&build, NX_SEC_MAPS, &ring, sizeof(ring));
	nx_append(&build, NX_SEC_MAPS, &array, sizeof(array));
	nx_append(&build, NX_SEC_MAPS, &queue, sizeof(queue));
	nx_append(&build, NX_SEC_RODATA, "constant", 8);
	nx_append(&build, NX_SEC_DATA, "variable", 8);
	line.file = nx_string(&build, "source.c");
	nx_append(&build, NX_SEC_LINES, &line, sizeof(line));
	return build;
}

/* Refused at instruction insn, of source.c:7. */
static void argument_refused(uint32_t insn, const char *message,
			     const struct nx_insn *code, size_t count)
{
	struct nx_build build = with_arguments();
	struct nimble_diag diag;
	struct nimble_ext *ext =
		load_build(&build, code, count, NIMBLE_ENGINE_CHECKED, &diag);

	if (ext)
		fail_msg("not refused: %s", message);
	if (strcmp(diag.message, message))
		fail_msg("\"%s\", not \"%s\"", diag.message, message);
	assert_int_equal(diag.error, -EINVAL);
	assert_int_equal(diag.insn, insn);
	assert_int_equal(diag.line, 7);
	assert_string_equal(diag.file, "source.c");
}

#define ARGUMENT(insn, message, ...) \
	argument_refused(insn, message, CODE(__VA_ARGS__))
#define HANDLE(reg, index) LDDW(reg, NX_IMM_MAP, index, 0)
#define STACK(reg, offset) MOVR(reg, 10), ADD(reg, offset)

/* Trust is said with the call, too. */
static void test_trust_at_the_call(void **state)
{
	struct nx_build build = with_arguments();
	struct nimble_diag diag;

	(void)state;
	nx_import(&build, "msr_write");
	assert_null(load_build(&build, CODE(MOV(1, 0), CALL(5), EXIT),
			       NIMBLE_ENGINE_CHECKED, &diag));
	assert_string_equal(diag.message,
			    "helper msr_write is for trusted extensions only");
	assert_int_equal(diag.error, -EPERM);
	assert_int_equal(diag.insn, 1);
	assert_int_equal(diag.line, 7);
}

static void test_arguments(void **state)
{
	(void)state;
	ARGUMENT(1, "argument 1 of map_lookup is the constant 0x5, not a map",
		 MOV(1, 5), CALL(0), EXIT);
	ARGUMENT(3, "argument 1 of map_lookup is the constant 0x1, not a map",
		 HANDLE(1, 0), ADD(1, 1), CALL(0), EXIT);
	ARGUMENT(2, "argument 1 of map_lookup is an address, not a map",
		 STACK(1, -8), CALL(0), EXIT);
	ARGUMENT(2, "argument 1 of map_lookup: map events has no keys",
		 HANDLE(1, 1), CALL(0), EXIT);
	ARGUMENT(2, "argument 1 of ring_output: map table is no ring buffer",
		 HANDLE(1, 0), CALL(1), EXIT);
	ARGUMENT(2, "argument 1 of map_pop: map table is no queue",
		 HANDLE(1, 0), CALL(4), EXIT);
	ARGUMENT(4, "argument 2 of map_pop is read-only data", HANDLE(1, 3),
		 LDDW(2, NX_IMM_RODATA, 0, 0), CALL(4), EXIT);
	ARGUMENT(4, "argument 2 of map_lookup is a map, not an address",
		 HANDLE(1, 0), HANDLE(2, 0), CALL(0), EXIT);
	ARGUMENT(3,
		 "argument 2 of map_lookup is the constant 0x0, not an address",
		 HANDLE(1, 0), MOV(2, 0), CALL(0), EXIT);
	ARGUMENT(
		4,
		"argument 2 of map_lookup: 8 bytes there leave the stack frame",
		HANDLE(1, 0), STACK(2, -7), CALL(0), EXIT);
	ARGUMENT(6, "argument 3 of map_update: 16 bytes there leave the data",
		 HANDLE(1, 0), STACK(2, -8), LDDW(3, NX_IMM_DATA, 0, 0),
		 CALL(3), EXIT);
	ARGUMENT(6,
		 "argument 3 of map_update: 16 bytes there leave the map's "
		 "values",
		 HANDLE(1, 0), STACK(2, -8), LDDW(3, NX_IMM_VALUE, 2, 24),
		 CALL(3), EXIT);
	ARGUMENT(3, "argument 1 of mem_set is read-only data",
		 LDDW(1, NX_IMM_RODATA, 0, 0), MOV(3, 1), CALL(2), EXIT);
	ARGUMENT(4, "argument 1 of mem_set: 9 bytes there leave the data",
		 LDDW(1, NX_IMM_DATA, 0, 0), MOV(2, 0), MOV(3, 9), CALL(2),
		 EXIT);
	ARGUMENT(
		5,
		"argument 1 of mem_set: 4294967295 bytes there leave the stack "
		"frame",
		STACK(1, -16), MOV(2, 0), MOV(3, 0), ADD(3, -1), CALL(2), EXIT);
	ARGUMENT(5, "argument 3 of mem_set is a map, not a length",
		 STACK(1, -16), MOV(2, 0), HANDLE(3, 0), CALL(2), EXIT);
	ARGUMENT(5, "argument 3 of mem_set is an address, not a length",
		 STACK(1, -16), MOV(2, 0), STACK(3, 0), CALL(2), EXIT);
	/* A helper leaves 0 in r1. */
	ARGUMENT(7, "argument 1 of map_lookup is the constant 0x0, not a map",
		 HANDLE(1, 0), STACK(2, -8), CALL(0), STACK(2, -8), CALL(0),
		 EXIT);
}

/* Code that may be right is loaded: other paths, unknown values, exact ends. */
static void argument_accepted(const struct nx_insn *code, size_t count)
{
	struct nx_build build = with_arguments();
	struct nimble_diag diag;
	struct nimble_ext *ext =
		load_build(&build, code, count, NIMBLE_ENGINE_CHECKED, &diag);

	if (!ext)
		fail_msg("refused: %s", diag.message);
	nimble_unload(ext);
}

#define ACCEPTED(...) argument_accepted(CODE(__VA_ARGS__))

static void test_arguments_accepted(void **state)
{
	(void)state;
	ACCEPTED(HANDLE(1, 0), STACK(2, -8), CALL(0), EXIT);
	ACCEPTED(HANDLE(6, 0), MOVR(1, 6), STACK(2, -512), CALL(0), EXIT);
	ACCEPTED(MOV(1, 5), JA(0), CALL(0), EXIT);
	ACCEPTED(LDX(BPF_DW, 1, 1, 0), CALL(0), EXIT);
	ACCEPTED(JEQ(0, 0, 2), HANDLE(1, 0), STACK(2, -8), CALL(0), EXIT);
	ACCEPTED(MOV(1, 5), JEQ(0, 0, 2), HANDLE(1, 0), MOV(2, 8), JA(-2),
		 EXIT);
	ACCEPTED(LDDW(1, NX_IMM_DATA, 0, 0), MOV(2, 0), MOV(3, 8), CALL(2),
		 EXIT);
	ACCEPTED(LDDW(1, NX_IMM_VALUE, 2, 24), MOV(2, 0), MOV(3, 8), CALL(2),
		 EXIT);
}

/* A constant that the walk adds to, at the end of its range. */
static void test_argument_wraps(void **state)
{
	(void)state;
	ARGUMENT(3,
		 "argument 1 of map_lookup is the constant 0x8000000000000000, "
		 "not a map",
		 LDDW(1, NX_IMM64, -1, 0x7fffffff), ADD(1, 1), CALL(0), EXIT);
}

static void test_relocation(void **state)
{
	static const struct nx_reloc bad[] = {
		{NX_SEC_DATA, NX_SEC_CODE, 0, 0, 0},
		{NX_SEC_CODE, NX_SEC_DATA, 0, 0, 0},
		{NX_SEC_DATA, NX_SEC_DATA, 1, 0, 0},
		{NX_SEC_DATA, NX_SEC_DATA, 8, 0, 0},
		{NX_SEC_DATA, NX_SEC_DATA, 0, 9, 0},
		{NX_SEC_DATA, NX_SEC_DATA, 0, 0, 1},
		{NX_SEC_DATA, NX_SEC_MAPS, 0, 0, 0}, /* it has none */
		{NX_SEC_MAPS, NX_SEC_DATA, 0, 0, 0},
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct nx_build build = {0};

		nx_append(&build, NX_SEC_DATA, NULL, 8);
		nx_append(&build, NX_SEC_RELOCS, &bad[i], sizeof(bad[i]));
		expect_refused(&build, CODE(EXIT), ENOEXEC,
			       "relocation 0 is malformed");
	}
}

static void test_level_of_helper(void **state)
{
	struct nx_build build = {0};

	(void)state;
	nx_import(&build, "user_read");
	add_hook(&build, "timer");
	expect_refused(&build, CODE(CALL_LOCAL(1), EXIT, CALL(0), EXIT), EINVAL,
		       "helper user_read cannot be called from hook "
		       "timer");
}

static void expect_map_refused(struct nx_map map, const char *message)
{
	struct nx_build build = {0};

	map.name = nx_string(&build, "m");
	nx_append(&build, NX_SEC_MAPS, &map, sizeof(map));
	expect_refused(&build, CODE(EXIT),
		       strstr(message, "more than") ? E2BIG : EINVAL, message);
}

static void test_maps(void **state)
{
	(void)state;
	expect_map_refused((struct nx_map){0, 77, 4, 8, 1, 0}, "unknown type");
	expect_map_refused((struct nx_map){0, 1, 4, 8, 1, 1}, "unknown flags");
	expect_map_refused((struct nx_map){0, 1, 8, 8, 1, 0}, "4 bytes");
	expect_map_refused((struct nx_map){0, 1, 4, 8, 0, 0}, "0 entries");
	expect_map_refused((struct nx_map){0, 1, 4, 0, 9, 0}, "of 0 bytes");
	expect_map_refused((struct nx_map){0, 2, 65, 8, 1, 0}, "1 to 64");
	expect_map_refused((struct nx_map){0, 6, 4, 8, 5, 0}, "no keys");
	expect_map_refused((struct nx_map){0, 6, 0, 0, 5, 0}, "1 to 256");
	expect_map_refused((struct nx_map){0, 6, 0, 257, 5, 0}, "1 to 256");
	expect_map_refused((struct nx_map){0, 6, 0, 256, 1u << 20, 0},
			   "more than");
	expect_map_refused((struct nx_map){0, 4, 0, 0, 5000, 0},
			   "power of two");
	expect_map_refused((struct nx_map){0, 5, 0, 0, 100, 0}, "whole pages");
	expect_map_refused((struct nx_map){0, 1, 4, 1 << 20, 1000, 0},
			   "more than");
}

/* The same image, ended at every length and with every bit turned. */
static void test_damaged_images(void **state)
{
	struct nimble_load_options options = {.id = 1};
	struct nimble_diag diag;
	struct nimble_ext *ext;
	struct nx_build build = {0};
	size_t bytes, i;
	uint8_t *image;

	(void)state;
	nx_import(&build, "map_lookup");
	nx_append(&build, NX_SEC_DATA, "data", 8);
	image = finish(&build,
		       CODE(LDDW(1, NX_IMM_DATA, 0, 0), MOV(0, 0), EXIT),
		       &bytes);
	nimble_init();
	for (i = 0; i < bytes; i++) {
		diag.message[0] = 0;
		assert_int_not_equal(
			nimble_load(image, i, &options, &ext, &diag), 0);
		assert_int_not_equal(diag.message[0], 0);
	}
	for (i = 0; i < bytes * 8; i++) {
		image[i / 8] ^= (uint8_t)(1 << i % 8);
		diag.message[0] = 0;
		if (!nimble_load(image, bytes, &options, &ext, &diag)) {
			uint64_t result;

			run_ext(ext, 1000, &result);
			nimble_unload(ext);
		} else {
			assert_int_not_equal(diag.message[0], 0);
		}
		image[i / 8] ^= (uint8_t)(1 << i % 8);
	}
	free(image);
}

static struct nimble_ext *load_within(const uint8_t *image, size_t bytes,
				      uint64_t quota, struct nimble_diag *diag)
{
	struct nimble_load_options options = {.id = 1, .quota_bytes = quota};
	struct nimble_ext *ext;

	diag->message[0] = 0;
	if (nimble_load(image, bytes, &options, &ext, diag))
		assert_int_equal(diag->error, -ENOSPC);
	return ext;
}

/* From nothing to enough, everything in between is refused and says for what;
 * what is loaded has not taken more than the quota. */
static void test_quota(void **state)
{
	static struct nx_insn code[4000];
	struct nx_map map = {0, NIMBLE_MAP_HASH, 8, 8, 4000, 0};
	static const char *const what[] = {"the image",	    "its tables",
					   "data and maps", "table",
					   "the code",	    "its state"};
	bool said[6] = {false};
	struct nx_build build = {0};
	struct nimble_diag diag;
	struct nimble_ext *ext = NULL;
	uint64_t quota, enough = 0;
	uint8_t *image;
	size_t bytes;
	unsigned int i;

	(void)state;
	for (i = 0; i < 3999; i++)
		code[i] = MOV(0, 0);
	code[3999] = EXIT;
	map.name = nx_string(&build, "table");
	nx_append(&build, NX_SEC_MAPS, &map, sizeof(map));
	image = finish(&build, code, 4000, &bytes);
	nimble_init();
	for (quota = 100; !ext; quota += 100) {
		ext = load_within(image, bytes, quota, &diag);
		for (i = 0; i < 6; i++)
			said[i] |= !ext && strstr(diag.message, what[i]);
		enough = quota;
	}
	for (i = 0; i < 6; i++)
		if (!said[i])
			fail_msg("nothing was said of %s", what[i]);
	assert_in_range(nimble_memory(ext), enough - 200, enough);
	nimble_unload(ext);
	free(image);
}

/* Farther than 16 bits reach. */
static void test_far_jump(void **state)
{
	static struct nx_insn code[40003];
	struct nx_build build = {0};
	struct nimble_diag diag;
	struct nimble_counters counters;
	struct nimble_ext *ext;
	uint64_t result;
	unsigned int i;

	(void)state;
	code[0] = MOV(0, 5);
	code[1] = I(BPF_JMP32 | BPF_JA, 0, 0, 0, 40000);
	for (i = 2; i < 40002; i++)
		code[i] = MOV(0, 6);
	code[40002] = EXIT;
	ext = load_build(&build, code, 40003, NIMBLE_ENGINE_CHECKED, &diag);
	/* The hook pays for all of its code, and is given back what it jumps over. */
	assert_int_equal(run_ext(ext, 40005 * 2 / 128 + 1, &result), 0);
	assert_int_equal(result, 5);
	nimble_counters(ext, NIMBLE_ALL_CPUS, &counters);
	assert_int_equal(counters.charged, 1);
	nimble_unload(ext);
}

static void test_unchecked_needs_trust(void **state)
{
	struct nimble_load_options options = {.engine =
						      NIMBLE_ENGINE_UNCHECKED};
	struct nimble_diag diag;
	struct nimble_ext *ext;

	(void)state;
	nimble_init();
	assert_int_equal(nimble_load("", 0, &options, &ext, &diag), -EPERM);
	options.engine = NIMBLE_ENGINES;
	assert_int_equal(nimble_load("", 0, &options, &ext, &diag), -ENOSYS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_static_checks),
		cmocka_unit_test(test_unused_fields),
		cmocka_unit_test(test_helpers_and_trust),
		cmocka_unit_test(test_hooks),
		cmocka_unit_test(test_context),
		cmocka_unit_test(test_signature),
		cmocka_unit_test(test_trust_at_the_call),
		cmocka_unit_test(test_arguments),
		cmocka_unit_test(test_arguments_accepted),
		cmocka_unit_test(test_argument_wraps),
		cmocka_unit_test(test_relocation),
		cmocka_unit_test(test_level_of_helper),
		cmocka_unit_test(test_maps),
		cmocka_unit_test(test_damaged_images),
		cmocka_unit_test(test_quota),
		cmocka_unit_test(test_far_jump),
		cmocka_unit_test(test_unchecked_needs_trust),
	};

	return cmocka_run_group_tests_name("nimble load", tests, NULL, NULL);
}
