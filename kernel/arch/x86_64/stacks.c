/* SPDX-License-Identifier: GPL-2.0 */
/* Kernel stacks. The lowest page of each is not mapped: one that overflows raises a
 * double fault, which has a stack of its own, before it writes what is not its own.
 *
 * A CPU has the stack that it began on, which is its idle thread's; those of the
 * exceptions that come at any time; one for messages whose work needs more stack than a
 * waiting thread may have left; and that of the thread that runs.
 */
#include "kernel/arch/mmu.h"
#include "kernel/arch/thread.h"
#include "kernel/arch/x86_64/arch_priv.h"
#include "kernel/core/panic.h"
#include "kernel/mm/page_alloc.h"

#define STACK_ORDER 2

_Static_assert(STACK_BYTES == PAGE_SIZE << STACK_ORDER, "order of a stack");

static char *guard_of(void *top)
{
	return (char *)top - STACK_BYTES;
}

void *arch_stack_new(void)
{
	/* Zeroed: memory that held code keeps it, for an emulator, until it is
	 * overwritten, and until then every write to it is slow. */
	paddr_t pa = page_alloc_zeroed(STACK_ORDER);
	char *stack;

	if (!pa)
		return NULL;
	stack = phys_to_virt(pa);
	if (mmu_guard(stack)) {
		page_free(pa, STACK_ORDER);
		return NULL;
	}
	return stack + STACK_BYTES;
}

void arch_stack_free(void *top)
{
	mmu_unguard(guard_of(top));
	page_free(virt_to_phys(guard_of(top)), STACK_ORDER);
}

void *stack_of_cpu(void)
{
	void *top = arch_stack_new();

	if (!top)
		panic("no memory for the stacks of %u CPUs", cpu_count());
	return top;
}

void stack_guard_first(void *top)
{
	if (mmu_guard(guard_of(top)))
		panic("no memory for the kernel's page tables");
}

void stack_entered(struct arch_thread *t, void *top)
{
	uint64_t bit = cpu_bit(this_cpu());

	if (t->guard_seen & bit)
		return;
	t->guard_seen |= bit;
	arch_mmu_flush((vaddr_t)guard_of(top),
		       (vaddr_t)guard_of(top) + PAGE_SIZE);
}

/* ---- Which stack it is --------------------------------------------------- */

/* The page of the guard does not belong to the stack. */
static bool is_on(unsigned long address, unsigned long top)
{
	return address < top && top - address <= STACK_BYTES - PAGE_SIZE;
}

unsigned long arch_stack_end(unsigned long address)
{
	const struct cpu *cpu = this_cpu();
	unsigned long tops[] = {
		cpu->kernel_stack,
		(unsigned long)boot_stack_top[cpu->index],
		(unsigned long)cpu->arch->work_stack,
		cpu->arch->tss.ist[IST_DOUBLE_FAULT - 1],
		cpu->arch->tss.ist[IST_NMI - 1],
		cpu->arch->tss.ist[IST_DEBUG - 1],
		cpu->arch->tss.ist[IST_MCE - 1],
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(tops); i++)
		if (is_on(address, tops[i]))
			return tops[i];
	return 0;
}

bool stack_overflowed(unsigned long address)
{
	unsigned long above = address + PAGE_SIZE;

	return !arch_stack_end(address) && arch_stack_end(above);
}

/* ---- Work of messages -------------------------------------------------- */

void arch_call_on_work_stack(void (*work)(void *arg), void *arg)
{
	struct arch_cpu *a = this_cpu()->arch;

	/* Such work is going on already, and looks at messages itself: stay
	 * on this stack. */
	if (a->on_work_stack) {
		work(arg);
		return;
	}
	a->on_work_stack = true;
	call_on_stack(a->work_stack, work, arg);
	a->on_work_stack = false;
}
