/* SPDX-License-Identifier: MIT */
/* Small images for unit tests. */
#ifndef TESTS_UNIT_NIMBLE_IMAGE_H
#define TESTS_UNIT_NIMBLE_IMAGE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "nimble/user/layout.h"
#include "nimble/user/user.h"
#include "tests/unit/nimble/code.h"
#include "toolchain/nimble/nxbuild.h"

#define CALL_WORDS (sizeof(struct nimble_ctx_call) / 8) /* of a context */

static inline void add_hook(struct nx_build *build, const char *name)
{
	struct nx_hook hook = {.hook = nx_string(build, name),
			       .function = nx_string(build, "entry")};

	nx_append(build, NX_SEC_HOOKS, &hook, sizeof(hook));
}

/* Appends the code and a hook "call" at its start. */
static inline void add_code(struct nx_build *build, const struct nx_insn *code,
			    size_t count)
{
	add_hook(build, "call");
	nx_append(build, NX_SEC_CODE, code, count * sizeof(*code));
}

/* The same; gives the image. */
static inline uint8_t *finish(struct nx_build *build,
			      const struct nx_insn *code, size_t count,
			      size_t *bytes)
{
	add_code(build, code, count);
	return nx_finish(build, bytes);
}

/* Load what is built; NULL with diag filled where it is refused. */
static inline struct nimble_ext *load_built(struct nx_build *build,
					    enum nimble_engine engine,
					    struct nimble_diag *diag)
{
	struct nimble_load_options options = {.engine = engine,
					      .trusted = engine !=
							 NIMBLE_ENGINE_CHECKED,
					      .id = 1};
	struct nimble_ext *ext;
	size_t bytes;
	uint8_t *image = nx_finish(build, &bytes);

	nimble_init();
	memset(diag, 0, sizeof(*diag));
	nimble_load(image, bytes, &options, &ext, diag);
	free(image);
	return ext;
}

static inline struct nimble_ext *
load_build(struct nx_build *build, const struct nx_insn *code, size_t count,
	   enum nimble_engine engine, struct nimble_diag *diag)
{
	add_code(build, code, count);
	return load_built(build, engine, diag);
}

/* Run entry 0, a hook call; the error of nimble_run(). */
static inline int run_ext(struct nimble_ext *ext, int64_t budget,
			  uint64_t *result)
{
	uint64_t ctx[CALL_WORDS] = {1, 2, 3, 4, 5, 6, 7, 8};
	struct nimble_call call = {.ext = ext,
				   .level = NIMBLE_LEVEL_TASK,
				   .ctx = ctx,
				   .ctx_bytes = sizeof(ctx),
				   .budget = budget};
	int error = nimble_run(&call);

	*result = call.result;
	return error;
}

#endif
