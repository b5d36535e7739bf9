/* SPDX-License-Identifier: GPL-2.0 */
/* System calls about a process's identity and limits. Both belong to Linux: the proxy
 * changes its own, and the module tells the LWK the new ones. */
#include <asm/errno.h>
#include <asm/unistd.h>
#include <linux/personality.h>
#include <linux/resource.h>

#include "kernel/abi/slot.h"
#include "kernel/arch/uaccess.h"
#include "kernel/ikc/delegate.h"
#include "kernel/ikc/restart.h"
#include "kernel/proc/process.h"
#include "kernel/syscall/syscall.h"

/* When this returns, the module has told the LWK the new identity. */
static int64_t set_ids(const struct regs *regs, uint64_t nr)
{
	return restart_if_interrupted(
		delegate_call(LWK_PROXY_SET_IDS, nr, sys_arg(regs, 0),
			      sys_arg(regs, 1), sys_arg(regs, 2)));
}

int64_t sys_setuid(struct regs *regs)
{
	return set_ids(regs, __NR_setuid);
}

int64_t sys_setgid(struct regs *regs)
{
	return set_ids(regs, __NR_setgid);
}

int64_t sys_setreuid(struct regs *regs)
{
	return set_ids(regs, __NR_setreuid);
}

int64_t sys_setregid(struct regs *regs)
{
	return set_ids(regs, __NR_setregid);
}

int64_t sys_setresuid(struct regs *regs)
{
	return set_ids(regs, __NR_setresuid);
}

int64_t sys_setresgid(struct regs *regs)
{
	return set_ids(regs, __NR_setresgid);
}

int64_t sys_setgroups(struct regs *regs)
{
	return set_ids(regs, __NR_setgroups);
}

/* ---- Limits ------------------------------------------------------------ */

/* The proxy stores limits that it must not have itself (memory, its stack) for the
 * application. new and old: addresses or 0. */
static int64_t limit(uint64_t resource, vaddr_t new, vaddr_t old)
{
	struct rlimit value;
	int64_t ret;

	if (new &&copy_from_user(&value, new, sizeof(value)))
		return -EFAULT;
	ret = delegate_call(LWK_PROXY_LIMIT, resource, new, old);
	if (!ret && new &&resource == RLIMIT_STACK)
		current_process()->stack_limit = value.rlim_cur;
	return restart_if_interrupted(ret);
}

int64_t sys_getrlimit(struct regs *regs)
{
	return limit((uint32_t)sys_arg(regs, 0), 0, sys_arg(regs, 1));
}

int64_t sys_setrlimit(struct regs *regs)
{
	return limit((uint32_t)sys_arg(regs, 0), sys_arg(regs, 1), 0);
}

int64_t sys_prlimit64(struct regs *regs)
{
	uint64_t pid = (uint32_t)sys_arg(regs, 0);

	if (pid && pid != current_process()->pid)
		return delegate_as_is(regs);
	return limit((uint32_t)sys_arg(regs, 1), sys_arg(regs, 2),
		     sys_arg(regs, 3));
}

/* ---- personality(2) ----------------------------------------------------- */

#define QUERY 0xffffffffU
/* Addresses are never randomised here. */
#define HARMLESS (ADDR_NO_RANDOMIZE | ADDR_COMPAT_LAYOUT)

int64_t sys_personality(struct regs *regs)
{
	struct process *p = current_process();
	uint32_t new = (uint32_t)sys_arg(regs, 0), old = p->personality;

	if (new == QUERY)
		return old;
	if (new & ~(uint32_t)HARMLESS)
		return -EINVAL;
	p->personality = new;
	return old;
}
