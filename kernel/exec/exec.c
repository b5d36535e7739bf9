/* SPDX-License-Identifier: GPL-2.0 */
/* From an open file to a program that can begin. */
#include <asm/errno.h>
#include <asm/unistd.h>
#include <linux/fcntl.h>

#include "kernel/abi/slot.h"
#include "kernel/arch/thread.h"
#include "kernel/arch/uaccess.h"
#include "kernel/exec/exec.h"
#include "kernel/exec/stack.h"
#include "kernel/exec/vdso.h"
#include "kernel/ikc/delegate.h"
#include "kernel/lib/string.h"
#include "kernel/proc/process.h"

/* Where Linux puts position-independent programs, without randomisation, and
 * so where debuggers' users expect them. */
#define PIE_BASE 0x555555554000UL

static void close_fd(int fd)
{
	delegate_call(__NR_close, (uint64_t)fd);
}

int exec_open(int dir, vaddr_t path, int flags)
{
	return (int)delegate_call(LWK_PROXY_OPEN_PROGRAM, (uint64_t)dir, path,
				  (uint64_t)flags);
}

int exec_open_path(vaddr_t scratch, const char *path)
{
	if (copy_to_user(scratch, path, strlen(path) + 1))
		return -EFAULT;
	return exec_open(AT_FDCWD, scratch, 0);
}

static int prepare_interp(vaddr_t scratch, struct exec_files *files)
{
	int fd = exec_open_path(scratch, files->program.interp);
	int error;

	if (fd < 0)
		return fd;
	error = load_prepare(fd, scratch, &files->interp);
	if (error) {
		close_fd(fd);
		files->interp.fd = -1;
	}
	/* An interpreter that is not a program: Linux's error. */
	return error == -ENOEXEC ? -ELIBBAD : error;
}

int exec_prepare(int fd, vaddr_t scratch, struct exec_files *files)
{
	int error = load_prepare(fd, scratch, &files->program);

	files->interp.fd = -1;
	if (error || !files->program.interp[0])
		return error;
	return prepare_interp(scratch, files);
}

void exec_close(struct exec_files *files)
{
	close_fd(files->program.fd);
	if (files->interp.fd >= 0)
		close_fd(files->interp.fd);
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

int exec_load(struct regs *regs, const struct exec_files *files,
	      const struct exec_args *args, vaddr_t *strings)
{
	struct process *p = current_process();
	struct loaded program, interp;
	vaddr_t stack_top, sp;
	int error;

	memset(&interp, 0, sizeof(interp));
	error = map_stack(&stack_top);
	if (!error)
		error = load_map(&files->program, PIE_BASE, &program);
	if (!error && files->interp.fd >= 0)
		error = load_map(&files->interp, 0, &interp);
	if (!error)
		error = vdso_map(&program.vdso);
	if (error)
		return error;
	aspace_set_brk_start(p->aspace, ALIGN_UP(program.end, PAGE_SIZE));
	error = start_stack(stack_top, args, &program, &interp, &sp, strings);
	if (!error)
		arch_thread_start_user(
			regs, interp.entry ? interp.entry : program.entry, sp);
	return error;
}
