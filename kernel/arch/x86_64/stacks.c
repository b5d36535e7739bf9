/* SPDX-License-Identifier: GPL-2.0 */
/* The stacks of each CPU: the one that it began on, which is its idle thread's,
 * those of the exceptions that have one of their own, and that of the thread that
 * runs. */
#include "kernel/arch/x86_64/arch_priv.h"

static bool lies_below(unsigned long address, unsigned long top)
{
	return address < top && top - address <= STACK_BYTES;
}

unsigned long arch_stack_end(unsigned long address)
{
	const struct cpu *cpu = this_cpu();
	unsigned long boot_top = (unsigned long)boot_stack_top[cpu->index];
	int i;

	if (lies_below(address, cpu->kernel_stack))
		return cpu->kernel_stack;
	if (lies_below(address, boot_top))
		return boot_top;
	for (i = IST_DOUBLE_FAULT; i <= IST_MCE; i++)
		if (lies_below(address, cpu->arch->tss.ist[i - 1]))
			return cpu->arch->tss.ist[i - 1];
	return 0;
}
