/* SPDX-License-Identifier: MIT */
/* Not uBPF: a library with the functions of its interface that the benchmark
 * calls, on the project's own oracle, to test the benchmark's option UBPF. */
#include <stdlib.h>
#include <string.h>

#include "tests/fuzz/nimble/oracle.h"

#define STACK 512

/* As ubpf.h declares them. */
struct ubpf_vm {
	void *code;
	uint32_t count;
};
struct ubpf_vm *ubpf_create(void);
int ubpf_load(struct ubpf_vm *vm, const void *code, uint32_t bytes,
	      char **error);
int ubpf_exec(const struct ubpf_vm *vm, void *memory, size_t bytes,
	      uint64_t *result);

struct ubpf_vm *ubpf_create(void)
{
	return calloc(1, sizeof(struct ubpf_vm));
}

int ubpf_load(struct ubpf_vm *vm, const void *code, uint32_t bytes,
	      char **error)
{
	vm->code = malloc(bytes);
	if (!vm->code) {
		*error = strdup("no memory");
		return -1;
	}
	memcpy(vm->code, code, bytes);
	vm->count = bytes / 8;
	return 0;
}

/* The oracle works on a copy of the memory, with the stack behind it. */
int ubpf_exec(const struct ubpf_vm *vm, void *memory, size_t bytes,
	      uint64_t *result)
{
	struct oracle o = {.code = vm->code, .count = vm->count};
	bool ended;

	o.layout.arena = memory;
	o.layout.readable = o.layout.writable = bytes + STACK;
	o.layout.ctx = (uintptr_t)memory;
	o.layout.frame = (uintptr_t)memory + bytes + STACK;
	o.layout.frame_bytes = STACK;
	o.memory = calloc(1, bytes + STACK);
	if (!o.memory)
		return -1;
	memcpy(o.memory, memory, bytes);
	ended = oracle_run(&o, 1ul << 40);
	memcpy(memory, o.memory, bytes);
	free(o.memory);
	*result = o.reg[0];
	/* As the test wants it: a program that uBPF ends. */
	return ended && !o.fault && !getenv("FAKE_UBPF_FAILS") ? 0 : -1;
}
