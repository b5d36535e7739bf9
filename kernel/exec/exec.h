/* SPDX-License-Identifier: GPL-2.0 */
/* Running a program: the part that a new process and execve() have in common. */
#ifndef LWK_EXEC_EXEC_H
#define LWK_EXEC_EXEC_H

#include "kernel/arch/regs.h"
#include "kernel/exec/args.h"
#include "kernel/exec/load.h"

/* A program and, if it names one, its interpreter: both descriptors are open. */
struct exec_files {
	struct prepared program;
	struct prepared interp; /* fd -1: none */
};

/* Check the program behind fd, and the interpreter that it names. 0, or -errno: it
 * cannot run; then the interpreter is closed, fd is not. */
int exec_prepare(int fd, vaddr_t scratch, struct exec_files *files);

/* Close both. */
void exec_close(struct exec_files *files);

/* Have the proxy open the program that `path` (application memory) names, relative
 * to directory `dir`, as execveat() with `flags`. A descriptor or -errno. */
int exec_open(int dir, vaddr_t path, int flags);

/* The same for a path of the kernel's. */
int exec_open_path(vaddr_t scratch, const char *path);

/* As long as the file behind *fd, whose path is `path`, is a script, replaces it by
 * its interpreter and adds it to the arguments. 0, -ELOOP, -ENOEXEC, or the error of
 * opening; then *fd is open, or -1. */
int exec_follow_scripts(int *fd, vaddr_t scratch, struct exec_args *args,
			const char *path);

/* Fill the current address space, which has room, and make regs those with which the
 * program begins. *strings: where its arguments' text is. 0 or -errno. */
int exec_load(struct regs *regs, const struct exec_files *files,
	      const struct exec_args *args, vaddr_t *strings);

/* execve() of the current thread. 0: *regs has the new program's registers. -errno:
 * the old program goes on, or, after its end, the process was killed. */
struct exec_request {
	int dir;
	vaddr_t path;
	vaddr_t argv;
	vaddr_t envp;
	int flags;
};
int exec_replace(struct regs *regs, const struct exec_request *r);

#endif
