/* SPDX-License-Identifier: GPL-2.0 */
/* The strings that a program begins with, in kernel memory. */
#ifndef LWK_EXEC_ARGS_H
#define LWK_EXEC_ARGS_H

#include "kernel/lib/types.h"

/* Strings and pointers to them; Linux's ARG_MAX for a stack of 8 MiB. */
#define ARGS_MAX (2UL << 20)
#define ARGS_PATH_MAX 4096

/* One string after another, each with its zero: the path, argc arguments, envc
 * strings of the environment. */
struct exec_args {
	char *text;
	uint64_t bytes; /* used */
	uint64_t room;
	uint32_t argc;
	uint32_t envc;
};

/* Append a string of the kernel's or the program's. 0, -E2BIG, -ENOMEM, -EFAULT. */
int exec_args_add(struct exec_args *a, const char *text);
int exec_args_add_user(struct exec_args *a, vaddr_t text);

/* Append the strings that the array of pointers at `list` names (list 0: none). *count
 * becomes their number. Returns as above. */
int exec_args_add_list(struct exec_args *a, vaddr_t list, uint32_t *count);

/* Replace the first argument by the interpreter that a script names, its argument
 * (NULL: none), and the script's path. 0, -E2BIG, -ENOMEM. */
int exec_args_interpret(struct exec_args *a, const char *interpreter,
			const char *argument, const char *script);

void exec_args_free(struct exec_args *a);

#endif
