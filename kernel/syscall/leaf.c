/* SPDX-License-Identifier: GPL-2.0 */
/* Leaf calls: the LEAF entries of kernel/abi/syscall.def. They only read memory of the
 * current thread and process; kernel/arch/entry.h says how they are called. */
#include "kernel/abi/slot.h"
#include "kernel/arch/entry.h"
#include "kernel/ikc/delegate.h"
#include "kernel/ikc/restart.h"
#include "kernel/proc/process.h"
#include "kernel/syscall/syscall.h"

/* The parent has ended, or was never asked for. */
#define DECLINED (-1)

#define LEAF_FUNCTION(name)                               \
	static __attribute__((no_caller_saved_registers)) \
	int64_t leaf_##name(void)

/* Identity. The module's messages change that of the process (on_proc_credentials());
 * exec and the end of a leader change its threads' ids. */
LEAF_FUNCTION(getpid)
{
	return current_process()->pid;
}

LEAF_FUNCTION(gettid)
{
	return current_thread()->id;
}

LEAF_FUNCTION(getuid)
{
	return current_process()->uid;
}

LEAF_FUNCTION(getgid)
{
	return current_process()->gid;
}

LEAF_FUNCTION(geteuid)
{
	return current_process()->euid;
}

LEAF_FUNCTION(getegid)
{
	return current_process()->egid;
}

LEAF_FUNCTION(getppid)
{
	const uint32_t *parent = &current_process()->page->parent;
	uint32_t id = __atomic_load_n(parent, __ATOMIC_RELAXED);

	return id ? (int64_t)id : DECLINED;
}

#define LOCAL(number, name, args)
#define DELEGATED(number, name, restart, args)
#define ABSENT(number, name, error)

int64_t (*const leaf_calls[LEAF_CALLS])(void) = {
#define LEAF(number, name) [number] = leaf_##name,
#include "kernel/abi/syscall.def"
};

/* Of those here, only getppid() declines. */
static int64_t long_way(void)
{
	return restart_if_interrupted(delegate_call(LWK_PROXY_PARENT, 0));
}

/* With a register frame: for a leaf call that has declined, or that an extension must
 * see. */
#define LEAF(number, name)                         \
	int64_t sys_##name(struct regs *regs)      \
	{                                          \
		int64_t ret = leaf_##name();       \
                                                   \
		(void)regs;                        \
		return ret < 0 ? long_way() : ret; \
	}
#include "kernel/abi/syscall.def"
