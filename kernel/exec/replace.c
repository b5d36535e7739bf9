/* SPDX-License-Identifier: GPL-2.0 */
/* execve(2): replaces the current program by another.
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

#include "kernel/core/hook.h"
#include "kernel/abi/slot.h"
#include "kernel/arch/uaccess.h"
#include "kernel/core/log.h"
#include "kernel/core/panic.h"
#include "kernel/exec/exec.h"
#include "kernel/exec/linux_map.h"
#include "kernel/ikc/delegate.h"
#include "kernel/ikc/restart.h"
#include "kernel/lib/format.h"
#include "kernel/lib/string.h"
#include "kernel/mm/kmalloc.h"
#include "kernel/proc/itimer.h"
#include "kernel/proc/process.h"

struct work {
	const struct exec_request *r;
	struct exec_args args;
	struct exec_files files;
	vaddr_t scratch;
	char path[ARGS_PATH_MAX]; /* path of the program, which an interpreter opens */
};

/* ---- Before the point of no return ------------------------------------- */

/* The path by which an interpreter can open the program; as Linux makes it
 * (fs/exec.c, alloc_bprm()). */
static int make_path(struct work *w)
{
	const struct exec_request *r = w->r;
	char *at = w->path;
	long n = copy_string_from_user(at, r->path, ARGS_PATH_MAX);

	if (n < 0)
		return (int)n;
	if (r->dir == AT_FDCWD || at[0] == '/')
		return 0;
	at += format(at, ARGS_PATH_MAX, "/dev/fd/%d", r->dir);
	if (!n)
		return 0;
	*at++ = '/';
	n = copy_string_from_user(at, r->path,
				  (size_t)(w->path + ARGS_PATH_MAX - at));
	return n < 0 ? (int)n : 0;
}

static int copy_args(struct work *w)
{
	const struct exec_request *r = w->r;
	int error = make_path(w);

	if (error)
		return error;
	error = exec_args_add(&w->args, w->path);
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
	int error;

	if (fd < 0)
		return fd;
	error = exec_follow_scripts(&fd, w->scratch, &w->args, w->path);
	if (!error)
		error = exec_prepare(fd, w->scratch, &w->files);
	if (error && fd >= 0)
		delegate_call(__NR_close, (uint64_t)fd);
	return error;
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

	if (!p->borrows_memory) {
		error = linux_unmap(LWK_APP_MIN, LWK_APP_END - LWK_APP_MIN);
		return error ? error : aspace_clear(p->aspace);
	}
	error = process_leave_borrowed();
	if (error)
		return error;
	process_end_vfork(p);
	return (int)delegate_call(LWK_PROXY_NEW_SPACE);
}

/* Reset what a program does not pass on to the next. */
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
	hook_task_event(NIMBLE_HOOK_task_exec, current_thread()->id,
			current_process()->pid);
	if (w->files.interp.fd >= 0)
		delegate_call(__NR_close, (uint64_t)w->files.interp.fd);
	return (int)delegate_call(LWK_PROXY_EXEC, (uint64_t)w->files.program.fd,
				  strings, w->args.bytes, ignored_signals(),
				  current_process()->aspace->arguments_end -
					  strings);
}

/* The call may not be interrupted from here on. */
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
