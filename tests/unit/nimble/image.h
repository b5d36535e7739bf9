/* SPDX-License-Identifier: MIT */
/* Small images for unit tests, and instructions to write them with. */
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
#include "toolchain/nimble/nxbuild.h"

#define I(opcode, dst, src, off, imm)      \
	(struct nx_insn)                   \
	{                                  \
		opcode, dst, src, off, imm \
	}
#define MOV(dst, imm) I(BPF_ALU64 | BPF_MOV | BPF_K, dst, 0, 0, imm)
#define MOVR(dst, src) I(BPF_ALU64 | BPF_MOV | BPF_X, dst, src, 0, 0)
#define ADD(dst, imm) I(BPF_ALU64 | BPF_ADD | BPF_K, dst, 0, 0, imm)
#define LDX(size, dst, src, off) I(BPF_LDX | BPF_MEM | size, dst, src, off, 0)
#define STX(size, dst, src, off) I(BPF_STX | BPF_MEM | size, dst, src, off, 0)
#define ST(size, dst, off, imm) I(BPF_ST | BPF_MEM | size, dst, 0, off, imm)
#define ATOMIC(size, dst, src, off, op) \
	I(BPF_STX | BPF_ATOMIC | (size), dst, src, off, op)
#define JA(off) I(BPF_JMP | BPF_JA, 0, 0, off, 0)
#define JEQ(dst, imm, off) I(BPF_JMP | BPF_JEQ | BPF_K, dst, 0, off, imm)
#define CALL(index) I(BPF_JMP | BPF_CALL, 0, NX_CALL_HELPER, 0, index)
#define CALL_LOCAL(offset) I(BPF_JMP | BPF_CALL, 0, NX_CALL_LOCAL, 0, offset)
#define LDDW(dst, src, imm, next) \
	I(NX_OP_LDDW, dst, src, 0, imm), I(0, 0, 0, 0, next)
#define EXIT I(BPF_JMP | BPF_EXIT, 0, 0, 0, 0)

#define CODE(...)                              \
	(const struct nx_insn[]){__VA_ARGS__}, \
		sizeof((const struct nx_insn[]){__VA_ARGS__}) / 8

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

/* The context of hook call, in words: what code that is built here runs on. */
#define CALL_WORDS (sizeof(struct nimble_ctx_call) / 8)

/* Run entry 0; the error of nimble_run(). */
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
