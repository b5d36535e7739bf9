/* SPDX-License-Identifier: GPL-2.0 */
/* execve(2), execveat(2). */
#include <asm/errno.h>
#include <linux/fcntl.h>

#include "kernel/exec/exec.h"
#include "kernel/syscall/syscall.h"

int64_t sys_execve(struct regs *regs)
{
	const struct exec_request r = {
		.dir = AT_FDCWD,
		.path = sys_arg(regs, 0),
		.argv = sys_arg(regs, 1),
		.envp = sys_arg(regs, 2),
	};

	return exec_replace(regs, &r);
}

int64_t sys_execveat(struct regs *regs)
{
	const struct exec_request r = {
		.dir = (int)sys_arg(regs, 0),
		.path = sys_arg(regs, 1),
		.argv = sys_arg(regs, 2),
		.envp = sys_arg(regs, 3),
		.flags = (int)sys_arg(regs, 4),
	};

	if (r.flags & ~(AT_EMPTY_PATH | AT_SYMLINK_NOFOLLOW))
		return -EINVAL;
	return exec_replace(regs, &r);
}
