// SPDX-License-Identifier: MIT
/* What a test asks for; see stub.h. */
#include "stub_priv.h"

static uint64_t rdtsc(void)
{
	uint32_t low, high;

	__asm__ volatile("lfence; rdtsc" : "=a"(low), "=d"(high));
	return (uint64_t)high << 32 | low;
}

/* As kernel/abi/time.h says. */
static uint64_t monotonic_ns(void)
{
	const struct lwk_time *t = at_phys(boot->time_page);
	const struct lwk_clock *c = &t->clock[1]; /* CLOCK_MONOTONIC */
	unsigned __int128 product;
	uint32_t seq;
	uint64_t ns;

	do {
		seq = __atomic_load_n(&t->seq, __ATOMIC_ACQUIRE);
		product =
			(unsigned __int128)(rdtsc() - t->cycle_last) * c->mult;
		ns = c->base_ns +
		     (uint64_t)((product + c->base_frac) >> c->shift);
		__atomic_thread_fence(__ATOMIC_ACQUIRE);
	} while (seq & 1 || __atomic_load_n(&t->seq, __ATOMIC_RELAXED) != seq);
	return t->tsc_valid ? ns : 0;
}

static void panic(struct cpu *c)
{
	log_line(c, "stub: panic on command", 0);
	__atomic_store_n(&boot->state, LWK_STATE_PANICKED, __ATOMIC_RELEASE);
	lapic_ring_linux();
	halt();
}

/* Any CPU may hold the answer to a control request. */
uint32_t nimble_let_go;

static void let_go(struct cpu *c, struct proc *p)
{
	p->hold = false;
	for (unsigned int i = 0; i < 4; i++)
		if (p->held[i]) {
			ring_reply(c, p->held[i], -EFAULT, 0, 0);
			p->held[i] = 0;
		}
	__atomic_store_n(&nimble_let_go, 1, __ATOMIC_RELEASE);
}

static void request(struct cpu *c, struct proc *p, unsigned int slot)
{
	p->slots->slot[slot].nr = 39;
	p->slots->slot[slot].state = LWK_SLOT_REQUEST;
	__atomic_fetch_or(&p->slots->requested, 1ULL << slot, __ATOMIC_SEQ_CST);
	if (__atomic_load_n(&p->slots->sleepers, __ATOMIC_RELAXED))
		ring_send(c, &(struct lwk_msg){.type = LWK_MSG_WAKE,
					       .proc = p->handle});
}

static void send(struct cpu *c, struct proc *p, uint32_t type, uint64_t arg0,
		 uint64_t arg1)
{
	ring_send(c, &(struct lwk_msg){.type = type,
				       .proc = p->handle,
				       .cookie = 12345,
				       .arg = {arg0, arg1}});
}

static void unknown_proc(struct cpu *c)
{
	struct proc none = {.handle = 1ULL << 40};

	send(c, &none, LWK_MSG_WAKE, 0, 0);
	send(c, &none, LWK_MSG_ZAP, 0x1000, 0x2000);
	send(c, &none, LWK_MSG_PROC_EXIT, 0, 0);
}

/* Misbehaviour, after which the module must not trust us any more. */
static void misbehave(struct cpu *c, struct proc *p, unsigned int command)
{
	switch (command) {
	case STUB_HANG:
		for (;;)
			relax();
	case STUB_BAD_TAIL:
		__atomic_store_n(&c->in->tail, c->tail + 6, __ATOMIC_RELEASE);
		for (;;)
			relax();
	case STUB_BAD_HEAD:
		__atomic_store_n(&c->out->head, c->head + 1000,
				 __ATOMIC_RELEASE);
		lapic_ring_linux();
		break;
	case STUB_BAD_COOKIE:
		send(c, p, LWK_MSG_REPLY, 0, 0);
		break;
	case STUB_BAD_TYPE:
		send(c, p, 77, 0, 0);
		break;
	case STUB_BAD_ZAP:
		send(c, p, LWK_MSG_ZAP, 0x2000, 0x1000);
		break;
	case STUB_BAD_SLOT:
		send(c, p, LWK_MSG_INTERRUPT, LWK_SLOTS_MAX, 0);
		break;
	}
}

static void run(struct cpu *c, struct proc *p, unsigned int command,
		unsigned int arg)
{
	switch (command) {
	case STUB_NOP:
		report_of(p)->bell = lapic_pending(LWK_VECTOR_DOORBELL);
		break;
	case STUB_RACE_REMAP:
	case STUB_RACE_PROTECT:
		p->race = command;
		p->race_page = arg % STUB_PAGES;
		break;
	case STUB_RACE_END:
		p->race = 0;
		break;
	case STUB_HOLD:
		p->hold = true;
		break;
	case STUB_LET_GO:
		let_go(c, p);
		break;
	case STUB_EXIT:
		send(c, p, LWK_MSG_PROC_EXIT, arg, 0);
		break;
	case STUB_WAKE:
		send(c, p, LWK_MSG_WAKE, 0, 0);
		break;
	case STUB_FLOOD:
		while (arg--)
			send(c, p, LWK_MSG_WAKE, 0, 0);
		break;
	case STUB_INTERRUPT:
		send(c, p, LWK_MSG_INTERRUPT, arg, 0);
		break;
	case STUB_REQUEST:
		request(c, p, arg % STUB_REPORT_SLOT);
		break;
	case STUB_LOG:
		while (arg--)
			log_line(c, "stub: a line of text, counting down", arg);
		break;
	case STUB_TIME:
		report_of(p)->ns = monotonic_ns();
		break;
	case STUB_PANIC:
		panic(c);
		break;
	case STUB_UNKNOWN_PROC:
		unknown_proc(c);
		break;
	default:
		misbehave(c, p, command);
	}
}

void command_run(struct cpu *c, struct proc *p, uint32_t word)
{
	unsigned int command = word >> 16, arg = word & 0xffff;

	if (command >= STUB_REMAP && command <= STUB_BAD_TABLE)
		pages_command(c, p, command, arg % STUB_PAGES);
	else
		run(c, p, command, arg);
	__atomic_fetch_add(&report_of(p)->commands, 1, __ATOMIC_RELEASE);
}
