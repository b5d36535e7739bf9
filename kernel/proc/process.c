/* SPDX-License-Identifier: GPL-2.0 */
/* Processes, from PROC_CREATE to PROC_RELEASE. */
#include <asm/errno.h>

#include "kernel/arch/mmu.h"
#include "kernel/core/hook.h"
#include "kernel/core/panic.h"
#include "kernel/lib/string.h"
#include "kernel/mm/kmalloc.h"
#include "kernel/mm/page_alloc.h"
#include "kernel/proc/itimer.h"
#include "kernel/proc/job.h"
#include "kernel/proc/process_priv.h"
#include "kernel/proc/sched.h"
#include "kernel/time/timer.h"

/* Distance between the top of the stack and the highest mapping: the stack may
 * grow to its limit, but at most to this. */
#define STACK_GAP_MAX (64ULL << 30)
#define STACK_GAP_MIN (128ULL << 20)

/* Ids of threads but the leaders' begin above all ids of Linux (its PID_MAX_LIMIT),
 * and stay below what a robust futex can hold (FUTEX_TID_MASK). */
#define THREAD_ID_FIRST (1U << 22)
#define THREAD_ID_END (1U << 30)

/* Guards `processes` and `count`. */
static struct spinlock lock = SPINLOCK_INIT;
static struct list processes = LIST_INIT(processes);
static uint32_t count;

/* ---- Finding ----------------------------------------------------------- */

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
	if (p)
		process_get(p);
	spin_unlock(&lock);
	return p;
}

struct process *process_find_pid(uint32_t pid)
{
	struct process *found = NULL;
	struct list *n;

	spin_lock(&lock);
	list_for_each(n, &processes) {
		struct process *p = list_entry(n, struct process, all);

		if (p->pid == pid && !found) {
			process_get(p);
			found = p;
		}
	}
	spin_unlock(&lock);
	return found;
}

uint32_t process_count(void)
{
	return __atomic_load_n(&count, __ATOMIC_RELAXED);
}

struct thread *process_thread(struct process *p, uint32_t id)
{
	struct list *n;

	list_for_each(n, &p->threads) {
		struct thread *t = list_entry(n, struct thread, member);

		if (t->id == id)
			return t;
	}
	return NULL;
}

/* ---- Making ------------------------------------------------------------ */

static vaddr_t mmap_top_for(uint64_t stack_limit)
{
	uint64_t gap = MIN(MAX(stack_limit, STACK_GAP_MIN), STACK_GAP_MAX);

	return LWK_APP_END - ALIGN_UP(gap + LARGE_SIZE, LARGE_SIZE);
}

int process_insert_thread(struct process *p, uint32_t id, void (*entry)(void),
			  uint64_t blocked, struct thread **out)
{
	struct thread *t = thread_new(this_cpu(), p, entry);
	bool ending;

	if (!t)
		return -ENOMEM;
	t->id = id;
	t->affinity = p->affinity;
	t->nice = p->nice;
	t->signals.blocked = blocked & ~SIGNALS_UNBLOCKABLE;
	spin_lock(&p->lock);
	ending = p->ending;
	if (!ending) {
		list_push_back(&p->threads, &t->member);
		__atomic_store_n(&p->thread_count, p->thread_count + 1,
				 __ATOMIC_RELAXED);
	}
	spin_unlock(&p->lock);
	if (ending)
		thread_free(t);
	*out = t;
	return ending ? -EINTR : 0;
}

/* The parts that need memory. */
static int allocate_parts(struct process *p, void (*entry)(void))
{
	paddr_t page = page_alloc_zeroed(0);
	struct thread *t;

	p->page = page ? phys_to_virt(page) : NULL;
	p->aspace = aspace_new(mmap_top_for(p->stack_limit), p->handle);
	if (!p->page || !p->aspace || process_make_slots(p))
		return -ENOMEM;
	/* The actions of its signals are not known yet, so they wait
	 * (exec.c). */
	return process_insert_thread(p, p->pid, entry, ~0UL, &t);
}

void process_free_parts(struct process *p)
{
	usage_free(p);
	process_free_slots(p);
	if (p->left_aspace)
		aspace_put(p->left_aspace);
	if (p->aspace)
		aspace_put(p->aspace);
	if (p->page)
		page_free(virt_to_phys(p->page), 0);
	if (p->job)
		job_put(p->job);
	kfree(p);
}

int process_set_up(struct process *p, const struct process_args *args)
{
	p->refs = 1;
	p->handle = args->handle;
	p->job = job_get(args->job);
	p->pid = args->pid;
	p->uid = args->uid;
	p->gid = args->gid;
	p->euid = args->euid;
	p->egid = args->egid;
	p->stack_limit = args->stack_limit;
	p->affinity = args->affinity;
	p->nice = args->nice;
	p->cpu = p->release_cpu = this_cpu();
	list_init(&p->threads);
	list_init(&p->itimers);
	list_init(&p->usage_notes);
	signals_init(&p->signals);
	return p->job ? 0 : -ENOMEM;
}

void process_drop_new_thread(struct process *p)
{
	struct thread *t = NULL;

	spin_lock(&p->lock);
	if (!list_empty(&p->threads)) {
		t = list_first(&p->threads, struct thread, member);
		list_remove(&t->member);
		p->thread_count = 0;
	}
	spin_unlock(&p->lock);
	if (t)
		thread_free(t);
}

int process_enter(struct process *p)
{
	int error;

	spin_lock(&lock);
	error = find_locked(p->handle) ? -EEXIST : 0;
	if (!error) {
		list_push_back(&processes, &p->all);
		__atomic_store_n(&count, count + 1, __ATOMIC_RELAXED);
	}
	spin_unlock(&lock);
	return error;
}

int process_new(const struct process_args *args, void (*entry)(void),
		struct process **out)
{
	struct process *p = kzalloc(sizeof(*p));
	int error;

	if (!p)
		return -ENOMEM;
	error = process_set_up(p, args);
	if (!error)
		error = allocate_parts(p, entry);
	if (!error) {
		p->page->root = p->aspace->root;
		p->page->cpu = p->cpu->index;
		process_set_name(p, "(starting)");
		error = process_enter(p);
	}
	if (error) {
		/* The thread's reference is dropped, ours is not: no reply. */
		process_drop_new_thread(p);
		process_free_parts(p);
		return error;
	}
	*out = p;
	return 0;
}

static uint32_t new_thread_id(void)
{
	static uint32_t next = THREAD_ID_FIRST;
	uint32_t id = __atomic_fetch_add(&next, 1, __ATOMIC_RELAXED);

	/* 10^9 threads later they begin again. */
	return THREAD_ID_FIRST +
	       (id - THREAD_ID_FIRST) % (THREAD_ID_END - THREAD_ID_FIRST);
}

struct thread *process_add_thread(void (*entry)(void), int *error)
{
	struct thread *t;

	*error =
		process_insert_thread(current_process(), new_thread_id(), entry,
				      current_thread()->signals.blocked, &t);
	return *error ? NULL : t;
}

void process_start(struct process *p)
{
	spin_lock(&p->lock);
	if (!list_empty(&p->threads)) {
		struct thread *t =
			list_first(&p->threads, struct thread, member);

		process_set_state(p, LWK_PROC_RUNNABLE);
		if (t->state == THREAD_NEW)
			thread_wake(t);
	}
	spin_unlock(&p->lock);
}

/* ---- Ending ------------------------------------------------------------ */

void process_kill_locked(struct process *p, int wait_status)
{
	struct list *n;

	if (p->ending)
		return;
	p->wait_status = wait_status;
	__atomic_store_n(&p->ending, true, __ATOMIC_RELAXED);
	list_for_each(n, &p->threads) {
		struct thread *t = list_entry(n, struct thread, member);

		thread_set_work(t, THREAD_WORK_DIE | THREAD_WORK_ABANDON);
		if (t != current_thread())
			thread_kick(t);
	}
}

void process_kill(struct process *p, int wait_status)
{
	spin_lock(&p->lock);
	process_kill_locked(p, wait_status);
	spin_unlock(&p->lock);
}

/* Leave the process's list; the last thread tells how the process ended. */
static void leave_process(struct thread *t, int wait_status)
{
	struct process *p = t->proc;
	bool last, tell;

	spin_lock(&p->lock);
	list_remove(&t->member);
	signal_flush(&p->signals, &t->signals.pending, ~0UL);
	__atomic_store_n(&p->thread_count, p->thread_count - 1,
			 __ATOMIC_RELAXED);
	last = !p->thread_count;
	/* As on Linux, the leader's exit status is the process's if there
	 * was no exit_group(). */
	if (t->id == p->pid && !p->ending)
		p->wait_status = wait_status;
	if (last) {
		p->ending = true;
		signal_flush(&p->signals, &p->signals.pending, ~0UL);
	}
	if (p->execing)
		thread_wake(p->execing);
	wait_status = p->wait_status;
	tell = last && !p->release_wanted;
	spin_unlock(&p->lock);
	if (last) {
		process_set_state(p, LWK_PROC_ENDED);
		itimers_delete(p, true);
		usage_leave(p);
		process_end_vfork(p);
	}
	if (tell)
		process_exited(p, wait_status);
}

void thread_exit(int wait_status)
{
	struct thread *t = current_thread();

	hook_task_event(NIMBLE_HOOK_task_exit, t->id, (uint64_t)wait_status);
	thread_leave_memory(t);
	thread_free_slot(t);
	leave_process(t, wait_status);
	arch_irq_disable();
	__atomic_store_n(&t->state, THREAD_DEAD, __ATOMIC_RELAXED);
	schedule();
	panic("a dead thread was scheduled");
}

void process_release(struct process *p, uint64_t cookie)
{
	bool is_new;

	spin_lock(&p->lock);
	if (p->release_wanted) {
		spin_unlock(&p->lock);
		return;
	}
	p->release_wanted = true;
	p->release_cookie = cookie;
	p->release_cpu = this_cpu();
	is_new = p->thread_count == 1 &&
		 list_first(&p->threads, struct thread, member)->state ==
			 THREAD_NEW;
	if (!is_new)
		process_kill_locked(p, WAIT_STATUS_SIGNAL(SIGKILL));
	spin_unlock(&p->lock);
	if (is_new)
		process_drop_new_thread(p);
	process_put(p);
}

/* On the CPU that got PROC_RELEASE, in thread context. */
static void finish_release(struct cpu_job *job)
{
	struct process *p = container_of(job, struct process, release_job);
	uint64_t cookie = p->release_cookie;
	bool reply = p->release_wanted;

	hook_process_gone(p);
	process_free_parts(p);
	if (reply)
		process_released(cookie);
}

void process_put(struct process *p)
{
	if (__atomic_sub_fetch(&p->refs, 1, __ATOMIC_ACQ_REL))
		return;
	spin_lock(&lock);
	list_remove(&p->all);
	__atomic_store_n(&count, count - 1, __ATOMIC_RELAXED);
	spin_unlock(&lock);
	p->release_job.run = finish_release;
	cpu_post(p->release_cpu, &p->release_job);
}

/* ---- Seen -------------------------------------------------------------- */

void process_set_name(struct process *p, const char *path)
{
	const char *name = strrchr_or_self(path, '/');
	struct thread *t = current_thread();

	strlcpy(p->page->name, name, sizeof(p->page->name));
	if (t->proc == p)
		strlcpy(t->name, name, sizeof(t->name));
}

uint64_t process_run_ns(void)
{
	struct thread *t = current_thread();

	return cycles_to_ns(
		__atomic_load_n(&t->proc->page->run_cycles, __ATOMIC_RELAXED) +
		arch_cycles() - t->started_cycles);
}

bool page_for_admin(void)
{
	const struct cpu *cpu = this_cpu();
	const struct thread *t = cpu->current;

	if (cpu->asker != CPU_ASKER_THREAD)
		return cpu->asker == CPU_ASKER_ADMIN;
	return !t || !t->proc || !t->proc->euid;
}
