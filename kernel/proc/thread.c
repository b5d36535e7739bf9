/* SPDX-License-Identifier: GPL-2.0 */
/* Creating and freeing threads. */
#include "kernel/arch/mmu.h"
#include "kernel/core/panic.h"
#include "kernel/mm/kmalloc.h"
#include "kernel/mm/page_alloc.h"
#include "kernel/proc/thread.h"

struct thread *thread_new(struct cpu *cpu, struct process *proc,
			  void (*entry)(void))
{
	struct thread *t = kzalloc(sizeof(*t));
	/* Zeroed: memory that held code keeps it, for an emulator, until it is
	 * overwritten, and until then every write to it is slow. */
	paddr_t stack = page_alloc_zeroed(THREAD_STACK_ORDER);

	if (!t || !stack)
		goto fail;
	list_init(&t->queue);
	t->cpu = cpu;
	t->proc = proc;
	t->stack = phys_to_virt(stack);
	t->stack_top = (char *)t->stack + (PAGE_SIZE << THREAD_STACK_ORDER);
	*(uint64_t *)t->stack = STACK_CANARY;
	if (arch_thread_init(&t->arch, t->stack_top, entry, proc != NULL))
		goto fail;
	return t;
fail:
	if (stack)
		page_free(stack, THREAD_STACK_ORDER);
	kfree(t);
	return NULL;
}

void thread_free(struct thread *t)
{
	ASSERT(t->state == THREAD_NEW || t->state == THREAD_DEAD);
	ASSERT(t != current_thread());
	arch_thread_destroy(&t->arch);
	page_free(virt_to_phys(t->stack), THREAD_STACK_ORDER);
	kfree(t);
}
