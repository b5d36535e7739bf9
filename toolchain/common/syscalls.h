/* SPDX-License-Identifier: MIT */
/* Names of system calls, from kernel/abi/syscall.def. */
#ifndef TOOLCHAIN_SYSCALLS_H
#define TOOLCHAIN_SYSCALLS_H

#include <stdint.h>

/* "-" for a number that has no name. */
const char *syscall_name(uint32_t number);

#endif
