/* SPDX-License-Identifier: MIT */
/* The program to start, its arguments and its environment. */
#ifndef PROXY_ARGS_H
#define PROXY_ARGS_H

#include <stdint.h>

/* Set once, before the process starts; the strings are kept by reference. */
struct proxy_args {
	const char *exe_path; /* the path as execve() would get it */
	char **argv; /* NULL-terminated */
	char **envp; /* NULL-terminated */
	int exe_fd;
	uint64_t ignored; /* signals, bit n - 1: see signals_inherited() */
	uint64_t blocked;
};
void args_set(const struct proxy_args *args);

/* LWK_PROXY_ARGS: writes a struct lwk_args and its strings to address `to`.
 * Returns their size; if it is larger than `room`, nothing was written.
 * -EFAULT; -E2BIG: it does not fit 32 bits. */
int64_t args_copy(uint64_t to, uint64_t room);
/* LWK_PROXY_EXE_FD: the descriptor, the first time; then -EBADF. */
int64_t args_exe_fd(void);

#endif
