/* SPDX-License-Identifier: MIT */
/* Copied code: its memory, what it leaves behind at a fault, and doing without it. */
#include "tests/unit/nimble/image.h"

#include "nimble/core/priv.h"

#include <stdio.h>

static struct nimble_ext *load_code(const struct nx_insn *code, size_t count,
				    enum nimble_engine engine)
{
	struct nx_build build = {0};
	struct nimble_diag diag;
	struct nimble_ext *ext;

	nx_import(&build, "map_lookup");
	nx_import(&build, "this_cpu");
	build.bss_bytes = 64;
	ext = load_build(&build, code, count, engine, &diag);
	if (!ext)
		fail_msg("refused: %s", diag.message);
	return ext;
}

/* In the arena: where the record of one extension differs from another's. */
static void make_relative(struct nimble_fault *fault,
			  const struct nimble_ext *ext)
{
	uint64_t *value[NX_REGS + 1];
	unsigned int i;

	for (i = 0; i < NX_REGS; i++)
		value[i] = &fault->reg[i];
	value[i] = &fault->address;
	for (i = 0; i <= NX_REGS; i++)
		if (*value[i] - (uintptr_t)ext->arena < ext->arena_bytes)
			*value[i] -= (uintptr_t)ext->arena;
	fault->time_ns = 0;
}

static void record_of(const struct nx_insn *code, size_t count,
		      enum nimble_engine engine, struct nimble_fault *fault)
{
	struct nimble_ext *ext = load_code(code, count, engine);
	uint64_t result;

	assert_int_equal(run_ext(ext, 50, &result), -EFAULT);
	nimble_fault(ext, fault);
	make_relative(fault, ext);
	nimble_unload(ext);
}

static void same_record(const struct nx_insn *code, size_t count,
			enum nimble_fault_kind kind)
{
	struct nimble_fault threaded, copied;

	record_of(code, count, NIMBLE_ENGINE_THREADED_CHECKED, &threaded);
	record_of(code, count, NIMBLE_ENGINE_CHECKED, &copied);
	assert_int_equal(copied.kind, kind);
	assert_memory_equal(&threaded, &copied, sizeof(copied));
}

#define SAME(kind, ...)                                                  \
	same_record(CODE(MOV(0, 10), MOV(2, 12), MOV(3, 13), MOV(4, 14), \
			 MOV(5, 15), MOV(6, 16), MOV(7, 17), MOV(8, 18), \
			 MOV(9, 19), __VA_ARGS__),                       \
		    kind)

/* Of each way to leave: all fields, the registers among them, are the same. */
static void test_record(void **state)
{
	(void)state;
	SAME(NIMBLE_FAULT_READ, LDX(BPF_DW, 3, 8, 100), EXIT);
	SAME(NIMBLE_FAULT_WRITE, MOV(1, 77), STX(BPF_B, 8, 1, -3), EXIT);
	SAME(NIMBLE_FAULT_WRITE, MOV(1, 77), ST(BPF_H, 1, 3, 5), EXIT);
	SAME(NIMBLE_FAULT_BUDGET, MOV(1, 77), ADD(1, 1), JA(-2), EXIT);
	SAME(NIMBLE_FAULT_BUDGET, MOV(1, 77), ADD(1, 1),
	     I(BPF_JMP | BPF_JNE | BPF_X, 1, 2, -2, 0), EXIT);
	SAME(NIMBLE_FAULT_DEPTH, MOV(1, 77), ADD(6, 1), CALL_LOCAL(-2), EXIT);
	SAME(NIMBLE_FAULT_ARGUMENT, LDX(BPF_DW, 1, 10, -8), MOVR(2, 10),
	     ADD(2, -8), CALL(0), EXIT);
	SAME(NIMBLE_FAULT_CALLX, MOV(1, 99), I(NX_OP_CALLX, 1, 0, 0, 0), EXIT);
	SAME(NIMBLE_FAULT_WRITE, MOV(1, 99), ATOMIC(BPF_W, 8, 4, 0, BPF_XCHG),
	     EXIT);
	SAME(NIMBLE_FAULT_ALIGN, MOVR(1, 10),
	     ATOMIC(BPF_DW, 1, 4, -12, BPF_CMPXCHG), EXIT);
	SAME(NIMBLE_FAULT_ALIGN, ATOMIC(BPF_W, 10, 4, -6, BPF_ADD), EXIT);
}

/* A helper that faults leaves its arguments to be seen, called one way or the other. */
static void test_arguments_stay(void **state)
{
	struct nimble_fault fault;

	(void)state;
	record_of(CODE(MOV(1, 5), MOV(2, 12), JA(0), CALL(0), EXIT),
		  NIMBLE_ENGINE_CHECKED, &fault);
	assert_int_equal(fault.kind, NIMBLE_FAULT_ARGUMENT);
	assert_int_equal(fault.reg[1], 5);
	assert_int_equal(fault.reg[2], 12);
	record_of(CODE(MOV(1, 5), MOV(2, 12), MOV(6, 0),
		       I(NX_OP_CALLX, 6, 0, 0, 0), EXIT),
		  NIMBLE_ENGINE_CHECKED, &fault);
	assert_int_equal(fault.kind, NIMBLE_FAULT_ARGUMENT);
	assert_int_equal(fault.reg[1], 5);
	assert_int_equal(fault.reg[2], 12);
}

/* Pages of machine code are readable and executable, never written. */
static void test_pages(void **state)
{
	struct nimble_ext *ext =
		load_code(CODE(MOV(0, 1), EXIT), NIMBLE_ENGINE_CHECKED);
	uintptr_t code = (uintptr_t)ext->code.machine, from, to;
	FILE *maps = fopen("/proc/self/maps", "r");
	char rights[5], line[512];
	bool found = false;

	(void)state;
	assert_true(nimble_port_is_code(code));
	while (fgets(line, sizeof(line), maps))
		if (sscanf(line, "%lx-%lx %4s", &from, &to, rights) == 3) {
			assert_false(rights[1] == 'w' && rights[2] == 'x');
			if (code < from || code >= to)
				continue;
			found = true;
			assert_string_equal(rights, "r-xp");
		}
	fclose(maps);
	assert_true(found);
	nimble_unload(ext);
}

/* Room that is given back is used again: a thousand times a hundredth of the pool. */
static void test_reuse(void **state)
{
	static struct nx_insn code[50000];
	unsigned int i;

	(void)state;
	for (i = 0; i < 49999; i++)
		code[i] = ADD(0, 1000000);
	code[i] = EXIT;
	for (i = 0; i < 300; i++) {
		struct nimble_ext *ext =
			load_code(code, 50000, NIMBLE_ENGINE_CHECKED);

		assert_string_equal(nimble_tier_name(ext), "checked");
		nimble_unload(ext);
	}
}

static char said[256];

static void listen(const char *line)
{
	snprintf(said, sizeof(said), "%s", line);
}

/* Where there is no executable memory the code is threaded, which is said, and all
 * that was taken for the other is given back. */
static void without_memory(enum nimble_engine engine,
			   enum nimble_engine instead)
{
	struct nimble_ext *ext, *plain;
	uint64_t result;

	*said = 0;
	nimble_user_log(listen);
	setenv("NIMBLE_NO_CODE", "1", 1);
	ext = load_code(CODE(MOV(0, 7), EXIT), engine);
	unsetenv("NIMBLE_NO_CODE");
	plain = load_code(CODE(MOV(0, 7), EXIT), instead);
	nimble_user_log(NULL);
	assert_string_equal(nimble_tier_name(ext), nimble_engine_name(instead));
	assert_non_null(strstr(said, "no executable memory"));
	assert_non_null(strstr(said, nimble_engine_name(instead)));
	assert_int_equal(nimble_memory(ext), nimble_memory(plain));
	assert_int_equal(run_ext(ext, 50, &result), 0);
	assert_int_equal(result, 7);
	nimble_unload(ext);
	nimble_unload(plain);
}

static void test_without_memory(void **state)
{
	(void)state;
	without_memory(NIMBLE_ENGINE_CHECKED, NIMBLE_ENGINE_THREADED_CHECKED);
	without_memory(NIMBLE_ENGINE_UNCHECKED,
		       NIMBLE_ENGINE_THREADED_UNCHECKED);
}

/* The code counts: a quota that leaves no room for it is exceeded. */
static void test_quota(void **state)
{
	struct nimble_load_options options = {.engine = NIMBLE_ENGINE_CHECKED,
					      .id = 1};
	struct nx_build build = {0};
	struct nimble_diag diag;
	struct nimble_ext *ext;
	uint64_t enough, quota;
	size_t bytes;
	uint8_t *image;

	(void)state;
	image = finish(&build, CODE(MOV(0, 1), EXIT), &bytes);
	assert_int_equal(nimble_load(image, bytes, &options, &ext, &diag), 0);
	enough = nimble_memory(ext);
	assert_true(enough > ext->code.machine_bytes);
	nimble_unload(ext);
	for (quota = bytes; quota < enough; quota += 64) {
		options.quota_bytes = quota;
		assert_int_equal(nimble_load(image, bytes, &options, &ext,
					     &diag),
				 -ENOSPC);
	}
	options.quota_bytes = enough;
	assert_int_equal(nimble_load(image, bytes, &options, &ext, &diag), 0);
	nimble_unload(ext);
	free(image);
}

/* Every address of the code leads to its instruction: the first, the last byte, and
 * those of instructions that became nothing. */
static void test_addresses(void **state)
{
	struct nimble_ext *ext =
		load_code(CODE(MOV(0, 1), LDDW(1, 0, 5, 6), MOVR(2, 2),
			       LDX(BPF_B, 3, 10, -1), CALL(1), EXIT),
			  NIMBLE_ENGINE_UNCHECKED);
	const struct nimble_code *code = &ext->code;
	uint32_t i;

	(void)state;
	assert_int_equal(code->cells[3], code->cells[4]);
	for (i = 0; i < code->count; i++) {
		if (code->cells[i] == code->cells[i + 1])
			continue;
		assert_int_equal(nimble_copy_insn(code, code->cells[i]), i);
		assert_int_equal(nimble_copy_insn(code, code->cells[i + 1] - 1),
				 i);
	}
	nimble_unload(ext);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_record),
		cmocka_unit_test(test_arguments_stay),
		cmocka_unit_test(test_pages),
		cmocka_unit_test(test_reuse),
		cmocka_unit_test(test_without_memory),
		cmocka_unit_test(test_quota),
		cmocka_unit_test(test_addresses),
	};

	return cmocka_run_group_tests_name("nimble copy", tests, NULL, NULL);
}
