/* SPDX-License-Identifier: MIT */
/* The program to start, and what it is given. */
#ifndef PROXY_ARGS_H
#define PROXY_ARGS_H

#include <stdint.h>

/* Set once, before the process starts; the strings are kept by reference. */
struct proxy_args {
	const char *exe_path; /* as execve() would have got it */
	char **argv; /* NULL-terminated */
	char **envp; /* NULL-terminated */
	int exe_fd;
	uint64_t ignored; /* signals, bit n - 1: see signals_inherited() */
	uint64_t blocked;
};
void args_set(const struct proxy_args *args);

/* LWK_PROXY_ARGS: writes a struct lwk_args and its strings to address `to`;
 * returns their size, also where it is larger than `room` and nothing was
 * written. -EFAULT; -E2BIG where they do not fit 32 bits. */
int64_t args_copy(uint64_t to, uint64_t room);
/* LWK_PROXY_EXE_FD: the descriptor, the first time; then -EBADF. */
int64_t args_exe_fd(void);

#endif
