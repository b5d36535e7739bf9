// SPDX-License-Identifier: MIT
/* Processes that never run. */
#include "stub_priv.h"

#define PROCS (sizeof(((struct cpu *)0)->proc) / sizeof(struct proc))

void *memset(void *to, int c, uint64_t n);

struct proc *proc_find(struct cpu *c, uint64_t handle)
{
	for (unsigned int i = 0; i < PROCS; i++)
		if (handle && c->proc[i].handle == handle)
			return &c->proc[i];
	return 0;
}

bool proc_any(struct cpu *c)
{
	for (unsigned int i = 0; i < PROCS; i++)
		if (c->proc[i].handle)
			return true;
	return false;
}

struct stub_report *report_of(struct proc *p)
{
	return (struct stub_report *)&p->slots->slot[STUB_REPORT_SLOT];
}

static struct proc *unused(struct cpu *c)
{
	for (unsigned int i = 0; i < PROCS; i++)
		if (!c->proc[i].handle)
			return &c->proc[i];
	return 0;
}

struct proc *proc_create(struct cpu *c, uint64_t handle)
{
	struct proc *p = unused(c);

	if (!p)
		return 0;
	memset(p, 0, sizeof(*p));
	p->page = frame_alloc();
	p->slots = frame_alloc();
	pages_init(p);
	p->page->root = phys_of(p->root);
	p->page->slot_page[0] = phys_of(p->slots);
	p->slots->pages = 1;
	p->page->cpu = c->index;
	p->page->name[0] = 's';
	p->page->run_cycles = 1000;
	p->handle = handle;
	return p;
}

void proc_release(struct proc *p)
{
	pages_free(p);
	frame_free(p->page);
	frame_free(p->slots);
	p->handle = 0;
}
