/* SPDX-License-Identifier: GPL-2.0 */
#include <asm/errno.h>
#include "kernel/core/hook.h"
#include "kernel/ikc/ring.h"
#include "kernel/ikc/upcalls.h"
#include "kernel/syscall/nimble_call.h"
struct hook_counts hook_counts;
void hook_init(void)
{
}
void hook_process_gone(struct process *proc)
{
	(void)proc;
}
bool hook_run_syscall_entry(struct regs *regs)
{
	(void)regs;
	return false;
}
struct thread *hook_run_pick_next(struct cpu *cpu, struct thread *fallback)
{
	(void)cpu;
	return fallback;
}
void extension_control(uint64_t cookie, uint64_t offset, uint64_t bytes)
{
	(void)offset;
	(void)bytes;
	ikc_reply(cookie, -ENOSYS, 0, 0);
}
int64_t sys_nimble_ctl(struct regs *regs)
{
	(void)regs;
	return -ENOSYS;
}
