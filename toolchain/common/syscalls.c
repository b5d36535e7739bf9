// SPDX-License-Identifier: MIT
/* Names of system calls; see syscalls.h. */
#include "toolchain/common/syscalls.h"

#define LOCAL(number, name, args) [number] = #name,
#define DELEGATED(number, name, restart, args) [number] = #name,
#define ABSENT(number, name, error) [number] = #name,

static const char *const names[] = {
#include "kernel/abi/syscall.def"
};

const char *syscall_name(uint32_t number)
{
	if (number >= sizeof(names) / sizeof(names[0]) || !names[number])
		return "-";
	return names[number];
}
