/* SPDX-License-Identifier: GPL-2.0 */
/* Creating and freeing threads. */
#include "kernel/arch/entry.h"
#include "kernel/core/panic.h"
#include "kernel/lib/string.h"
#include "kernel/mm/kmalloc.h"
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
	void *stack = arch_stack_new();

	if (!t || !stack)
		goto fail;
	list_init(&t->queue);
	list_init(&t->member);
	list_init(&t->policy.limbo);
	list_init(&t->policy.waiting);
	list_init(&t->policy.in_dsq);
	thread_signals_init(&t->signals);
	t->cpu = cpu;
	t->affinity = cpu_all();
	t->entry = entry;
	t->stack_top = stack;
	if (arch_thread_init(&t->arch, t->stack_top, begin, proc != NULL))
		goto fail;
	t->proc = proc;
	if (proc)
		process_get(proc);
	return t;
fail:
	if (stack)
		arch_stack_free(stack);
	kfree(t);
	return NULL;
}

void thread_free(struct thread *t)
{
	ASSERT(t->state == THREAD_NEW || t->state == THREAD_DEAD);
	ASSERT(!t->on_cpu && list_empty(&t->queue) && list_empty(&t->member));
	arch_thread_destroy(&t->arch);
	arch_stack_free(t->stack_top);
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

/* The thread that a CPU runs does not go while it does, nor does its process. */
void describe_running(struct lwk_where *where)
{
	const struct thread *t = current_thread();

	where->pid = 0;
	if (!t || !t->proc)
		return;
	where->pid = t->proc->pid;
	where->last_syscall = t->proc->page->last_syscall;
	memcpy(where->name, t->proc->page->name, sizeof(where->name));
}
