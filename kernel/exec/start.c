/* SPDX-License-Identifier: GPL-2.0 */
/* The first program of a process that `lwk run` has made: arguments and file come
 * from the proxy through slot 0.
 *
 * The new thread runs program_start() in the kernel. Memory that the proxy reads
 * into must be the application's, so the loader borrows a scratch mapping in it
 * and takes it away before the program begins.
 */
#include <asm/errno.h>
#include <asm/unistd.h>

#include "kernel/abi/slot.h"
#include "kernel/arch/thread.h"
#include "kernel/arch/uaccess.h"
#include "kernel/core/log.h"
#include "kernel/core/panic.h"
#include "kernel/exec/exec.h"
#include "kernel/ikc/delegate.h"
#include "kernel/ikc/upcalls.h"
#include "kernel/lib/format.h"
#include "kernel/mm/kmalloc.h"
#include "kernel/proc/process.h"

#define EXIT_CANNOT_EXECUTE 126

/* The actions of the program's signals come with its arguments. All signals wait until
 * it begins: one that is ignored must not end it, and none may interrupt its loading. */
static void inherit_signals(const struct lwk_args *a, uint64_t *blocked)
{
	struct process *p = current_process();

	spin_lock(&p->lock);
	signal_inherit(&p->signals, a->ignored);
	signal_flush(&p->signals, &p->signals.pending,
		     a->ignored & ~SIGNALS_UNBLOCKABLE);
	spin_unlock(&p->lock);
	*blocked = a->blocked;
}

/* Take the strings that lie at `at` of the application. */
static int take_strings(vaddr_t at, const struct lwk_args *head,
			struct exec_args *args)
{
	args->bytes = head->bytes - sizeof(*head);
	args->text = kmalloc(args->bytes);
	if (!args->text)
		return -ENOMEM;
	args->room = args->bytes;
	args->argc = head->argc;
	args->envc = head->envc;
	if (copy_from_user(args->text, at + sizeof(*head), args->bytes))
		return -EFAULT;
	return args->text[args->bytes - 1] ? -EINVAL : 0;
}

/* Fetch the arguments by way of a scratch mapping, which the caller unmaps. */
static int fetch_args(vaddr_t *scratch, uint64_t *bytes, struct exec_args *args,
		      uint64_t *blocked)
{
	struct map_request r = {.prot = PAGE_READ | PAGE_WRITE};
	int64_t n = delegate_call(LWK_PROXY_ARGS, 0, 0);
	struct lwk_args head;
	int error;

	if (n < (int64_t)sizeof(struct lwk_args))
		return n < 0 ? (int)n : -EINVAL;
	if (n > (int64_t)ARGS_MAX)
		return -E2BIG;
	r.bytes = MAX((uint64_t)n, LOAD_SCRATCH);
	error = aspace_map(current_process()->aspace, &r, scratch);
	if (error)
		return error;
	*bytes = r.bytes;
	if (delegate_call(LWK_PROXY_ARGS, *scratch, (uint64_t)n) != n ||
	    copy_from_user(&head, *scratch, sizeof(head)))
		return -EFAULT;
	if (head.bytes != n || head.argc > head.bytes || head.envc > head.bytes)
		return -EINVAL;
	inherit_signals(&head, blocked);
	return take_strings(*scratch, &head, args);
}

static int load(struct regs *regs, vaddr_t scratch, struct exec_args *args)
{
	struct exec_files *files = kmalloc(sizeof(*files));
	vaddr_t strings;
	int fd, error;

	if (!files)
		return -ENOMEM;
	fd = (int)delegate_call(LWK_PROXY_EXE_FD, 0);
	error = fd < 0 ? fd
		       : exec_follow_scripts(&fd, scratch, args, args->text);
	if (!error)
		error = exec_prepare(fd, scratch, files);
	if (!error)
		error = exec_load(regs, files, args, &strings);
	if (!error)
		exec_close(files);
	kfree(files);
	return error;
}

static int start(struct regs *regs, uint64_t *blocked)
{
	struct process *p = current_process();
	struct exec_args args = {NULL, 0, 0, 0, 0};
	uint64_t scratch_bytes = 0;
	vaddr_t scratch;
	int error = fetch_args(&scratch, &scratch_bytes, &args, blocked);

	if (!error) {
		process_set_name(p, args.text);
		error = load(regs, scratch, &args);
	}
	if (scratch_bytes)
		aspace_unmap(p->aspace, scratch, scratch_bytes);
	exec_args_free(&args);
	/* All addresses lie in memory that was mapped just before; if one cannot be
	 * reached, memory was out. */
	return error == -EFAULT ? -ENOMEM : error;
}

/* Tell the user why there is no program, on the proxy's standard error. */
static void complain(int error)
{
	struct map_request r = {.bytes = PAGE_SIZE,
				.prot = PAGE_READ | PAGE_WRITE};
	char text[160];
	vaddr_t at;
	size_t n =
		format(text, sizeof(text),
		       "lwk: cannot start the program: %s (error %d)\n",
		       error == -ENOEXEC  ? "it is no x86-64 ELF executable"
		       : error == -ENOMEM ? "the LWK has not enough free memory"
		       : error == -ENOENT
			       ? "the interpreter that it names is not there"
			       : "loading failed",
		       -error);

	if (!aspace_map(current_process()->aspace, &r, &at) &&
	    !copy_to_user(at, text, n))
		delegate_call(__NR_write, 2, at, n);
}

void program_start(void)
{
	struct thread *t = current_thread();
	struct regs *regs = arch_thread_regs(t->stack_top);
	uint64_t blocked = 0;
	int error;

	arch_irq_enable();
	error = start(regs, &blocked);
	if (thread_must_die(t))
		thread_exit(0);
	if (error) {
		log_line("%s (pid %u): cannot start: error %d",
			 t->proc->page->name, t->proc->pid, -error);
		complain(error);
		thread_exit(WAIT_STATUS_EXIT(EXIT_CANNOT_EXECUTE));
	}
	signals_set_blocked(blocked);
	arch_enter_user(regs);
}
