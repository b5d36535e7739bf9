/* SPDX-License-Identifier: GPL-2.0 */
/* Starting a program: arguments and file come from the proxy through slot 0.
 *
 * The new thread runs program_start() in the kernel. Memory that the proxy reads
 * into must be the application's, so the loader borrows a scratch mapping in it
 * and takes it away before the program begins.
 */
#include <asm/errno.h>
#include <asm/unistd.h>
#include <linux/auxvec.h>
#include <linux/fcntl.h>

#include "kernel/abi/slot.h"
#include "kernel/arch/auxv.h"
#include "kernel/arch/mmu.h"
#include "kernel/arch/thread.h"
#include "kernel/arch/uaccess.h"
#include "kernel/core/log.h"
#include "kernel/core/panic.h"
#include "kernel/ikc/delegate.h"
#include "kernel/ikc/upcalls.h"
#include "kernel/lib/format.h"
#include "kernel/lib/string.h"
#include "kernel/proc/process.h"
#include "kernel/syscall/load.h"
#include "kernel/syscall/start_stack.h"
#include "kernel/syscall/syscall.h"

/* Where Linux puts position-independent programs, without randomisation, and
 * so where debuggers' users expect them. */
#define PIE_BASE 0x555555554000UL
#define ARGS_MAX (2UL << 20)
#define EXIT_CANNOT_EXECUTE 126

/* What the signals of the program do travels with its arguments. All wait until it
 * begins: one that is ignored must not end it, and none interrupts its loading. */
static int inherit_signals(vaddr_t args, uint64_t *blocked)
{
	struct process *p = current_process();
	struct lwk_args a;

	if (copy_from_user(&a, args, sizeof(a)))
		return -EFAULT;
	spin_lock(&p->lock);
	signal_inherit(&p->signals, a.ignored);
	signal_flush(&p->signals, &p->signals.pending,
		     a.ignored & ~SIGNALS_UNBLOCKABLE);
	spin_unlock(&p->lock);
	*blocked = a.blocked;
	return 0;
}

/* Fetch the arguments into a new scratch mapping, which has LOAD_SCRATCH bytes
 * of room in front of them. */
static int fetch_args(vaddr_t *scratch, uint64_t *bytes, uint64_t *blocked)
{
	struct map_request r = {.prot = PAGE_READ | PAGE_WRITE};
	int64_t n = delegate_call(LWK_PROXY_ARGS, 0, 0);
	int error;

	if (n < (int64_t)sizeof(struct lwk_args))
		return n < 0 ? (int)n : -EINVAL;
	if (n > (int64_t)ARGS_MAX)
		return -E2BIG;
	r.bytes = LOAD_SCRATCH + (uint64_t)n;
	error = aspace_map(current_process()->aspace, &r, scratch);
	if (error)
		return error;
	*bytes = r.bytes;
	if (delegate_call(LWK_PROXY_ARGS, *scratch + LOAD_SCRATCH,
			  (uint64_t)n) != n)
		return -EINVAL;
	return inherit_signals(*scratch + LOAD_SCRATCH, blocked);
}

static int map_stack(vaddr_t *top)
{
	struct process *p = current_process();
	uint64_t bytes = ALIGN_UP(MIN(MAX(p->stack_limit, ARGS_MAX + PAGE_SIZE),
				      LWK_APP_END / 16),
				  PAGE_SIZE);
	struct map_request r = {
		.hint = LWK_APP_END - PAGE_SIZE - bytes,
		.bytes = bytes,
		.prot = PAGE_READ | PAGE_WRITE,
		.flags = AREA_GROWS_DOWN,
		.fixed = true,
	};
	vaddr_t at;
	int error;

	/* mmap_top was chosen below the largest gap; a larger stack is cut. */
	if (r.hint < p->aspace->mmap_top) {
		r.hint = p->aspace->mmap_top;
		r.bytes = LWK_APP_END - PAGE_SIZE - r.hint;
	}
	error = aspace_map(p->aspace, &r, &at);
	*top = at + r.bytes;
	return error;
}

static int open_interp(vaddr_t scratch, const char *path)
{
	int64_t fd;

	if (copy_to_user(scratch, path, strlen(path) + 1))
		return -EFAULT;
	fd = delegate_call(__NR_openat, (uint64_t)AT_FDCWD, scratch,
			   O_RDONLY | O_CLOEXEC);
	return (int)fd;
}

/* The program and, if it names one, its interpreter. */
static int load_program(vaddr_t scratch, struct loaded *program,
			struct loaded *interp)
{
	int fd = (int)delegate_call(LWK_PROXY_EXE_FD, 0);
	int error;

	if (fd < 0)
		return fd;
	error = load_elf(fd, scratch, PIE_BASE, program);
	delegate_call(__NR_close, (uint64_t)fd);
	if (error || !program->interp[0])
		return error;
	fd = open_interp(scratch, program->interp);
	if (fd < 0)
		return fd;
	error = load_elf(fd, scratch, 0, interp);
	delegate_call(__NR_close, (uint64_t)fd);
	return error;
}

static void set_brk(const struct loaded *program)
{
	struct process *p = current_process();

	aspace_set_brk_start(p->aspace, ALIGN_UP(program->end, PAGE_SIZE));
}

static int start(struct regs *regs, uint64_t *blocked)
{
	static const struct loaded no_interp;
	struct process *p = current_process();
	struct loaded program, interp = no_interp;
	vaddr_t scratch, stack_top, sp;
	uint64_t scratch_bytes = 0;
	int error;

	error = fetch_args(&scratch, &scratch_bytes, blocked);
	if (!error)
		error = map_stack(&stack_top);
	if (!error)
		error = load_program(scratch, &program, &interp);
	if (error)
		return error;
	set_brk(&program);
	error = start_stack(stack_top, scratch + LOAD_SCRATCH, &program,
			    &interp, &sp);
	if (error)
		return error;
	aspace_unmap(p->aspace, scratch, scratch_bytes);
	arch_thread_start_user(regs,
			       interp.entry ? interp.entry : program.entry, sp);
	return 0;
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
		       error == -ENOEXEC ? "it is no x86-64 ELF executable"
		       : error == -ENOMEM
			       ? "its memory is not to be had; see lwk status"
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
