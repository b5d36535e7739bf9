// SPDX-License-Identifier: MIT
/* The table of calls that a worker may make; see allow.h. */
#include "toolchain/proxy/allow.h"

#define CALLS 512

#define LWK_CLASS_NEVER true
#define LWK_CLASS_RESTART false
#define LWK_CLASS_EINTR false

#define LOCAL(number, name, letters)
#define ABSENT(number, name, error)
#define DELEGATED(number, name, restart, letters) \
	[number] = {letters, LWK_CLASS_##restart},
#define ALSO(number, name, letters, extension) [number] = {letters, true},
#define ALSO_BLOCKING(number, name, letters, extension) \
	[number] = {letters, false},

static const struct allowed_call table[CALLS] = {
#include "kernel/abi/also.def"
#include "kernel/abi/syscall.def"
};

static const struct allowed_call refused;

const struct allowed_call *allow_call(uint64_t nr)
{
	return nr < CALLS ? &table[nr] : &refused;
}
