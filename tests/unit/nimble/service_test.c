/* SPDX-License-Identifier: MIT */
/* Calls between extensions: results, owners, circles, budget, faults. */
#include "tests/unit/nimble/image.h"

#include "nimble/chain.h"

static struct nimble_slots *slots;

/* With five bytes of read-only data: the name of what it may look for. */
static struct nimble_ext *load_for(const char *name, uint32_t id,
				   uint32_t owner, const char *next,
				   const struct nx_insn *code, size_t count)
{
	struct nimble_load_options options = {.id = id, .job = owner};
	struct nx_build build = {0};
	struct nimble_diag diag;
	struct nimble_ext *ext;
	size_t bytes;
	uint8_t *image;

	build.name = nx_string(&build, name);
	nx_import(&build, "ext_find");
	nx_import(&build, "ext_call");
	nx_append(&build, NX_SEC_RODATA, next, 6);
	add_hook(&build, "service");
	image = finish(&build, code, count, &bytes);
	nimble_init();
	if (nimble_load(image, bytes, &options, &ext, &diag))
		fail_msg("%s", diag.message);
	free(image);
	return ext;
}

static struct nimble_ext *load_as(const char *name, uint32_t id, uint32_t owner,
				  const struct nx_insn *code, size_t count)
{
	return load_for(name, id, owner, "other", code, count);
}

/* Entry 1 is the hook "call": run that. */
static int run_call(struct nimble_ext *ext, int64_t budget, uint64_t *result)
{
	uint64_t ctx[CALL_WORDS] = {0};
	struct nimble_call call = {.ext = ext,
				   .entry = 1,
				   .ctx = ctx,
				   .ctx_bytes = sizeof(ctx),
				   .budget = budget};
	int error = nimble_run(&call);

	*result = call.result;
	return error;
}

#define FIND LDDW(1, NX_IMM_RODATA, 0, 0), MOV(2, 5), CALL(0)
#define CALL_IT MOVR(1, 0), MOV(2, 10), MOV(3, 20), MOV(4, 12), CALL(1), EXIT

static void test_result_and_owner(void **state)
{
	struct nimble_ext *other =
		load_as("other", 7, 1,
			CODE(LDX(BPF_DW, 0, 1, 8), LDX(BPF_DW, 2, 1, 16),
			     I(0x0f, 0, 2, 0, 0), LDX(BPF_DW, 2, 1, 24),
			     I(0x0f, 0, 2, 0, 0), LDX(BPF_DW, 2, 1, 0),
			     I(0x67, 2, 0, 0, 8), I(0x0f, 0, 2, 0, 0), EXIT));
	struct nimble_ext *mine = load_as("mine", 8, 1, CODE(FIND, CALL_IT));
	struct nimble_ext *foreign =
		load_as("foreign", 9, 2, CODE(FIND, CALL_IT));
	uint64_t result;

	(void)state;
	assert_int_equal(run_call(mine, 1000, &result), 0);
	assert_int_equal(result, NIMBLE_NO_SERVICE);
	assert_int_equal(nimble_service_add(other), 0);
	assert_int_equal(nimble_service_add(other), -EEXIST);
	assert_int_equal(nimble_attached(other), 1);
	assert_int_equal(run_call(mine, 1000, &result), 0);
	assert_int_equal(result, (8 << 8) + 42);
	assert_int_equal(run_call(foreign, 1000, &result), 0);
	assert_int_equal(result, NIMBLE_NO_SERVICE);
	assert_int_equal(nimble_service_remove(slots, other), 0);
	assert_int_equal(nimble_service_remove(slots, other), -ENOENT);
	assert_int_equal(run_call(mine, 1000, &result), 0);
	assert_int_equal(result, NIMBLE_NO_SERVICE);
	nimble_unload(other);
	nimble_unload(mine);
	nimble_unload(foreign);
}

/* "other" calls itself: refused, since it is running. */
static void test_circle(void **state)
{
	struct nimble_ext *other = load_as("other", 7, 1, CODE(FIND, CALL_IT));
	uint64_t result;

	(void)state;
	assert_int_equal(nimble_service_add(other), 0);
	assert_int_equal(run_call(other, 1000, &result), 0);
	assert_int_equal(result, NIMBLE_NO_SERVICE);
	assert_false(nimble_failed(other));
	nimble_service_remove(slots, other);
	nimble_unload(other);
}

/* The callee never ends: it uses up the caller's budget, and both stop. */
static void test_callers_budget(void **state)
{
	struct nimble_ext *other = load_as("other", 7, 1, CODE(JA(-1), EXIT));
	struct nimble_ext *mine = load_as("mine", 8, 1, CODE(FIND, CALL_IT));
	struct nimble_fault fault;
	uint64_t result;

	(void)state;
	assert_int_equal(nimble_service_add(other), 0);
	assert_int_equal(run_call(mine, 1000, &result), -EFAULT);
	nimble_fault(mine, &fault);
	assert_int_equal(fault.kind, NIMBLE_FAULT_BUDGET);
	assert_true(nimble_failed(other));
	nimble_service_remove(slots, other);
	nimble_unload(other);
	nimble_unload(mine);
}

/* The callee faults: the caller is told, and goes on. */
static void test_callee_faults(void **state)
{
	struct nimble_ext *other = load_as(
		"other", 7, 1, CODE(MOV(1, 0), ST(BPF_B, 1, 0, 1), EXIT));
	struct nimble_ext *mine = load_as("mine", 8, 1, CODE(FIND, CALL_IT));
	uint64_t result;

	(void)state;
	assert_int_equal(nimble_service_add(other), 0);
	assert_int_equal(run_call(mine, 1000, &result), 0);
	assert_int_equal(result, NIMBLE_NO_SERVICE);
	assert_true(nimble_failed(other));
	assert_false(nimble_failed(mine));
	nimble_service_remove(slots, other);
	assert_int_equal(nimble_service_add(other), -EIO);
	nimble_unload(other);
	nimble_unload(mine);
}

/* Seven services in a row, each of which calls the next and adds 1: the fifth is
 * not reached, and everybody goes on. */
static void test_depth(void **state)
{
	static const char *const names[] = {"ext-0", "ext-1", "ext-2", "ext-3",
					    "ext-4", "ext-5", "ext-6", "ext-7"};
	struct nimble_ext *ext[7];
	uint64_t result;
	unsigned int i;

	(void)state;
	for (i = 0; i < 7; i++) {
		ext[i] = load_for(names[i], i + 1, 1, names[i + 1],
				  CODE(FIND, MOVR(1, 0), CALL(1), ADD(0, 1),
				       EXIT));
		assert_int_equal(nimble_service_add(ext[i]), 0);
	}
	assert_int_equal(run_call(ext[0], 10000, &result), 0);
	/* Each that ran has added 1. */
	assert_int_equal(result, NIMBLE_NO_SERVICE + NIMBLE_CALL_DEPTH + 1);
	for (i = 0; i < 7; i++) {
		struct nimble_counters counters;

		nimble_counters(ext[i], NIMBLE_ALL_CPUS, &counters);
		assert_int_equal(counters.runs, i <= NIMBLE_CALL_DEPTH);
		assert_false(nimble_failed(ext[i]));
		nimble_service_remove(slots, ext[i]);
		nimble_unload(ext[i]);
	}
}

/* A callee uses its caller's budget: a run of both charges both. */
static void test_budget_is_shared(void **state)
{
	struct nimble_ext *other = load_as("other", 7, 1,
					   CODE(MOV(0, 300), ADD(0, -1),
						JEQ(0, 0, 1), JA(-3), EXIT));
	struct nimble_ext *mine = load_as("mine", 8, 1, CODE(FIND, CALL_IT));
	uint64_t result;

	(void)state;
	assert_int_equal(nimble_service_add(other), 0);
	/* 300 turns of an addition, a comparison and a jump: each costs 4. */
	assert_int_equal(run_call(mine, 300 * 12 / 128 + 20, &result), 0);
	assert_int_equal(run_call(mine, 300 * 12 / 128, &result), -EFAULT);
	nimble_service_remove(slots, other);
	nimble_unload(other);
	nimble_unload(mine);
}

/* The host hears of a callee that was unwound. */
static struct nimble_ext *heard_of;

static void hear(struct nimble_ext *ext, void *host)
{
	(void)host;
	heard_of = ext;
}

static void test_host_hears(void **state)
{
	struct nimble_ext *other = load_as(
		"other", 7, 1, CODE(MOV(1, 0), ST(BPF_B, 1, 0, 1), EXIT));
	struct nimble_ext *mine = load_as("mine", 8, 1, CODE(FIND, CALL_IT));
	struct nimble_chain chain = {0};
	uint64_t ctx[CALL_WORDS] = {0};
	struct nimble_event event = {.level = NIMBLE_LEVEL_CALL,
				     .ctx = ctx,
				     .ctx_bytes = sizeof(ctx),
				     .budget = 1000,
				     .failed = hear};

	(void)state;
	assert_int_equal(nimble_service_add(other), 0);
	assert_int_equal(
		nimble_attach(&chain, slots, mine, NIMBLE_HOOK_call, 0), 0);
	assert_int_equal(nimble_fire(&chain, slots, &event), NIMBLE_NO_SERVICE);
	assert_ptr_equal(heard_of, other);
	nimble_detach(&chain, slots, mine);
	nimble_service_remove(slots, other);
	nimble_unload(other);
	nimble_unload(mine);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_result_and_owner),
		cmocka_unit_test(test_circle),
		cmocka_unit_test(test_callers_budget),
		cmocka_unit_test(test_callee_faults),
		cmocka_unit_test(test_depth),
		cmocka_unit_test(test_budget_is_shared),
		cmocka_unit_test(test_host_hears),
	};

	slots = nimble_slots_new();
	return cmocka_run_group_tests_name("nimble service", tests, NULL, NULL);
}
