// SPDX-License-Identifier: MIT
/* Finding the program; see program.h. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "toolchain/proxy/program.h"

#define DEFAULT_PATH "/bin:/usr/bin"

static int check_file(int fd, const char *path)
{
	struct stat st;
	char magic[4];

	if (fstat(fd, &st))
		return -errno;
	if (!S_ISREG(st.st_mode))
		return -EACCES;
	if (faccessat(AT_FDCWD, path, X_OK, AT_EACCESS))
		return -errno;
	/* The LWK checks the rest: see kernel/exec/. */
	if (pread(fd, magic, sizeof(magic), 0) != sizeof(magic) ||
	    (memcmp(magic, "\177ELF", sizeof(magic)) != 0 &&
	     memcmp(magic, "#!", 2) != 0))
		return -ENOEXEC;
	return 0;
}

static int open_path(struct program *program)
{
	int err;

	/* O_NONBLOCK: opening a named pipe must not wait, so that it can be
	 * refused. */
	program->fd = open(program->path,
			   O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	if (program->fd < 0)
		return -errno;
	err = check_file(program->fd, program->path);
	if (err)
		close(program->fd);
	return err;
}

/* In one directory of $PATH; an empty one is the current. */
static int open_in(const char *dir, size_t bytes, const char *name,
		   struct program *program)
{
	int n;

	if (bytes == 0)
		n = snprintf(program->path, sizeof(program->path), "%s", name);
	else
		n = snprintf(program->path, sizeof(program->path), "%.*s/%s",
			     (int)bytes, dir, name);
	if (n < 0 || (size_t)n >= sizeof(program->path))
		return -ENAMETOOLONG;
	return open_path(program);
}

/* As execvp(): goes on to the next directory where one has no such file, or
 * one that may not be executed, and in the end reports the latter if it was
 * met. */
static int search(const char *name, struct program *program)
{
	const char *path = getenv("PATH") ?: DEFAULT_PATH;
	int err, found = -ENOENT;

	for (;; path++) {
		size_t bytes = strcspn(path, ":");

		err = open_in(path, bytes, name, program);
		if (err == -EACCES)
			found = err;
		else if (err != -ENOENT && err != -ENOTDIR)
			return err;
		path += bytes;
		if (*path == 0)
			return found;
	}
}

int program_open(const char *name, struct program *program)
{
	if (*name == 0)
		return -ENOENT;
	if (strchr(name, '/'))
		return open_in("", 0, name, program);
	return search(name, program);
}

int program_exit_status(int err)
{
	return err == -ENOENT || err == -ENOTDIR ? 127 : 126;
}

const char *program_explain(const char *name, int err)
{
	switch (err) {
	case -ENOENT:
		return strchr(name, '/') ? "no such file" : "command not found";
	case -EACCES:
		return "permission denied (a program must be a regular file that you may execute and read)";
	case -ENOEXEC:
		return "neither an ELF program nor a script that names its interpreter";
	default:
		return strerror(-err);
	}
}
