/* SPDX-License-Identifier: GPL-2.0 */
/* Creating and freeing threads. */
#include "kernel/arch/mmu.h"
#include "kernel/core/panic.h"
#include "kernel/mm/kmalloc.h"
#include "kernel/mm/page_alloc.h"
#include "kernel/proc/process.h"
#include "kernel/proc/sched.h"
#include "kernel/proc/thread.h"

/* First function of every thread. */
static void begin(void)
{
	sched_switched();
	current_thread()->entry();
}

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
	list_init(&t->member);
	thread_signals_init(&t->signals);
	t->cpu = cpu;
	t->affinity = cpu_all();
	t->entry = entry;
	t->stack = phys_to_virt(stack);
	t->stack_top = (char *)t->stack + (PAGE_SIZE << THREAD_STACK_ORDER);
	*(uint64_t *)t->stack = STACK_CANARY;
	if (arch_thread_init(&t->arch, t->stack_top, begin, proc != NULL))
		goto fail;
	t->proc = proc;
	if (proc)
		process_get(proc);
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
	ASSERT(!t->on_cpu && list_empty(&t->queue) && list_empty(&t->member));
	arch_thread_destroy(&t->arch);
	page_free(virt_to_phys(t->stack), THREAD_STACK_ORDER);
	if (t->proc)
		process_put(t->proc);
	kfree(t);
}

void thread_reap(void)
{
	struct cpu *cpu = this_cpu();

	while (!list_empty(&cpu->dead)) {
		struct thread *t = list_first(&cpu->dead, struct thread, queue);

		list_remove(&t->queue);
		thread_free(t);
	}
}
