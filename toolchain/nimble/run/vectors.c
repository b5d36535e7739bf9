/* SPDX-License-Identifier: MIT */
/* nimble-run --vectors: instruction vectors, one JSON object a line. */
/*
 * An entry with a "result" must load and return it; one with an "error", or
 * without a result, must be refused, with a message. A line that is no such
 * entry has failed. Helper 5 of the vectors
 * returns its first argument and ends the program where that is 0.
 */
#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "nimble/user/user.h"
#include "toolchain/nimble/nxbuild.h"
#include "toolchain/nimble/run/run.h"

#define VECTOR_HELPER 5
#define VECTOR_MEMORY 4096

static uint64_t unwind_if_zero(NIMBLE_HELPER_ARGS)
{
	(void)a2, (void)a3, (void)a4, (void)a5;
	if (!a1)
		nimble_helper_fault(run, NIMBLE_FAULT_ARGUMENT, a1);
	return a1;
}

static const struct nimble_helper vector_helpers[] = {
	{"vector_helper", "ii____", unwind_if_zero, 7, true},
	{0},
};

/* Bytes of a hexadecimal string; -1 where it is none. */
static int unhex(const char *text, uint8_t *to, size_t room)
{
	size_t i, count = strlen(text) / 2;

	if (strlen(text) % 2 || count > room)
		return -1;
	for (i = 0; i < count; i++) {
		char byte[3] = {text[2 * i], text[2 * i + 1]}, *end;

		if (!isxdigit((unsigned char)byte[0]))
			return -1;
		to[i] = (uint8_t)strtoul(byte, &end, 16);
		if (*end)
			return -1;
	}
	return (int)count;
}

static uint8_t *image_of(const uint8_t *code, size_t bytes, size_t *image_bytes)
{
	struct nx_build build = {0};
	struct nx_hook hook = {0};
	int i;

	for (i = 0; i < VECTOR_HELPER; i++)
		nx_append(&build, NX_SEC_IMPORTS, NULL,
			  sizeof(struct nx_import));
	nx_append(&build, NX_SEC_IMPORTS,
		  &(struct nx_import){nx_string(&build, "vector_helper"), 0},
		  sizeof(struct nx_import));
	hook.hook = nx_string(&build, "call");
	hook.function = nx_string(&build, "vector");
	nx_append(&build, NX_SEC_HOOKS, &hook, sizeof(hook));
	nx_append(&build, NX_SEC_CODE, code, bytes);
	return nx_finish(&build, image_bytes);
}

struct vector {
	const char *name;
	bool refused; /* must be */
	uint64_t result;
	uint8_t memory[VECTOR_MEMORY];
	int memory_bytes;
	uint8_t *code;
	int code_bytes;
};

/* Run the loaded program. Returns an empty string, or what went wrong. */
static void run_vector(struct nimble_ext *ext, struct vector *vector, char *why,
		       size_t why_bytes)
{
	struct nimble_call call = {
		.ext = ext,
		.level = NIMBLE_LEVEL_TASK,
		.ctx = vector->memory,
		.ctx_bytes = (uint32_t)vector->memory_bytes,
		.copy_all = true,
		.budget = NIMBLE_BUDGET_TASK,
	};
	struct nimble_fault fault;
	int error = nimble_run(&call);

	*why = 0;
	nimble_fault(ext, &fault);
	if (error)
		snprintf(why, why_bytes, "error %d: %s at instruction %u",
			 error, nimble_fault_name(fault.kind), fault.insn);
	else if (call.result != vector->result)
		snprintf(why, why_bytes, "r0 is 0x%" PRIx64 ", not 0x%" PRIx64,
			 call.result, vector->result);
}

static void try_vector(struct vector *vector, enum nimble_engine engine,
		       char *why, size_t why_bytes)
{
	struct nimble_load_options options = {.engine = engine,
					      .trusted = true,
					      .no_context =
						      !vector->memory_bytes,
					      .id = 1,
					      .ctx_bytes = VECTOR_MEMORY};
	struct nimble_diag diag;
	struct nimble_ext *ext;
	size_t bytes;
	uint8_t *image =
		image_of(vector->code, (size_t)vector->code_bytes, &bytes);
	int error = nimble_load(image, bytes, &options, &ext, &diag);

	*why = 0;
	if (error && !vector->refused)
		snprintf(why, why_bytes, "refused: %s", diag.message);
	else if (error && !*diag.message)
		snprintf(why, why_bytes, "refused without a message");
	else if (!error && vector->refused)
		snprintf(why, why_bytes, "loaded, but must be refused");
	else if (!error)
		run_vector(ext, vector, why, why_bytes);
	if (!error)
		nimble_unload(ext);
	free(image);
}

static const char *text(const json_t *object, const char *key)
{
	return json_string_value(json_object_get(object, key));
}

/* Read the expected result: 0, or -1 where it is not well-formed. */
static int read_result(const json_t *object, struct vector *vector)
{
	const char *result = text(object, "result");
	char *end;

	vector->refused = json_object_get(object, "error") ||
			  !json_object_get(object, "result");
	if (vector->refused)
		return 0;
	if (!result || !*result)
		return -1;
	vector->result = strtoull(result, &end, 0);
	return *end ? -1 : 0;
}

/* 0, or -1 where the line is no vector. */
static int read_vector(const json_t *object, struct vector *vector)
{
	const char *code = text(object, "code"), *mem = text(object, "mem");

	memset(vector, 0, sizeof(*vector));
	vector->name = text(object, "name");
	if (!vector->name || !code || read_result(object, vector))
		return -1;
	vector->code = malloc(strlen(code) / 2 + 1);
	if (!vector->code)
		return -1;
	vector->code_bytes = unhex(code, vector->code, strlen(code) / 2);
	if (mem)
		vector->memory_bytes =
			unhex(mem, vector->memory, sizeof(vector->memory));
	return vector->code_bytes < 0 || vector->memory_bytes < 0 ? -1 : 0;
}

/* One line: an empty string, or what is wrong with which vector. */
static void try_line(const char *line, enum nimble_engine engine, char *why,
		     size_t why_bytes)
{
	json_t *object = json_loads(line, 0, NULL);
	struct vector vector;
	size_t used;

	if (read_vector(object, &vector))
		snprintf(why, why_bytes, "no vector");
	else
		try_vector(&vector, engine, why, why_bytes);
	if (*why) {
		used = strlen(why);
		snprintf(why + used, why_bytes - used, " (%s)",
			 vector.name ? vector.name : "no name");
	}
	free(vector.code);
	json_decref(object);
}

int run_vectors(const char *path, enum nimble_engine engine)
{
	unsigned int passed = 0, failed = 0;
	char *line = NULL, why[320];
	size_t room = 0;
	FILE *file = fopen(path, "r");
	int error = file ? 0 : errno;

	nimble_user_helpers(vector_helpers);
	while (file && getline(&line, &room, file) > 0) {
		try_line(line, engine, why, sizeof(why));
		failed += !!*why;
		passed += !*why;
		if (*why)
			printf("%s:%u: %s\n", path, passed + failed, why);
	}
	if (file && ferror(file))
		error = errno;
	if (error || !(passed + failed))
		fprintf(stderr, "%s: %s\n", path,
			error ? strerror(error) : "no vectors");
	else
		printf("%u passed, %u failed\n", passed, failed);
	free(line);
	if (file)
		fclose(file);
	return error || !(passed + failed) ? 2 : failed ? 1 : 0;
}
