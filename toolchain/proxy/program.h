/* SPDX-License-Identifier: MIT */
/* Finding and opening the program to run, as a shell does. */
#ifndef PROXY_PROGRAM_H
#define PROXY_PROGRAM_H

#include <limits.h>

struct program {
	char path[PATH_MAX]; /* as execve() would get it */
	int fd; /* to read it */
};

/* A name with a slash is a path; any other is searched in $PATH. 0; -ENOENT;
 * -EACCES: it may not be executed, or read (the LWK reads it as this user);
 * -ENOEXEC: not ELF; other errors of open(). */
int program_open(const char *name, struct program *program);

/* The exit status that shells give for such an error: 127 or 126. */
int program_exit_status(int err);
/* What to tell the user about it. */
const char *program_explain(const char *name, int err);

#endif
