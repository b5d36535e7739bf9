/* SPDX-License-Identifier: GPL-2.0 */
/* execve(2): another program in the place of the current one.
 *
 * As much as possible is done before the point of no return, while the old program
 * can still be told that it does not work: opening and looking at the files, reading
 * scripts' first lines, copying the arguments. Then the other threads end, the memory
 * is emptied (or, where it is borrowed from the parent by vfork, left), and the new
 * program is loaded; what fails then ends the process, as on Linux.
 */
#include <asm/errno.h>
#include <asm/unistd.h>
#include <linux/fcntl.h>

#include "kernel/abi/slot.h"
#include "kernel/arch/uaccess.h"
#include "kernel/core/log.h"
#include "kernel/core/panic.h"
#include "kernel/exec/exec.h"
#include "kernel/ikc/delegate.h"
#include "kernel/ikc/restart.h"
#include "kernel/lib/format.h"
#include "kernel/lib/string.h"
#include "kernel/mm/kmalloc.h"
#include "kernel/proc/itimer.h"
#include "kernel/proc/process.h"

/* First line of a script that is looked at, and how many scripts may interpret each
 * other: Linux's BINPRM_BUF_SIZE, and its limit of 5 in exec_binprm(). */
#define LINE_BYTES 256
#define DEPTH_MAX 5

struct work {
	const struct exec_request *r;
	struct exec_args args;
	struct exec_files files;
	vaddr_t scratch;
	char line[LINE_BYTES];
	char script[ARGS_PATH_MAX]; /* path of what is interpreted next */
};

/* ---- Scripts ----------------------------------------------------------- */

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

/* If fd is a script: have its interpreter in its place. *fd is then that. 1: it was;
 * 0: it is none; or -errno. */
static int follow_script(struct work *w, int *fd)
{
	char *interpreter, *argument;
	int64_t n = load_read(*fd, w->scratch, w->line, LINE_BYTES - 1, 0);
	int error;

	if (n < 0)
		return (int)n;
	w->line[n] = 0;
	if (n < 2 || w->line[0] != '#' || w->line[1] != '!')
		return 0;
	if (!split_line(w->line, &interpreter, &argument))
		return -ENOEXEC;
	error = exec_args_interpret(&w->args, interpreter, argument, w->script);
	if (error)
		return error;
	strlcpy(w->script, interpreter, sizeof(w->script));
	delegate_call(__NR_close, (uint64_t)*fd);
	*fd = exec_open_path(w->scratch, interpreter);
	return *fd < 0 ? *fd : 1;
}

/* ---- Before the point of no return ------------------------------------- */

static int copy_args(struct work *w)
{
	const struct exec_request *r = w->r;
	long n = copy_string_from_user(w->script, r->path, sizeof(w->script));
	int error;

	if (n < 0)
		return (int)n;
	if (r->dir != AT_FDCWD && w->script[0] != '/') {
		/* what Linux lets an interpreter open */
		format(w->line, sizeof(w->line), "/dev/fd/%d", r->dir);
		if (n) {
			memmove(w->script + strlen(w->line) + 1, w->script,
				MIN((size_t)n + 1,
				    sizeof(w->script) - strlen(w->line) - 1));
			w->script[strlen(w->line)] = '/';
			memcpy(w->script, w->line, strlen(w->line));
			w->script[sizeof(w->script) - 1] = 0;
		} else {
			strlcpy(w->script, w->line, sizeof(w->script));
		}
	}
	error = exec_args_add(&w->args, w->script);
	if (!error)
		error = exec_args_add_list(&w->args, r->argv, &w->args.argc);
	/* As Linux since 5.18: a program has a name. */
	if (!error && !w->args.argc) {
		w->args.argc = 1;
		error = exec_args_add(&w->args, "");
	}
	if (!error)
		error = exec_args_add_list(&w->args, r->envp, &w->args.envc);
	return error;
}

static int open_program(struct work *w)
{
	int fd = exec_open(w->r->dir, w->r->path, w->r->flags);
	int depth, result = 1;

	for (depth = 0; fd >= 0 && result > 0; depth++) {
		if (depth > DEPTH_MAX)
			result = -ELOOP;
		else
			result = follow_script(w, &fd);
	}
	if (fd < 0)
		return fd;
	if (!result)
		result = exec_prepare(fd, w->scratch, &w->files);
	if (result)
		delegate_call(__NR_close, (uint64_t)fd);
	return result;
}

static int prepare(struct work *w)
{
	struct aspace *as = current_process()->aspace;
	struct map_request r = {.bytes = LOAD_SCRATCH,
				.prot = PAGE_READ | PAGE_WRITE};
	int error = copy_args(w);

	if (!error)
		error = aspace_map(as, &r, &w->scratch);
	if (error)
		return error;
	error = open_program(w);
	aspace_unmap(as, w->scratch, LOAD_SCRATCH);
	return error == -LWK_INTERRUPTED || error == -EINTR ? -RESTART_ALWAYS
							    : error;
}

/* ---- Behind it --------------------------------------------------------- */

static int leave_memory(void)
{
	struct process *p = current_process();
	int error;

	if (!p->borrows_memory)
		return aspace_clear(p->aspace);
	error = process_leave_borrowed();
	if (error)
		return error;
	process_end_vfork(p);
	return (int)delegate_call(LWK_PROXY_NEW_SPACE);
}

/* What a program does not leave to the next. */
static void reset_process(void)
{
	struct thread *t = current_thread();
	struct process *p = t->proc;

	spin_lock(&p->lock);
	signal_reset_actions(&p->signals);
	spin_unlock(&p->lock);
	t->signals.altstack = t->signals.altstack_bytes = 0;
	t->robust_list = 0;
	t->clear_child_tid = 0;
}

static uint64_t ignored_signals(void)
{
	struct process *p = current_process();
	uint64_t set = 0;
	int sig;

	for (sig = 1; sig <= SIGNAL_COUNT; sig++)
		if (p->signals.action[sig - 1].handler == (uint64_t)SIG_IGN)
			set |= SIGNAL_BIT(sig);
	return set;
}

static uint64_t arguments_bytes(const struct exec_args *a)
{
	uint64_t at = strlen(a->text) + 1;
	uint32_t i;

	for (i = 0; i < a->argc; i++)
		at += strlen(a->text + at) + 1;
	return at;
}

static int replace(struct regs *regs, struct work *w)
{
	vaddr_t strings;
	int error = leave_memory();

	if (error)
		return error;
	reset_process();
	itimers_delete(current_process(), false);
	error = exec_load(regs, &w->files, &w->args, &strings);
	if (error)
		return error;
	process_set_name(current_process(), w->args.text);
	if (w->files.interp.fd >= 0)
		delegate_call(__NR_close, (uint64_t)w->files.interp.fd);
	return (int)delegate_call(LWK_PROXY_EXEC, (uint64_t)w->files.program.fd,
				  strings, arguments_bytes(&w->args),
				  ignored_signals());
}

/* Nothing of the call may be interrupted now. */
static int replace_uninterrupted(struct regs *regs, struct work *w)
{
	uint64_t blocked = current_thread()->signals.blocked;
	int error;

	signals_set_blocked(~0UL);
	error = replace(regs, w);
	signals_set_blocked(blocked);
	if (error) {
		log_line("%s (pid %u): killed in execve: error %d",
			 current_process()->page->name, current_process()->pid,
			 -error);
		process_kill(current_process(), WAIT_STATUS_SIGNAL(SIGKILL));
	}
	return error;
}

int exec_replace(struct regs *regs, const struct exec_request *r)
{
	struct work *w = kzalloc(sizeof(*w));
	int error;

	if (!w)
		return -ENOMEM;
	w->r = r;
	error = prepare(w);
	if (!error) {
		error = process_end_others();
		if (!error)
			error = replace_uninterrupted(regs, w);
	}
	exec_args_free(&w->args);
	kfree(w);
	return error;
}
