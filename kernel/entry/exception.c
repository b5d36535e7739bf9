/* SPDX-License-Identifier: GPL-2.0 */
/* Page faults and exceptions of programs. */
#include <asm/errno.h>

#include "kernel/arch/entry.h"
#include "kernel/core/log.h"
#include "kernel/exec/linux_map.h"
#include "kernel/proc/process.h"

int user_page_fault(vaddr_t va, uint32_t access, uint64_t ahead)
{
	static const uint8_t prot[] = {[FAULT_READ] = PAGE_READ,
				       [FAULT_WRITE] = PAGE_WRITE,
				       [FAULT_EXEC] = PAGE_EXEC};

	struct aspace *as = current_process()->aspace;
	int error = aspace_fault(as, va, prot[access], ahead);

	if (error != -EREMOTE)
		return error;
	/* Linux has no page there, because the file ends before: a bus
	 * error. */
	return linux_fault_in(va, aspace_is_writable(as, va)) ? -ENOMEM : 0;
}

void user_exception(struct regs *regs, int signal, int code, vaddr_t address)
{
	struct process *p = current_process();
	struct signal_info info = {
		.signal = signal,
		.code = code,
		.address = address,
	};

	thread_force_signal(&info);
	if (p->signals.action[signal - 1].handler == (uint64_t)SIG_DFL)
		log_line(
			"%s (pid %u): signal %d, address %lx, rip %lx, rsp %lx, error %lx",
			p->page->name, p->pid, signal, address, regs_pc(regs),
			regs_sp(regs), regs->error);
}
