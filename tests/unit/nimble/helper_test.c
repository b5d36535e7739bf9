/* SPDX-License-Identifier: MIT */
/* Attempts to leave the sandbox by helpers: by what is passed to them, which are
 * called, what they hold. */
#include "tests/unit/nimble/faults.h"

static struct nx_build with_helpers(void)
{
	struct nx_map map = {0, NIMBLE_MAP_HASH, 8, 8, 4, 0};
	struct nx_build build = {0};

	nx_import(&build, "mem_set");
	nx_import(&build, "mem_move");
	nx_import(&build, "map_lookup");
	nx_import(&build, "log_text");
	nx_append(&build, NX_SEC_MAPS, &map, sizeof(map));
	return build;
}

#define HELPER_FAULTS(kind, insn, ...) \
	faults(with_helpers, CODE(__VA_ARGS__), (struct expect){kind, insn})

/* Where the loader cannot know the arguments: it looks no further back than to
 * a jump's target. */
static void test_helper_arguments(void **state)
{
	(void)state;
	/* Lengths: too long, and so long that start + length wraps. */
	HELPER_FAULTS(NIMBLE_FAULT_WRITE, 4, MOV(2, 0), MOV(3, 1), MOV(1, 4096),
		      JA(0), CALL(0), EXIT);
	HELPER_FAULTS(NIMBLE_FAULT_WRITE, 4, MOV(2, 0), ADD(1, -1), MOV(3, 2),
		      JA(0), CALL(0), EXIT);
	HELPER_FAULTS(NIMBLE_FAULT_BUDGET, 3, MOV(2, 0), MOV(3, -1), JA(0),
		      CALL(0), EXIT);
	HELPER_FAULTS(NIMBLE_FAULT_BUDGET, 3, MOV(2, 0), MOV(3, 256 * 1000),
		      JA(0), CALL(0), EXIT);
	HELPER_FAULTS(NIMBLE_FAULT_READ, 3, MOV(2, 8), MOV(3, 8), JA(0),
		      CALL(1), EXIT);
	/* Handles: made up, another's index, an address. */
	HELPER_FAULTS(NIMBLE_FAULT_ARGUMENT, 3, MOVR(2, 1), MOV(1, 0), JA(0),
		      CALL(2), EXIT);
	HELPER_FAULTS(NIMBLE_FAULT_ARGUMENT, 4, LDDW(1, NX_IMM_MAP, 0, 0),
		      ADD(1, 1), JA(0), CALL(2), EXIT);
	HELPER_FAULTS(NIMBLE_FAULT_READ, 4, LDDW(1, NX_IMM_MAP, 0, 0),
		      MOV(2, 0), JA(0), CALL(2), EXIT);
	HELPER_FAULTS(NIMBLE_FAULT_READ, 3, MOV(1, 0), MOV(2, 9), JA(0),
		      CALL(3), EXIT);
}

/* To the last byte of what may be read or written, and one farther. */
static void test_helper_at_the_ends(void **state)
{
	unsigned int e, farther, write;

	(void)state;
	for (e = 0; e < CHECKED_ENGINES; e++)
		for (farther = 0; farther < 2; farther++)
			for (write = 0; write < 2; write++) {
				struct nx_build build = with_helpers();
				struct nimble_layout layout;
				struct nimble_diag diag;
				struct nimble_ext *ext;
				uint64_t result;
				int end;

				/* The context is where both are read or
				 * written that are not at the end. */
				ext = load_build(&build, CODE(EXIT),
						 checked_engines[e], &diag);
				nimble_layout(ext, &layout);
				nimble_unload(ext);
				end = (int)(write ? layout.writable
						  : layout.readable) -
				      16 + (int)farther;
				build = with_helpers();
				ext = load_build(&build,
						 CODE(MOVR(2, 1),
						      ADD(write ? 1 : 2, end),
						      MOV(3, 16), JA(0),
						      CALL(1), MOV(0, 0), EXIT),
						 checked_engines[e], &diag);
				assert_int_equal(run_ext(ext, 10, &result),
						 farther ? -EFAULT : 0);
				nimble_unload(ext);
			}
}

/* What a helper holds is released if the run ends before the helper is done. */
static unsigned int released;

static void release(void *what)
{
	released += *(unsigned int *)what;
}

static uint64_t hold_things(NIMBLE_HELPER_ARGS)
{
	static unsigned int one = 1, ten = 10, hundred = 100;

	(void)a1, (void)a2, (void)a3, (void)a4, (void)a5;
	assert_true(nimble_hold(run, release, &one));
	assert_true(nimble_hold(run, release, &ten));
	assert_true(nimble_hold(run, release, &hundred));
	nimble_done(run, &ten);
	return 0;
}

static void test_held_is_released(void **state)
{
	static const struct nimble_helper helpers[] = {
		{"hold_things", "i_____", hold_things, 7, true}, {0}};
	unsigned int e;

	(void)state;
	nimble_user_helpers(helpers);
	for (e = 0; e < CHECKED_ENGINES; e++) {
		struct nx_build build = {0};
		struct nimble_diag diag;
		struct nimble_ext *ext;
		uint64_t result;

		nx_append(&build, NX_SEC_IMPORTS,
			  &(struct nx_import){nx_string(&build, "hold_things"),
					      0},
			  sizeof(struct nx_import));
		ext = load_build(&build, CODE(CALL(0), JA(-1), EXIT),
				 checked_engines[e], &diag);
		released = 0;
		assert_int_equal(run_ext(ext, 10, &result), -EFAULT);
		assert_int_equal(released, 101);
		nimble_unload(ext);
	}
	nimble_user_helpers(NULL);
}

static void test_callx(void **state)
{
	(void)state;
	HELPER_FAULTS(NIMBLE_FAULT_CALLX, 1, MOV(0, 4),
		      I(NX_OP_CALLX, 0, 0, 0, 0), EXIT);
	HELPER_FAULTS(NIMBLE_FAULT_CALLX, 1, MOV(0, -1),
		      I(NX_OP_CALLX, 0, 0, 0, 0), EXIT);
	FAULTS(NIMBLE_FAULT_CALLX, 0, I(NX_OP_CALLX, 1, 0, 0, 0), EXIT);
}

/* Which helper callx calls is known when it runs, and so is whether this level
 * may. */
static void test_callx_level(void **state)
{
	struct nimble_ctx_timer ctx = {0};
	const struct nx_insn code[] = {MOV(0, 0), I(NX_OP_CALLX, 0, 0, 0, 0),
				       EXIT};
	struct nimble_call call = {.level = NIMBLE_LEVEL_ATOMIC,
				   .ctx = &ctx,
				   .ctx_bytes = sizeof(ctx),
				   .budget = 10};
	struct nx_build build = {0};
	struct nimble_fault fault;
	struct nimble_diag diag;

	(void)state;
	nx_import(&build, "user_read");
	add_hook(&build, "timer");
	nx_append(&build, NX_SEC_CODE, code, sizeof(code));
	call.ext = load_built(&build, NIMBLE_ENGINE_CHECKED, &diag);
	assert_non_null(call.ext);
	assert_int_equal(nimble_run(&call), -EFAULT);
	nimble_fault(call.ext, &fault);
	assert_int_equal(fault.kind, NIMBLE_FAULT_CALLX);
	nimble_unload(call.ext);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_helper_arguments),
		cmocka_unit_test(test_helper_at_the_ends),
		cmocka_unit_test(test_held_is_released),
		cmocka_unit_test(test_callx),
		cmocka_unit_test(test_callx_level),
	};

	return cmocka_run_group_tests_name("nimble helpers", tests, NULL, NULL);
}
