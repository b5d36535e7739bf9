/* SPDX-License-Identifier: MIT */
/* On the LWK: what user space tests the engine with, on both tiers. Instruction vectors
 * from the files that are named, and the escapes of tests/unit/nimble/escapes.h. Prints
 * TAP. */
#include <ctype.h>
#include <errno.h>
#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "libnimble/libnimble.h"
#include "tests/unit/nimble/escapes.h"
#include "toolchain/nimble/nxbuild.h"

#define MOST_SAID 5 /* about vectors that fail, of a file */

static struct libnimble *n;
static int count;

static void check(bool passed, const char *name, const char *tier)
{
	printf("%sok %d - %s, %s code\n", passed ? "" : "not ", ++count, name,
	       tier);
	fflush(stdout);
}

static const char *tier_name(uint32_t flags)
{
	return flags & NIMBLE_THREADED ? "threaded" : "machine";
}

/* Loads and attaches what is built, with a hook "call" at its start; -errno. */
static int load(struct nx_build *build, uint32_t flags, uint32_t *id)
{
	struct nx_hook hook = {.hook = nx_string(build, "call")};
	uint8_t *image;
	size_t bytes;
	int error;

	nx_append(build, NX_SEC_HOOKS, &hook, sizeof(hook));
	image = nx_finish(build, &bytes);
	error = libnimble_load(n, image, bytes, flags, NULL, id);
	if (!error)
		error = libnimble_attach(n, *id, NIMBLE_ALL, 0);
	free(image);
	return error;
}

/* Bytes of a hexadecimal string, which is one; malloc'ed. */
static uint8_t *unhex(const char *text, size_t *bytes)
{
	uint8_t *to = calloc(1, strlen(text) / 2 + 8);
	size_t i;

	*bytes = strlen(text) / 2;
	for (i = 0; i < *bytes; i++) {
		char byte[3] = {text[2 * i], text[2 * i + 1]};

		to[i] = (uint8_t)strtoul(byte, NULL, 16);
	}
	return to;
}

/* Helper 5 of the vectors, called one way or the other, is no helper of the LWK. */
static bool calls_helper(const uint8_t *code, size_t bytes)
{
	const struct nx_insn *insn = (const void *)code;
	size_t i;

	for (i = 0; i < bytes / 8; i++)
		if (insn[i].opcode == NX_OP_CALLX ||
		    (insn[i].opcode == (BPF_JMP | BPF_CALL) && !insn[i].src))
			return true;
	return false;
}

/*
 * The vector becomes a function, so that its result can be put into the context: called
 * with its memory, which lies in data, and the memory's size, or with zeros.
 */
static void add_caller(struct nx_build *build, const uint8_t *mem, size_t bytes)
{
	struct nx_insn code[] = {
		MOVR(6, 1),    LDDW(1, NX_IMM_DATA, 0, 0), MOV(2, (int)bytes),
		CALL_LOCAL(3), STX(BPF_DW, 6, 0, 0),	   MOV(0, 0),
		EXIT,
	};

	if (!bytes)
		code[1].src = NX_IMM64;
	nx_append(build, NX_SEC_DATA, mem, bytes);
	nx_append(build, NX_SEC_CODE, code, sizeof(code));
}

/* Does it nest as deep as there is room for, but for the call of itself? */
static bool is_deep(uint32_t id)
{
	struct nimble_detail *detail;
	bool deep;

	if (libnimble_show(n, id, &detail))
		return false;
	deep = detail->fault.kind == NIMBLE_FAULT_DEPTH;
	free(detail);
	return deep;
}

/* 1: as it must be; 0: skipped; -1: not, and why. */
static int try_vector(const json_t *vector, uint32_t flags, char *why)
{
	const char *result =
		json_string_value(json_object_get(vector, "result"));
	const char *memory = json_string_value(json_object_get(vector, "mem"));
	bool refused = !result || json_object_get(vector, "error");
	size_t code_bytes, mem_bytes;
	struct nx_build build = {0};
	uint64_t args[8] = {0};
	uint8_t *code, *mem;
	uint32_t id;
	bool deep;
	int error;

	code = unhex(json_string_value(json_object_get(vector, "code")),
		     &code_bytes);
	mem = unhex(memory ? memory : "", &mem_bytes);
	if (!refused && calls_helper(code, code_bytes)) {
		free(code);
		free(mem);
		return 0;
	}
	if (!refused)
		add_caller(&build, mem, mem_bytes);
	nx_append(&build, NX_SEC_CODE, code, code_bytes);
	free(code);
	free(mem);
	error = load(&build, flags, &id);
	if (refused) {
		sprintf(why, "it is loaded");
		return error ? 1 : -1;
	}
	snprintf(why, 160, "%s", libnimble_message());
	if (error)
		return -1;
	error = libnimble_call(id, args);
	deep = error == -EFAULT && is_deep(id);
	libnimble_remove(n, id);
	if (deep)
		return 0;
	sprintf(why, "error %d, r0 is 0x%llx, not %s", error,
		(unsigned long long)args[0], result);
	return error || args[0] != strtoull(result, NULL, 0) ? -1 : 1;
}

/* A file that is not there is said to be skipped. */
static void vectors(const char *path, uint32_t flags)
{
	unsigned int passed = 0, skipped = 0, failed = 0;
	char *line = NULL, why[256], name[256];
	const char *base = strrchr(path, '/') ? strrchr(path, '/') + 1 : path;
	FILE *file = fopen(path, "r");
	size_t room = 0;

	if (!file) {
		printf("ok %d - %s # SKIP not present\n", ++count, base);
		return;
	}
	while (getline(&line, &room, file) > 0) {
		json_t *vector = json_loads(line, 0, NULL);
		int how = vector ? try_vector(vector, flags, why) : -1;

		passed += how > 0;
		skipped += !how;
		failed += how < 0;
		if (how < 0 && failed <= MOST_SAID)
			printf("# %s: %s\n",
			       json_string_value(
				       json_object_get(vector, "name")),
			       why);
		json_decref(vector);
	}
	snprintf(name, sizeof(name),
		 "%s: %u passed, %u failed, %u skipped (helper 5, or too deep)",
		 base, passed, failed, skipped);
	check(passed && !failed, name, tier_name(flags));
	free(line);
	fclose(file);
}

static bool try_escape(const struct escape *escape, uint32_t flags)
{
	struct nimble_detail *detail = NULL;
	struct nx_build build = {0};
	uint64_t args[8] = {0};
	uint32_t id;
	bool passed;

	nx_import(&build, "map_lookup");
	nx_import(&build, "this_cpu");
	nx_append(&build, NX_SEC_DATA, "variable", 8);
	nx_append(&build, NX_SEC_RODATA, "constant", 8);
	nx_append(&build, NX_SEC_CODE, escape->code,
		  escape_length(escape) * sizeof(escape->code[0]));
	if (load(&build, flags, &id)) {
		printf("# %s: %s\n", escape->name, libnimble_message());
		return false;
	}
	passed = libnimble_call(id, args) == -EFAULT &&
		 !libnimble_show(n, id, &detail) &&
		 detail->fault.kind == escape->kind &&
		 detail->fault.insn == escape->insn;
	if (!passed)
		printf("# %s: %s at instruction %u\n", escape->name,
		       detail ? detail->fault.kind_name : libnimble_message(),
		       detail ? detail->fault.insn : 0);
	free(detail);
	libnimble_remove(n, id);
	return passed;
}

static void try_escapes(uint32_t flags)
{
	char name[160];
	unsigned int i;

	for (i = 0; i < ESCAPES; i++) {
		snprintf(name, sizeof(name), "%s is stopped", escapes[i].name);
		check(try_escape(&escapes[i], flags), name, tier_name(flags));
	}
}

int main(int argc, char **argv)
{
	static const uint32_t tiers[] = {0, NIMBLE_THREADED};
	unsigned int t;
	int i;

	if (libnimble_open(&n, NULL)) {
		printf("Bail out! %s\n", libnimble_message());
		return 1;
	}
	for (t = 0; t < 2; t++) {
		for (i = 1; i < argc; i++)
			vectors(argv[i], tiers[t]);
		try_escapes(tiers[t]);
	}
	printf("1..%d\n", count);
	return 0;
}
