/* SPDX-License-Identifier: GPL-2.0 */
/* Scripts: files that name the program that interprets them in their first line. */
#include <asm/errno.h>
#include <asm/unistd.h>

#include "kernel/exec/exec.h"
#include "kernel/ikc/delegate.h"
#include "kernel/lib/string.h"
#include "kernel/mm/kmalloc.h"

/* First line of a script that is looked at, and how many scripts may interpret each
 * other: Linux's BINPRM_BUF_SIZE, and its limit of 5 in exec_binprm(). */
#define LINE_BYTES 256
#define DEPTH_MAX 5

struct script {
	char line[LINE_BYTES];
	char path[ARGS_PATH_MAX]; /* of what is interpreted next */
};

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/* Split "#! INTERPRETER [ARGUMENT]" in place. False: there is no interpreter. */
static bool split_line(char *line, char **interpreter, char **argument)
{
	char *at = line + 2, *end;

	for (end = at; *end && *end != '\n'; end++)
		;
	while (end > at && is_blank(end[-1]))
		end--;
	*end = 0;
	while (is_blank(*at))
		at++;
	if (!*at)
		return false;
	*interpreter = at;
	while (*at && !is_blank(*at))
		at++;
	*argument = NULL;
	if (!*at)
		return true;
	*at++ = 0;
	while (is_blank(*at))
		at++;
	*argument = at;
	return true;
}

/* If *fd is a script, replaces it by its interpreter; *fd is then that, or -1. 1: it
 * was a script; 0: it is none; or -errno. */
static int follow(int *fd, vaddr_t scratch, struct exec_args *args,
		  struct script *s)
{
	char *interpreter, *argument;
	int64_t n = load_read(*fd, scratch, s->line, LINE_BYTES - 1, 0);
	int error;

	if (n < 0)
		return (int)n;
	s->line[n] = 0;
	if (n < 2 || s->line[0] != '#' || s->line[1] != '!')
		return 0;
	if (!split_line(s->line, &interpreter, &argument))
		return -ENOEXEC;
	error = exec_args_interpret(args, interpreter, argument, s->path);
	if (error)
		return error;
	strlcpy(s->path, interpreter, sizeof(s->path));
	delegate_call(__NR_close, (uint64_t)*fd);
	error = exec_open_path(scratch, interpreter);
	*fd = MAX(error, -1);
	return error < 0 ? error : 1;
}

int exec_follow_scripts(int *fd, vaddr_t scratch, struct exec_args *args,
			const char *path)
{
	struct script *s = kmalloc(sizeof(*s));
	int depth, result = 1;

	if (!s)
		return -ENOMEM;
	strlcpy(s->path, path, sizeof(s->path));
	for (depth = 0; result > 0; depth++)
		result = depth > DEPTH_MAX ? -ELOOP
					   : follow(fd, scratch, args, s);
	kfree(s);
	return result;
}
