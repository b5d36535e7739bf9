/* SPDX-License-Identifier: GPL-2.0 */
/* Slots for delegated calls. See slots.h. */
#include <asm/errno.h>

#include "kernel/arch/mmu.h"
#include "kernel/ikc/slots.h"
#include "kernel/mm/kmalloc.h"
#include "kernel/mm/page_alloc.h"
#include "kernel/proc/process.h"
#include "kernel/proc/sched.h"

#define ALL_SLOTS ((1UL << LWK_SLOTS) - 1)

static struct slot_page *new_page(uint32_t number)
{
	struct slot_page *s = kzalloc(sizeof(*s));
	paddr_t page = s ? page_alloc_zeroed(0) : 0;

	if (!page) {
		kfree(s);
		return NULL;
	}
	s->shared = phys_to_virt(page);
	s->number = number;
	return s;
}

static void free_page(struct slot_page *s)
{
	page_free(virt_to_phys(s->shared), 0);
	kfree(s);
}

/* Give the process a page more. Caller holds slot_lock, or is its creator. */
static int add_page(struct process *p)
{
	struct slot_page *s;

	if (p->slot_pages == LWK_SLOT_PAGES)
		return -ENOSPC;
	s = new_page(p->slot_pages);
	if (!s)
		return -ENOMEM;
	p->slot_page[p->slot_pages] = s;
	__atomic_store_n(&p->page->slot_page[p->slot_pages],
			 virt_to_phys(s->shared), __ATOMIC_RELEASE);
	p->slot_pages++;
	/* release: the proxy maps what the module finds in the table */
	__atomic_store_n(&p->slot_page[0]->shared->pages, p->slot_pages,
			 __ATOMIC_RELEASE);
	return 0;
}

int process_make_slots(struct process *p)
{
	return add_page(p);
}

void process_free_slots(struct process *p)
{
	while (p->slot_pages)
		free_page(p->slot_page[--p->slot_pages]);
}

/* Take a free slot for t; caller holds slot_lock. */
static bool take_free(struct process *p, struct thread *t)
{
	uint32_t i;

	for (i = 0; i < p->slot_pages; i++) {
		struct slot_page *s = p->slot_page[i];
		uint64_t is_free = ~s->used & ALL_SLOTS;

		if (!is_free)
			continue;
		t->slot = (uint32_t)__builtin_ctzl(is_free);
		t->slot_page = s;
		s->used |= 1UL << t->slot;
		s->owner[t->slot] = t;
		return true;
	}
	return false;
}

static bool try_to_get(void *arg)
{
	struct thread *t = arg;
	struct process *p = t->proc;
	bool got;

	spin_lock(&p->slot_lock);
	got = take_free(p, t) || (!add_page(p) && take_free(p, t));
	spin_unlock(&p->slot_lock);
	return got;
}

int slot_get(void)
{
	struct thread *t = current_thread();

	if (t->slot_page || try_to_get(t))
		return 0;
	/* All are in use and memory is out. Other threads give theirs back
	 * in time, without a wake-up, so look again when others have run. */
	do {
		sched_yield_cpu();
		if (kernel_poll_needed())
			kernel_poll();
		if (thread_work(t) & (THREAD_WORK_ABANDON | THREAD_WORK_SIGNAL))
			return -EINTR;
		arch_pause();
	} while (!try_to_get(t));
	return 0;
}

static void give_back(struct thread *t, bool usable)
{
	struct process *p = t->proc;

	spin_lock(&p->slot_lock);
	t->slot_page->owner[t->slot] = NULL;
	if (usable)
		t->slot_page->used &= ~(1UL << t->slot);
	spin_unlock(&p->slot_lock);
	t->slot_page = NULL;
}

void slot_put(void)
{
	struct thread *t = current_thread();

	if (t->slot_page->number)
		give_back(t, true);
}

void slot_abandon(void)
{
	give_back(current_thread(), false);
}

void thread_free_slot(struct thread *t)
{
	if (t->slot_page)
		give_back(t, true);
}

void slot_done(struct process *p, uint64_t number)
{
	uint64_t page = number / LWK_SLOTS;
	struct thread *t;

	spin_lock(&p->slot_lock);
	if (page < p->slot_pages) {
		t = p->slot_page[page]->owner[number % LWK_SLOTS];
		if (t)
			thread_wake(t);
	}
	spin_unlock(&p->slot_lock);
}
