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

#define REFUSED(message, ...)                                                \
	do {                                                                 \
		struct nx_build build_ = {0};                                \
		expect_refused(&build_, CODE(__VA_ARGS__), EINVAL, message); \
	} while (0)

static void test_static_checks(void **state)
{
	(void)state;
	REFUSED("unknown opcode", I(0xff, 0, 0, 0, 0), EXIT);
	REFUSED("r10 is read-only", MOV(10, 1), EXIT);
	REFUSED("r10 is read-only", LDX(BPF_DW, 10, 1, 0), EXIT);
	REFUSED("r10 is read-only",
		ATOMIC(BPF_DW, 1, 10, 0, BPF_ADD | BPF_FETCH), EXIT);
	REFUSED("no register r11", MOVR(1, 11), EXIT);
	REFUSED("no register r12", MOV(12, 0), EXIT);
	REFUSED("unused field offset", I(0x07, 1, 0, 1, 1), EXIT);
	REFUSED("unused field src", I(0x07, 1, 1, 0, 1), EXIT);
	REFUSED("unused field imm", I(0x0f, 1, 1, 0, 1), EXIT);
	REFUSED("unused field dst", I(0x05, 1, 0, 0, 0), EXIT);
	REFUSED("jump goes outside", JA(5), EXIT);
	REFUSED("jump goes outside", JA(-3), EXIT);
	REFUSED("call goes outside", CALL_LOCAL(7), EXIT);
	REFUSED("call of unknown kind 2", I(0x85, 0, 2, 0, 0), EXIT);
	REFUSED("second half of lddw", JA(1), LDDW(1, 0, 1, 2), EXIT);
	REFUSED("second half of lddw is missing", MOV(0, 0),
		I(NX_OP_LDDW, 1, 0, 0, 0));
	REFUSED("second half of lddw is malformed", I(NX_OP_LDDW, 1, 0, 0, 0),
		EXIT);
	REFUSED("lddw of unknown kind 9", LDDW(1, 9, 0, 0), EXIT);
	REFUSED("run off its end", MOV(0, 0));
	REFUSED("run off its end", JEQ(0, 0, -1));
	REFUSED("run off its end", EXIT, LDDW(0, 0, 0, 0));
	REFUSED("outside the stack frame", LDX(BPF_DW, 0, 10, -520), EXIT);
	REFUSED("outside the stack frame", STX(BPF_W, 10, 0, -2), EXIT);
	REFUSED("outside the stack frame", ST(BPF_B, 10, 0, 1), EXIT);
	REFUSED("outside the stack frame", ATOMIC(BPF_DW, 10, 0, 8, BPF_ADD),
		EXIT);
	REFUSED("call of helper 0", CALL(0), EXIT);
	REFUSED("there is no map 0", LDDW(1, NX_IMM_MAP, 0, 0), EXIT);
	REFUSED("outside the data", LDDW(1, NX_IMM_DATA, 1, 0), EXIT);
	REFUSED("outside the read-only data", LDDW(1, NX_IMM_RODATA, 1, 0),
		EXIT);
	REFUSED("unknown atomic operation", ATOMIC(BPF_DW, 1, 2, 0, BPF_SUB),
		EXIT);
	REFUSED("no byte swap of 24 bits", I(0xd4, 1, 0, 0, 24), EXIT);
	REFUSED("sign-extends from 7 bits", I(0xbf, 1, 1, 7, 0), EXIT);
	REFUSED("offset 2 of a division", I(0x3f, 1, 1, 2, 0), EXIT);
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

static void test_level_of_helper(void **state)
{
	struct nx_hook hook = {0};
	struct nx_build build = {0};

	(void)state;
	nx_import(&build, "user_read");
	hook.hook = nx_string(&build, "sched_pick_next");
	nx_append(&build, NX_SEC_HOOKS, &hook, sizeof(hook));
	expect_refused(&build, CODE(CALL_LOCAL(1), EXIT, CALL(0), EXIT), EINVAL,
		       "helper user_read cannot be called from hook "
		       "sched_pick_next");
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

static void test_quota(void **state)
{
	struct nimble_load_options options = {.id = 1, .quota_bytes = 4096};
	struct nimble_diag diag;
	struct nimble_ext *ext;
	struct nx_build build = {0};
	size_t bytes;
	uint8_t *image = finish(&build, CODE(MOV(0, 0), EXIT), &bytes);

	(void)state;
	nimble_init();
	assert_int_equal(nimble_load(image, bytes, &options, &ext, &diag),
			 -ENOSPC);
	assert_non_null(strstr(diag.message, "quota"));
	free(image);
}

/* Farther than 16 bits reach. */
static void test_far_jump(void **state)
{
	static struct nx_insn code[40003];
	struct nx_build build = {0};
	struct nimble_diag diag;
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
	assert_int_equal(run_ext(ext, 1, &result), 0);
	assert_int_equal(result, 5);
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
		cmocka_unit_test(test_helpers_and_trust),
		cmocka_unit_test(test_level_of_helper),
		cmocka_unit_test(test_maps),
		cmocka_unit_test(test_damaged_images),
		cmocka_unit_test(test_quota),
		cmocka_unit_test(test_far_jump),
		cmocka_unit_test(test_unchecked_needs_trust),
	};

	return cmocka_run_group_tests_name("nimble load", tests, NULL, NULL);
}
