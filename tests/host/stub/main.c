// SPDX-License-Identifier: MIT
/* Boots, then handles messages for ever; see stub.h. */
#include "stub_priv.h"

struct lwk_boot *boot;
static struct cpu cpus[LWK_MAX_CPUS];
static struct nimble_ctl *control;

/* In .data, so that the image holds it. */
const struct stub_switch stub_switch
	__attribute__((section(".data.switch"))) = {STUB_MODE_MAGIC,
						    STUB_NORMAL};

void stub_main(struct lwk_boot *block, uint64_t index);

uint64_t stub_mode(void)
{
	return *(const volatile uint64_t *)&stub_switch.mode;
}

_Noreturn void halt(void)
{
	for (;;)
		__asm__ volatile("cli; hlt");
}

static void set_state(uint32_t state)
{
	__atomic_store_n(&boot->state, state, __ATOMIC_RELEASE);
}

/* Turns of the loop in which a page that was asked for stays. */
#define RACE_PAUSE 2000

/* ---- Messages ---------------------------------------------------------- */

static int load(struct cpu *c, struct nimble_ctl *ctl)
{
	static const char refused[] =
		"stub: the image does not begin with good";
	const char *in = (char *)control + ctl->in;

	c->last_nimble = *ctl;
	if (ctl->in_bytes >= 4 && in[0] == 'g' && in[1] == 'o' &&
	    in[2] == 'o' && in[3] == 'd') {
		ctl->ext_id = 7;
		return 0;
	}
	__builtin_memcpy(ctl->message, refused, sizeof(refused));
	return -EINVAL;
}

static void list(struct cpu *c, struct nimble_ctl *ctl)
{
	uint32_t *out = (uint32_t *)((char *)control + ctl->out);

	out[0] = c->last_nimble.flags;
	out[1] = c->last_nimble.index;
	out[2] = c->last_nimble.op;
	ctl->out_used = 12;
}

static void nimble(struct cpu *c, const struct lwk_msg *msg)
{
	struct nimble_ctl *ctl = (void *)((char *)control + msg->arg[0]);
	int status = 0;

	if (ctl->op == NIMBLE_OP_LOAD)
		status = load(c, ctl);
	else if (ctl->op == NIMBLE_OP_LIST)
		list(c, ctl);
	else
		c->last_nimble = *ctl;
	if (ctl->op == NIMBLE_OP_REMOVE && ctl->ext_id == STUB_EXT_HELD)
		c->held_nimble = msg->cookie;
	else
		ring_reply(c, msg->cookie, status, 0, 0);
}

static void create(struct cpu *c, const struct lwk_msg *msg)
{
	struct proc *p = proc_create(c, msg->proc);

	if (p && msg->arg[2] == STUB_STACK_ENDS)
		ring_send(c, &(struct lwk_msg){.type = LWK_MSG_PROC_EXIT,
					       .proc = msg->proc,
					       .arg = {0x900}});
	if (p)
		ring_reply(c, msg->cookie, 0, phys_of(p->page), 0);
	else
		ring_reply(c, msg->cookie, -ENOMEM, 0, 0);
}

static void populate(struct cpu *c, struct proc *p, const struct lwk_msg *msg)
{
	int status = p ? 0 : -ESRCH;

	for (unsigned int i = 0; p && p->hold && i < 4; i++)
		if (!p->held[i]) {
			p->held[i] = msg->cookie;
			return;
		}
	if (p) {
		status = pages_populate(c, p, msg->arg[0], msg->arg[1]);
		p->race_pause = RACE_PAUSE;
	}
	ring_reply(c, msg->cookie, status, 0, 0);
}

static void release(struct cpu *c, struct proc *p, const struct lwk_msg *msg)
{
	if (p)
		proc_release(p);
	ring_reply(c, msg->cookie, p ? 0 : -ESRCH, 0, 0);
}

static void signal(struct cpu *c, struct proc *p, const struct lwk_msg *msg)
{
	if (msg->arg[0] == STUB_COMMAND) {
		command_run(c, p, msg->arg[2]);
		return;
	}
	report_of(p)->signal = msg->arg[0];
	report_of(p)->from = msg->arg[2];
}

static void shut_down(struct cpu *c, const struct lwk_msg *msg)
{
	bool busy = stub_mode() == STUB_SAYS_BUSY;

	for (uint32_t i = 0; i < boot->cpu_count; i++)
		busy |= proc_any(&cpus[i]);
	if (stub_mode() == STUB_NEVER_STOPS)
		return;
	ring_reply(c, msg->cookie, busy ? -EBUSY : 0, 0, 0);
	if (busy)
		return;
	ring_handled(c);
	set_state(LWK_STATE_STOPPED);
	halt();
}

static void handle(struct cpu *c, const struct lwk_msg *msg)
{
	struct proc *p = proc_find(c, msg->proc);

	switch (msg->type) {
	case LWK_MSG_PROC_CREATE:
		create(c, msg);
		break;
	case LWK_MSG_PROC_RELEASE:
		release(c, p, msg);
		break;
	case LWK_MSG_POPULATE:
		populate(c, p, msg);
		break;
	case LWK_MSG_NIMBLE_CTL:
		nimble(c, msg);
		break;
	case LWK_MSG_PROC_ADOPT: /* nobody forks here */
		ring_reply(c, msg->cookie, -ESRCH, 0, 0);
		break;
	case LWK_MSG_PROC_SPACE:
		ring_reply(c, msg->cookie, p ? 0 : -ESRCH, msg->proc,
			   p ? p->page->root : 0);
		break;
	case LWK_MSG_SHUTDOWN:
		shut_down(c, msg);
		break;
	case LWK_MSG_PROC_START:
		if (p)
			report_of(p)->started++;
		break;
	case LWK_MSG_SLOT_DONE:
		if (p)
			report_of(p)->slot_done++;
		break;
	case LWK_MSG_PROC_SIGNAL:
		if (p)
			signal(c, p, msg);
		break;
	}
}

static void race(struct cpu *c, struct proc *p)
{
	if (!p->handle || !p->race)
		return;
	if (p->race_pause)
		p->race_pause--;
	else
		pages_race_step(c, p);
}

static _Noreturn void poll(struct cpu *c)
{
	for (;;) {
		struct lwk_msg *next = ring_next(c);

		if (next) {
			struct lwk_msg msg = *next;

			handle(c, &msg);
			ring_handled(c);
		}
		if (c->held_nimble &&
		    __atomic_exchange_n(&nimble_let_go, 0, __ATOMIC_ACQUIRE)) {
			ring_reply(c, c->held_nimble, 0, 0, 0);
			c->held_nimble = 0;
		}
		for (unsigned int i = 0; i < 8; i++)
			race(c, &c->proc[i]);
		relax();
	}
}

/* ---- Booting ----------------------------------------------------------- */

static bool bad_region(uint32_t i)
{
	const struct lwk_region *r = &boot->region[i];

	if (!r->bytes || r->bytes % LWK_CHUNK_SIZE || r->base % LWK_CHUNK_SIZE)
		return true;
	return i > 1 && r[-1].base + r[-1].bytes > r->base;
}

static int check_block(void)
{
	bool bad = boot->magic != LWK_BOOT_MAGIC ||
		   boot->version != LWK_BOOT_VERSION ||
		   boot->bytes != sizeof(*boot) || boot->cpu_count == 0 ||
		   boot->cpu_count > LWK_MAX_CPUS || boot->region_count == 0 ||
		   boot->region_count > LWK_MAX_REGIONS ||
		   boot->free_offset % LWK_PAGE_SIZE ||
		   boot->free_offset >= boot->region[0].bytes ||
		   !boot->tsc_khz || !boot->doorbell_target;

	for (uint32_t i = 0; !bad && i < boot->region_count; i++)
		bad = bad_region(i);
	if (bad)
		return -EINVAL;
	return stub_mode() == STUB_REFUSES ? -95 : 0;
}

static void set_cpu_state(uint32_t i, uint32_t state)
{
	__atomic_store_n(&boot->cpu[i].state, state, __ATOMIC_RELEASE);
}

static uint32_t cpu_state(uint32_t i)
{
	return __atomic_load_n(&boot->cpu[i].state, __ATOMIC_ACQUIRE);
}

static struct cpu *init_cpu(uint32_t i)
{
	struct cpu *c = &cpus[i];

	c->index = i;
	c->in = at_phys(boot->cpu[i].ring_to_lwk);
	c->out = at_phys(boot->cpu[i].ring_to_linux);
	set_cpu_state(i, LWK_CPU_ALIVE);
	return c;
}

static void boot_primary(struct cpu *c)
{
	boot->error = check_block();
	if (boot->error) {
		set_state(LWK_STATE_REFUSED);
		halt();
	}
	mem_init();
	lapic_init();
	control = at_phys(boot->window);
	log_line(c, "stub: booting, generation", boot->generation);
	if (stub_mode() == STUB_PANICS_BOOTING) {
		set_state(LWK_STATE_PANICKED);
		halt();
	}
	set_state(LWK_STATE_PRIMARY_READY);
	set_cpu_state(0, LWK_CPU_ONLINE);
	for (uint32_t i = 1; i < boot->cpu_count; i++)
		while (cpu_state(i) != LWK_CPU_ONLINE)
			relax();
	if (stub_mode() == STUB_NEVER_RUNNING)
		halt();
	log_line(c, "stub: running, CPUs", boot->cpu_count);
	set_state(LWK_STATE_RUNNING);
}

void stub_main(struct lwk_boot *block, uint64_t index)
{
	struct cpu *c;

	if (stub_mode() == STUB_NEVER_ALIVE ||
	    (stub_mode() == STUB_SECOND_NEVER_ALIVE && index > 0))
		halt();
	boot = block;
	c = init_cpu(index);
	if (index == 0) {
		boot_primary(c);
	} else {
		if (!boot->lapic_mode)
			lapic_init();
		log_line(c, "stub: online as", index);
		set_cpu_state(index, LWK_CPU_ONLINE);
	}
	poll(c);
}
