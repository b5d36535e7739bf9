// SPDX-License-Identifier: MIT
/* Page tables of a process, and changes to them by the page protocol of
 * kernel/abi/procpage.h. */
#include "stub_priv.h"

#define PRESENT 1ULL
#define WRITE 2ULL
#define USER 4ULL
#define LARGE 0x80ULL
#define RW (PRESENT | WRITE | USER)
#define RO (PRESENT | USER)
#define FRAME 0x000ffffffffff000ULL

static uint64_t *table(uint64_t *entry)
{
	uint64_t *t = frame_alloc();

	*entry = phys_of(t) | RW;
	return t;
}

static void *tagged(uint64_t address)
{
	uint64_t *frame = frame_alloc();

	frame[0] = STUB_TAG(address);
	return frame;
}

static uint64_t small_address(unsigned int page)
{
	return STUB_SMALL + page * LWK_PAGE_SIZE;
}

void pages_init(struct proc *p)
{
	p->root = frame_alloc();
	p->pdpt = table(&p->root[STUB_SMALL >> 39]);
	p->pd = table(&p->pdpt[STUB_SMALL >> 30 & 511]);
	p->small = table(&p->pd[0]);
	for (unsigned int i = 0; i < STUB_PAGES; i++)
		p->small[i] = phys_of(tagged(small_address(i))) | RW;
	p->large = large_alloc();
	if (p->large)
		p->pd[1] = p->large | RW | LARGE;
	p->demand = table(&p->pd[2]);
}

static void free_leaves(uint64_t *t)
{
	for (unsigned int i = 0; i < 512; i++)
		if (t[i] & PRESENT)
			frame_free(at_phys(t[i] & FRAME));
}

void pages_free(struct proc *p)
{
	/* Those that point elsewhere were put there by commands. */
	for (unsigned int i = 0; i < STUB_PAGES; i++)
		if (p->rule[i] == STUB_OUTSIDE || p->rule[i] == STUB_INSIDE)
			p->small[i] = 0;
	free_leaves(p->small);
	free_leaves(p->demand);
	large_free(p->large);
	frame_free(p->small);
	frame_free(p->demand);
	frame_free(p->pd);
	frame_free(p->pdpt);
	frame_free(p->root);
}

/* ---- The page protocol, LWK's side ------------------------------------- */

/* After entries of [start, start + bytes), all in one 2 MiB, have changed. */
static void take_from_proxy(struct cpu *c, struct proc *p, uint64_t start,
			    uint64_t bytes)
{
	struct lwk_msg zap = {
		.type = LWK_MSG_ZAP,
		.proc = p->handle,
		.arg = {start, start + bytes},
	};
	uint64_t *pde = &p->pd[start >> 21 & 511];

	fence();
	if (!(__atomic_load_n(pde, __ATOMIC_RELAXED) & LWK_PDE_SEEN)) {
		report_of(p)->skipped++;
		return;
	}
	ring_wait_handled(c, ring_send(c, &zap));
	report_of(p)->zaps++;
}

static uint64_t exchange(uint64_t *entry, uint64_t value)
{
	return __atomic_exchange_n(entry, value, __ATOMIC_SEQ_CST);
}

static void poison(uint64_t entry)
{
	uint64_t *frame = at_phys(entry & FRAME);

	frame[0] = STUB_POISON;
	for (unsigned int i = 0; i < 200; i++)
		relax();
	frame_free(frame);
}

static void change(struct cpu *c, struct proc *p, unsigned int page,
		   uint64_t value, bool free_old)
{
	uint64_t old = exchange(&p->small[page], value);

	take_from_proxy(c, p, small_address(page), LWK_PAGE_SIZE);
	if (free_old && old & PRESENT && (old & FRAME) != (value & FRAME))
		poison(old);
}

static uint64_t frame_of(struct proc *p, unsigned int page)
{
	return p->small[page] & FRAME;
}

/* ---- Commands ---------------------------------------------------------- */

void pages_command(struct cpu *c, struct proc *p, unsigned int command,
		   unsigned int page)
{
	uint64_t now = frame_of(p, page);

	p->rule[page] = command;
	switch (command) {
	case STUB_REMAP:
		change(c, p, page, phys_of(tagged(small_address(page))) | RW,
		       true);
		break;
	case STUB_PROTECT:
	case STUB_SHARE:
		change(c, p, page, now | RO, false);
		break;
	case STUB_UNPROTECT:
		exchange(&p->small[page], now | RW);
		break;
	case STUB_UNMAP:
		change(c, p, page, 0, true);
		break;
	case STUB_OUTSIDE:
		change(c, p, page, (1ULL << 20) | RW, true);
		break;
	case STUB_INSIDE:
		change(c, p, page, boot->region[0].base | RW, true);
		break;
	case STUB_BAD_TABLE:
		exchange(&p->pd[3], (1ULL << 20) | RW);
		break;
	}
}

static int populate_small(struct cpu *c, struct proc *p, unsigned int page,
			  bool write)
{
	uint64_t *copy;

	switch (p->rule[page]) {
	case STUB_UNMAP:
		return -EFAULT;
	case STUB_PROTECT:
		return write ? -EFAULT : 0;
	case STUB_SHARE:
		if (!write)
			return 0;
		copy = frame_alloc();
		*copy = *(uint64_t *)at_phys(frame_of(p, page));
		change(c, p, page, phys_of(copy) | RW, true);
		p->rule[page] = STUB_NOP;
		return 0;
	default:
		exchange(&p->small[page], frame_of(p, page) | RW);
		return 0;
	}
}

int pages_populate(struct cpu *c, struct proc *p, uint64_t address, bool write)
{
	uint64_t page = (address - STUB_SMALL) / LWK_PAGE_SIZE;
	uint64_t *entry;

	if (page < STUB_PAGES)
		return populate_small(c, p, page, write);
	if (address < STUB_DEMAND || address >= STUB_NOTHING)
		return -EFAULT;
	entry = &p->demand[address >> 12 & 511];
	if (!*entry)
		exchange(entry, phys_of(tagged(address & ~4095ULL)) | RO);
	if (write)
		exchange(entry, *entry | RW);
	return 0;
}

/* ---- Races ------------------------------------------------------------- */

/* Makes the page read-only and looks whether it still changes. */
static void race_protect(struct cpu *c, struct proc *p)
{
	uint64_t *word = at_phys(frame_of(p, p->race_page));
	uint64_t before;

	change(c, p, p->race_page, frame_of(p, p->race_page) | RO, false);
	before = __atomic_load_n(&word[1], __ATOMIC_RELAXED);
	for (unsigned int i = 0; i < 300; i++)
		relax();
	if (__atomic_load_n(&word[1], __ATOMIC_RELAXED) != before)
		report_of(p)->violations++;
}

void pages_race_step(struct cpu *c, struct proc *p)
{
	if (p->race == STUB_RACE_REMAP)
		pages_command(c, p, STUB_REMAP, p->race_page);
	else
		race_protect(c, p);
	report_of(p)->steps++;
}
