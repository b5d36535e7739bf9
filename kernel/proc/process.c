/* SPDX-License-Identifier: GPL-2.0 */
/* Processes, from PROC_CREATE to PROC_RELEASE. */
#include <asm/errno.h>

#include "kernel/arch/mmu.h"
#include "kernel/core/hook.h"
#include "kernel/core/log.h"
#include "kernel/core/panic.h"
#include "kernel/lib/string.h"
#include "kernel/mm/kmalloc.h"
#include "kernel/mm/page_alloc.h"
#include "kernel/proc/process.h"
#include "kernel/proc/sched.h"
#include "kernel/time/timer.h"

/* Distance between the top of the stack and the highest mapping: the stack may
 * grow to its limit, but at most to this. */
#define STACK_GAP_MAX (64ULL << 30)
#define STACK_GAP_MIN (128ULL << 20)

/* Guards `processes` and `count`. */
static struct spinlock lock = SPINLOCK_INIT;
static struct list processes = LIST_INIT(processes);
static uint32_t count;

static vaddr_t mmap_top_for(uint64_t stack_limit)
{
	uint64_t gap = MIN(MAX(stack_limit, STACK_GAP_MIN), STACK_GAP_MAX);

	return LWK_APP_END - ALIGN_UP(gap + LARGE_SIZE, LARGE_SIZE);
}

static struct process *find_locked(uint64_t handle)
{
	struct list *n;

	list_for_each(n, &processes) {
		struct process *p = list_entry(n, struct process, all);

		if (p->handle == handle)
			return p;
	}
	return NULL;
}

struct process *process_find(uint64_t handle)
{
	struct process *p;

	spin_lock(&lock);
	p = find_locked(handle);
	spin_unlock(&lock);
	return p;
}

uint32_t process_count(void)
{
	return __atomic_load_n(&count, __ATOMIC_RELAXED);
}

/* The parts that need memory. */
static int allocate_parts(struct process *p, void (*entry)(void))
{
	paddr_t page = page_alloc_zeroed(0);
	paddr_t slots = page_alloc_zeroed(0);

	p->page = page ? phys_to_virt(page) : NULL;
	p->slots = slots ? phys_to_virt(slots) : NULL;
	p->aspace = aspace_new(mmap_top_for(p->stack_limit), p);
	p->thread = thread_new(p->cpu, p, entry);
	return p->page && p->slots && p->aspace && p->thread ? 0 : -ENOMEM;
}

static void free_parts(struct process *p)
{
	if (p->thread)
		thread_free(p->thread);
	if (p->aspace)
		aspace_free(p->aspace);
	if (p->slots)
		page_free(virt_to_phys(p->slots), 0);
	if (p->page)
		page_free(virt_to_phys(p->page), 0);
	kfree(p);
}

int process_new(const struct process_args *args, void (*entry)(void),
		struct process **out)
{
	struct process *p = kzalloc(sizeof(*p));
	int error = -ENOMEM;

	if (!p)
		return -ENOMEM;
	p->handle = args->handle;
	p->job = args->job;
	p->pid = args->pid;
	p->uid = args->uid;
	p->gid = args->gid;
	p->stack_limit = args->stack_limit;
	p->cpu = this_cpu();
	if (allocate_parts(p, entry))
		goto fail;
	p->thread->id = p->pid;
	p->thread->slot = &p->slots->slot[0];
	p->page->root = p->aspace->root;
	p->page->cpu = p->cpu->index;
	process_set_name(p, "(starting)");

	spin_lock(&lock);
	error = find_locked(p->handle) ? -EEXIST : 0;
	if (!error) {
		list_push_back(&processes, &p->all);
		count++;
	}
	spin_unlock(&lock);
	if (error)
		goto fail;
	*out = p;
	return 0;
fail:
	free_parts(p);
	return error;
}

void process_set_name(struct process *p, const char *path)
{
	strlcpy(p->page->name, strrchr_or_self(path, '/'),
		sizeof(p->page->name));
}

uint64_t process_run_ns(void)
{
	struct thread *t = current_thread();

	return cycles_to_ns(t->proc->page->run_cycles + arch_cycles() -
			    t->started_cycles);
}

/* Free a process whose thread does not run and never will. */
static void process_free(struct process *p)
{
	uint64_t cookie = p->release_cookie;

	hook_process_gone(p);
	spin_lock(&lock);
	list_remove(&p->all);
	count--;
	spin_unlock(&lock);
	free_parts(p);
	process_released(cookie);
}

void process_exit(int wait_status)
{
	struct thread *t = current_thread();
	struct process *p = t->proc;

	timer_cancel_thread(t);
	p->ended = true;
	process_set_state(p, LWK_PROC_ENDED);
	if (!p->release_wanted)
		process_exited(p, wait_status);
	arch_irq_disable();
	t->state = THREAD_DEAD;
	list_push_back(&t->cpu->dead, &t->queue);
	schedule();
	panic("a dead thread was scheduled");
}

void process_release(struct process *p, uint64_t cookie)
{
	struct thread *t = p->thread;

	if (p->release_wanted)
		return;
	p->release_wanted = true;
	p->release_cookie = cookie;
	if (t->state == THREAD_NEW) {
		process_free(p);
	} else if (t->state != THREAD_DEAD) {
		signals_kill(&p->signals);
		thread_wake(t);
	}
	/* A dead one is buried by process_reap(). */
}

void process_reap(void)
{
	struct cpu *cpu = this_cpu();
	struct list *n, *tmp;

	list_for_each_safe(n, tmp, &cpu->dead) {
		struct thread *t = list_entry(n, struct thread, queue);

		if (t->proc->release_wanted && t != cpu->current) {
			list_remove(&t->queue);
			process_free(t->proc);
		}
	}
}
