/* SPDX-License-Identifier: MIT */
/* Ways out of an extension's memory, each tried on each engine. */
#include "tests/unit/nimble/escapes.h"
#include "tests/unit/nimble/faults.h"

#include <sys/mman.h>

/* r1 is the arena's first byte: the context of CPU 0. */
static void test_pointer_wrap_around(void **state)
{
	(void)state;
	FAULTS(NIMBLE_FAULT_READ, 1, ADD(1, -1), LDX(BPF_B, 0, 1, 0), EXIT);
	FAULTS(NIMBLE_FAULT_WRITE, 1, ADD(1, -8), STX(BPF_DW, 1, 0, 4), EXIT);
}

static uint32_t readable(enum nimble_engine engine)
{
	struct nx_build build = {0};
	struct nimble_layout layout;
	struct nimble_diag diag;
	struct nimble_ext *ext =
		load_build(&build, CODE(MOV(0, 0), EXIT), engine, &diag);

	nimble_layout(ext, &layout);
	nimble_unload(ext);
	return (uint32_t)layout.readable;
}

/* Every size at every distance from the end: the last byte may be reached,
 * the next may not, and nothing may straddle. */
static void test_ends_of_regions(void **state)
{
	static const uint8_t sizes[] = {BPF_B, BPF_H, BPF_W, BPF_DW};
	static const int bytes[] = {1, 2, 4, 8};
	unsigned int s, e;
	int back;

	(void)state;
	for (e = 0; e < CHECKED_ENGINES; e++) {
		int end = (int)readable(checked_engines[e]);

		for (s = 0; s < 4; s++)
			for (back = 0; back <= 9; back++) {
				struct nx_build build = {0}, other = {0};
				struct nimble_diag diag;
				uint64_t result;
				int want = back < bytes[s] ? -EFAULT : 0;
				struct nimble_ext *load = load_build(
					&build,
					CODE(ADD(1, end - back),
					     LDX(sizes[s], 0, 1, 0), EXIT),
					checked_engines[e], &diag);
				struct nimble_ext *store = load_build(
					&other,
					CODE(ADD(1, end),
					     STX(sizes[s], 1, 0, -back), EXIT),
					checked_engines[e], &diag);

				assert_int_equal(run_ext(load, 10, &result),
						 want);
				assert_int_equal(run_ext(store, 10, &result),
						 want);
				nimble_unload(load);
				nimble_unload(store);
			}
	}
}

/* Each on each engine; on the LWK: tests/lwk/nimble-files.c. */
static struct nx_build for_escapes(void)
{
	struct nx_build build = {0};

	nx_import(&build, "map_lookup");
	nx_import(&build, "this_cpu");
	nx_append(&build, NX_SEC_DATA, "variable", 8);
	nx_append(&build, NX_SEC_RODATA, "constant", 8);
	return build;
}

static void test_everywhere(void **state)
{
	unsigned int i;

	(void)state;
	for (i = 0; i < ESCAPES; i++)
		faults(for_escapes, escapes[i].code, escape_length(&escapes[i]),
		       (struct expect){escapes[i].kind, escapes[i].insn});
}

static void test_atomics(void **state)
{
	int end = (int)readable(NIMBLE_ENGINE_CHECKED);

	(void)state;
	FAULTS(NIMBLE_FAULT_WRITE, 1, ADD(1, end - 4),
	       ATOMIC(BPF_DW, 1, 2, 0, BPF_ADD), EXIT);
	FAULTS(NIMBLE_FAULT_WRITE, 1, ADD(1, end),
	       ATOMIC(BPF_W, 1, 2, -3, BPF_XCHG), EXIT);
}

/* Only what the hook lets an extension change goes back. */
static void test_context_in_fields(void **state)
{
	struct nimble_ctx_syscall_entry ctx = {.task = 1, .nr = 2, .ret = 3};
	const struct nx_insn code[] = {ST(BPF_DW, 1, 0, 77), /* task */
				       ST(BPF_DW, 1, 8, 88), /* nr */
				       MOV(0, 0), EXIT};
	struct nimble_call call = {.level = NIMBLE_LEVEL_TASK,
				   .ctx = &ctx,
				   .ctx_bytes = sizeof(ctx),
				   .budget = 10};
	struct nx_build build = {0};
	struct nimble_diag diag;

	(void)state;
	add_hook(&build, "syscall_entry");
	nx_append(&build, NX_SEC_CODE, code, sizeof(code));
	call.ext = load_built(&build, NIMBLE_ENGINE_CHECKED, &diag);
	assert_non_null(call.ext);
	assert_int_equal(nimble_run(&call), 0);
	assert_int_equal(ctx.task, 1);
	assert_int_equal(ctx.nr, 88);
	assert_int_equal(ctx.ret, 3);
	nimble_unload(call.ext);
}

/* Below the deepest frame lies another level's; above, what comes next. */
static void test_stack_from_deep_inside(void **state)
{
	(void)state;
	/* A frame's pointer may be passed down: that is its use. */
	struct nx_build build = {0};
	struct nimble_diag diag;
	uint64_t result;
	struct nimble_ext *ext = load_build(
		&build,
		CODE(MOVR(1, 10), ADD(1, -8), CALL_LOCAL(2),
		     LDX(BPF_DW, 0, 10, -8), EXIT, ST(BPF_DW, 1, 0, 42), EXIT),
		NIMBLE_ENGINE_CHECKED, &diag);

	assert_int_equal(run_ext(ext, 10, &result), 0);
	assert_int_equal(result, 42);
	nimble_unload(ext);
}

/* r1-r5 after a helper, r0 and r3-r9 at the start: nothing of the host's. */
static void test_no_host_registers_seen(void **state)
{
	unsigned int e, r;

	(void)state;
	for (e = 0; e < CHECKED_ENGINES; e++)
		for (r = 0; r < 10; r++) {
			struct nx_build build = {0};
			struct nimble_diag diag;
			uint64_t result;
			bool after = r >= 1 && r <= 5;
			struct nimble_ext *ext;

			nx_import(&build, "this_cpu");
			ext = load_build(&build,
					 CODE(JA(after ? 0 : 1), CALL(0),
					      MOVR(0, r), EXIT),
					 checked_engines[e], &diag);
			assert_int_equal(run_ext(ext, 10, &result), 0);
			assert_int_equal(result, 0);
			nimble_unload(ext);
		}
}

/* The hook fires again inside itself, on the same CPU and level: refused; on
 * another level or CPU: another frame. */
static struct nimble_ext *nested_ext;
static int nested_errors[3];

static uint64_t fire_again(NIMBLE_HELPER_ARGS)
{
	struct nimble_call call = {.ext = nested_ext, .budget = 100};
	uint64_t ctx[CALL_WORDS] = {0};

	if (a1)
		return 0;
	ctx[0] = 1;
	call.ctx = ctx;
	call.ctx_bytes = sizeof(ctx);
	call.level = NIMBLE_LEVEL_TASK;
	nested_errors[0] = nimble_run(&call);
	call.level = NIMBLE_LEVEL_ATOMIC;
	nested_errors[1] = nimble_run(&call);
	nimble_user_set_cpu(1);
	call.level = NIMBLE_LEVEL_TASK;
	nested_errors[2] = nimble_run(&call);
	nimble_user_set_cpu(0);
	return 0;
}

static void test_frame_reentered(void **state)
{
	static const struct nimble_helper helpers[] = {
		{"fire_again", "ii", fire_again, 7, true}, {0}};
	struct nx_build build = {0};
	struct nimble_diag diag;
	uint64_t ctx[CALL_WORDS] = {0};
	struct nimble_call call = {.ctx = ctx,
				   .ctx_bytes = sizeof(ctx),
				   .level = NIMBLE_LEVEL_TASK,
				   .budget = 100};
	struct nimble_counters counters;

	(void)state;
	nimble_user_helpers(helpers);
	nx_import(&build, "fire_again");
	/* Keeps a value in its frame and its context over the nested runs. */
	nested_ext = load_build(
		&build,
		CODE(MOVR(6, 1), LDX(BPF_DW, 1, 1, 0), STX(BPF_DW, 10, 1, -8),
		     ST(BPF_DW, 6, 8, 77), CALL(0), LDX(BPF_DW, 0, 10, -8),
		     LDX(BPF_DW, 1, 6, 0), I(0x0f, 0, 1, 0, 0),
		     LDX(BPF_DW, 1, 6, 8), I(0x0f, 0, 1, 0, 0), EXIT),
		NIMBLE_ENGINE_CHECKED, &diag);
	call.ext = nested_ext;
	assert_int_equal(nimble_run(&call), 0);
	assert_int_equal(call.result, 77);
	assert_int_equal(nested_errors[0], -EBUSY);
	assert_int_equal(nested_errors[1], 0);
	assert_int_equal(nested_errors[2], 0);
	nimble_counters(nested_ext, NIMBLE_ALL_CPUS, &counters);
	assert_int_equal(counters.busy, 1);
	assert_int_equal(counters.runs, 3);
	nimble_unload(nested_ext);
	nimble_user_helpers(NULL);
}

/* Application memory: by the accessor only, at task level only. */
static void test_application_memory(void **state)
{
	uint8_t *page = mmap(NULL, 8192, PROT_READ | PROT_WRITE,
			     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	uint64_t address = (uintptr_t)page;
	struct nx_build build = {0};
	struct nimble_diag diag;
	uint64_t ctx[CALL_WORDS] = {0};
	struct nimble_call call = {
		.ctx = ctx, .ctx_bytes = sizeof(ctx), .budget = 100};

	(void)state;
	munmap(page + 4096, 4096);
	memset(page, 0xab, 4096);
	nimble_user_window(page, 8192);
	call.ext = load_build(&build,
			      CODE(LDX(BPF_DW, 1, 1, 0), LDX(BPF_W, 0, 1, 0),
				   STX(BPF_B, 1, 0, 1), EXIT),
			      NIMBLE_ENGINE_CHECKED, &diag);
	ctx[0] = address + 4092;
	call.level = NIMBLE_LEVEL_TASK;
	assert_int_equal(nimble_run(&call), 0);
	assert_int_equal(call.result, 0xabababab);
	/* The page behind is not there: an error, no crash. */
	ctx[0] = address + 4093;
	assert_int_equal(nimble_run(&call), -EFAULT);
	nimble_unload(call.ext);
	build = (struct nx_build){0};
	call.ext = load_build(
		&build, CODE(LDX(BPF_DW, 1, 1, 0), LDX(BPF_W, 0, 1, 0), EXIT),
		NIMBLE_ENGINE_CHECKED, &diag);
	ctx[0] = address;
	call.level = NIMBLE_LEVEL_ATOMIC;
	assert_int_equal(nimble_run(&call), -EFAULT);
	nimble_unload(call.ext);
	nimble_user_window(NULL, 0);
	munmap(page, 4096);
}

/* Unchecked code goes where it says; the processor's exception unwinds it. */
static void trap_by(enum nimble_engine engine)
{
	struct nx_build build = {0};
	struct nimble_diag diag;
	struct nimble_fault fault;
	uint64_t result;
	struct nimble_ext *ext =
		load_build(&build,
			   CODE(MOV(0, 5), MOV(3, 4096), MOVR(4, 3),
				LDX(BPF_DW, 0, 4, 8), EXIT),
			   engine, &diag);

	nimble_user_catch_traps();
	assert_int_equal(run_ext(ext, 10, &result), -EFAULT);
	nimble_fault(ext, &fault);
	assert_int_equal(fault.kind, NIMBLE_FAULT_TRAP);
	assert_int_equal(fault.insn, 3);
	assert_int_equal(fault.address, 4104);
	assert_int_equal(fault.reg[0], 5);
	nimble_unload(ext);
}

static void test_trap(void **state)
{
	(void)state;
	trap_by(NIMBLE_ENGINE_UNCHECKED);
	trap_by(NIMBLE_ENGINE_THREADED_UNCHECKED);
}

/* Compilers make addresses outside, from which they reach inside; and one that
 * stays outside is stopped by the access. */
static void test_addresses_outside(void **state)
{
	struct nx_build build = {0};
	struct nimble_diag diag;
	struct nimble_ext *ext;
	uint64_t result;

	(void)state;
	nx_append(&build, NX_SEC_DATA, "12345678", 8);
	ext = load_build(&build,
			 CODE(LDDW(1, NX_IMM_DATA, -4096, 0), ADD(1, 4096),
			      LDX(BPF_B, 0, 1, 7), EXIT),
			 NIMBLE_ENGINE_CHECKED, &diag);
	assert_non_null(ext);
	assert_int_equal(run_ext(ext, 10, &result), 0);
	assert_int_equal(result, '8');
	nimble_unload(ext);
}

/* The same at an atomic operation, which is done by the slow path in C, or by copied
 * code. */
static void trap_in_atomics(enum nimble_engine engine)
{
	static const int32_t ops[] = {BPF_ADD,
				      BPF_OR,
				      BPF_AND,
				      BPF_XOR,
				      BPF_ADD | BPF_FETCH,
				      BPF_OR | BPF_FETCH,
				      BPF_AND | BPF_FETCH,
				      BPF_XOR | BPF_FETCH,
				      BPF_XCHG,
				      BPF_CMPXCHG};
	unsigned int i;

	nimble_user_catch_traps();
	for (i = 0; i < 2 * sizeof(ops) / sizeof(ops[0]); i++) {
		struct nx_build build = {0};
		struct nimble_diag diag;
		struct nimble_fault fault;
		uint64_t result;
		struct nimble_ext *ext =
			load_build(&build,
				   CODE(MOV(0, 5), MOV(4, 4096), MOV(7, 9),
					ATOMIC(i & 1 ? BPF_W : BPF_DW, 4, 0, 8,
					       ops[i / 2]),
					EXIT),
				   engine, &diag);

		assert_int_equal(run_ext(ext, 10, &result), -EFAULT);
		nimble_fault(ext, &fault);
		assert_int_equal(fault.kind, NIMBLE_FAULT_TRAP);
		assert_int_equal(fault.insn, 3);
		assert_int_equal(fault.address, 4104);
		assert_int_equal(fault.reg[0], 5);
		assert_int_equal(fault.reg[7], 9);
		assert_int_equal(run_ext(ext, 10, &result), -EIO);
		nimble_unload(ext);
	}
}

static void test_trap_in_atomics(void **state)
{
	(void)state;
	trap_in_atomics(NIMBLE_ENGINE_UNCHECKED);
	trap_in_atomics(NIMBLE_ENGINE_THREADED_UNCHECKED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_pointer_wrap_around),
		cmocka_unit_test(test_ends_of_regions),
		cmocka_unit_test(test_everywhere),
		cmocka_unit_test(test_atomics),
		cmocka_unit_test(test_context_in_fields),
		cmocka_unit_test(test_stack_from_deep_inside),
		cmocka_unit_test(test_no_host_registers_seen),
		cmocka_unit_test(test_frame_reentered),
		cmocka_unit_test(test_application_memory),
		cmocka_unit_test(test_trap),
		cmocka_unit_test(test_trap_in_atomics),
		cmocka_unit_test(test_addresses_outside),
	};

	return cmocka_run_group_tests_name("nimble escape", tests, NULL, NULL);
}
