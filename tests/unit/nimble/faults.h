/* SPDX-License-Identifier: MIT */
/* For tests of what checked engines must stop. */
#ifndef TESTS_UNIT_NIMBLE_FAULTS_H
#define TESTS_UNIT_NIMBLE_FAULTS_H

#include "tests/unit/nimble/image.h"

static const enum nimble_engine checked_engines[] = {
	NIMBLE_ENGINE_CHECKED, NIMBLE_ENGINE_THREADED_CHECKED,
	NIMBLE_ENGINE_TRACED};

#define CHECKED_ENGINES (sizeof(checked_engines) / sizeof(checked_engines[0]))

struct expect {
	enum nimble_fault_kind kind;
	uint32_t insn;
};

/* The program faults as expected on all checked engines, with and without its
 * instructions joined, and again as soon as it runs in a second frame. */
static inline void faults(struct nx_build (*make)(void),
			  const struct nx_insn *code, size_t count,
			  struct expect expect)
{
	unsigned int i;

	for (i = 0; i < CHECKED_ENGINES; i++) {
		struct nx_build build = make ? make() : (struct nx_build){0};
		struct nimble_diag diag;
		struct nimble_fault fault;
		struct nimble_ext *ext = load_build(&build, code, count,
						    checked_engines[i], &diag);
		uint64_t result;

		if (!ext)
			fail_msg("refused: %s", diag.message);
		assert_int_equal(run_ext(ext, 1000, &result), -EFAULT);
		nimble_fault(ext, &fault);
		assert_string_equal(nimble_fault_name(fault.kind),
				    nimble_fault_name(expect.kind));
		assert_int_equal(fault.insn, expect.insn);
		assert_int_equal(run_ext(ext, 1000, &result), -EIO);
		nimble_unload(ext);
	}
}

#define FAULTS(kind, insn, ...) \
	faults(NULL, CODE(__VA_ARGS__), (struct expect){kind, insn})

#endif
