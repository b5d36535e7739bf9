/* SPDX-License-Identifier: GPL-2.0 */
/* Messages from the module, and all else that a CPU does between programs. */
#include <asm/errno.h>

#include "kernel/arch/cpu.h"
#include "kernel/core/hook.h"
#include "kernel/core/log.h"
#include "kernel/core/panic.h"
#include "kernel/core/percpu.h"
#include "kernel/ikc/delegate.h"
#include "kernel/ikc/ring.h"
#include "kernel/ikc/slots.h"
#include "kernel/ikc/upcalls.h"
#include "kernel/mm/kmalloc.h"
#include "kernel/mm/page_alloc.h"
#include "kernel/proc/process.h"
#include "kernel/proc/sched.h"
#include "kernel/time/clock.h"
#include "kernel/time/timer.h"

static void on_proc_create(const struct lwk_msg *m)
{
	struct process_args args = {
		.handle = m->proc,
		.pid = (uint32_t)m->arg[0],
		.uid = (uint32_t)(m->arg[1] >> 32),
		.gid = (uint32_t)m->arg[1],
		.stack_limit = m->arg[2],
		.job = m->arg[3],
		.euid = (uint32_t)(m->arg[4] >> 32),
		.egid = (uint32_t)m->arg[4],
		.affinity = m->arg[0] & LWK_CREATE_STAY ? cpu_bit(this_cpu())
							: cpu_all(),
	};
	struct process *p;
	int error = process_new(&args, program_start, &p);

	ikc_reply(m->cookie, error, error ? 0 : virt_to_phys(p->page), 0);
}

static void on_proc_start(struct process *p, const struct lwk_msg *m)
{
	(void)m;
	process_start(p);
}

static void on_proc_signal(struct process *p, const struct lwk_msg *m)
{
	struct signal_info info = {
		.signal = (int32_t)m->arg[0],
		.error = (int32_t)(m->arg[1] >> 32),
		.code = (int32_t)m->arg[1],
		.data = {m->arg[2], m->arg[3], m->arg[4]},
	};

	if (m->arg[0] >= 1 && m->arg[0] <= SIGNAL_COUNT)
		process_signal(p, &info);
}

static void on_proc_release(struct process *p, const struct lwk_msg *m)
{
	process_release(p, m->cookie);
}

static void on_populate(struct process *p, const struct lwk_msg *m)
{
	int error = -EFAULT;

	if (m->arg[0] < LWK_APP_END)
		error = aspace_fault_of_proxy(p->aspace, m->arg[0],
					      m->arg[1] ? PAGE_WRITE
							: PAGE_READ);
	ikc_reply(m->cookie, error == -EACCES ? -EFAULT : error, 0, 0);
}

static void on_proc_adopt(struct process *p, const struct lwk_msg *m)
{
	struct process *child = process_find(m->arg[0]);
	int error = -ESRCH;

	if (child)
		error = process_adopt(child, p->handle, (uint32_t)m->arg[1]);
	if (error)
		ikc_reply(m->cookie, error, 0, 0);
	else
		ikc_reply(m->cookie, 0, virt_to_phys(child->page),
			  child->cpu->index);
	if (child)
		process_put(child);
}

static void on_proc_space(struct process *p, const struct lwk_msg *m)
{
	struct aspace *as = process_space_for_proxy(p);

	ikc_reply(m->cookie, 0, as->handle, as->root);
}

static void on_proc_credentials(struct process *p, const struct lwk_msg *m)
{
	p->uid = (uint32_t)(m->arg[0] >> 32);
	p->gid = (uint32_t)m->arg[0];
	p->euid = (uint32_t)(m->arg[1] >> 32);
	p->egid = (uint32_t)m->arg[1];
	ikc_reply(m->cookie, 0, 0, 0);
}

static void on_lend(struct process *p, const struct lwk_msg *m)
{
	int i, error = 0;

	for (i = 0; i < LWK_LEND_FRAMES && !error; i++) {
		uint64_t frame = m->arg[1 + i];

		if (frame)
			error = aspace_lend(p->aspace,
					    m->arg[0] + (uint64_t)i * PAGE_SIZE,
					    frame & ~(PAGE_SIZE - 1UL),
					    frame & LWK_LEND_WRITE);
	}
	ikc_reply(m->cookie, error, 0, 0);
}

static void on_take_back(struct process *p, const struct lwk_msg *m)
{
	int error = -EINVAL;

	if (m->arg[0] < m->arg[1] && m->arg[1] <= LWK_APP_END)
		error = aspace_take_back(p->aspace, m->arg[0], m->arg[1],
					 false);
	ikc_reply(m->cookie, error, 0, 0);
}

static void on_slot_done(struct process *p, const struct lwk_msg *m)
{
	slot_done(p, m->arg[0]);
}

/* Messages about a process. */
static const struct {
	uint32_t type;
	bool wants_reply;
	void (*handle)(struct process *p, const struct lwk_msg *m);
} proc_messages[] = {
	{LWK_MSG_PROC_START, false, on_proc_start},
	{LWK_MSG_PROC_SIGNAL, false, on_proc_signal},
	{LWK_MSG_PROC_RELEASE, true, on_proc_release},
	{LWK_MSG_POPULATE, true, on_populate},
	{LWK_MSG_SLOT_DONE, false, on_slot_done},
	{LWK_MSG_PROC_ADOPT, true, on_proc_adopt},
	{LWK_MSG_PROC_SPACE, true, on_proc_space},
	{LWK_MSG_PROC_CREDENTIALS, true, on_proc_credentials},
	{LWK_MSG_LEND, true, on_lend},
	{LWK_MSG_TAKE_BACK, true, on_take_back},
};

static bool handle_proc_message(const struct lwk_msg *m)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(proc_messages); i++) {
		struct process *p;

		if (proc_messages[i].type != m->type)
			continue;
		p = process_find(m->proc);
		if (p) {
			proc_messages[i].handle(p, m);
			process_put(p);
		} else if (proc_messages[i].wants_reply) {
			ikc_reply(m->cookie, -ESRCH, 0, 0);
		}
		return true;
	}
	return false;
}

/* All CPUs halt; the module sees their states. */
static void on_shutdown(const struct lwk_msg *m)
{
	uint32_t i;

	if (process_count()) {
		ikc_reply(m->cookie, -EBUSY, 0, 0);
		return;
	}
	log_line("shutting down");
	ikc_reply(m->cookie, 0, 0, 0);
	for (i = 0; i < cpu_count(); i++)
		cpu_notify(&cpus[i], CPU_WORK_HALT);
}

/* Extensions are loaded here, deep in the engine. */
static void nimble_control_work(void *message)
{
	const struct lwk_msg *m = message;

	extension_control(m->cookie, m->arg[0], m->arg[1], (uint32_t)m->arg[2],
			  m->arg[3]);
}

/* Who is behind a message? */
static enum cpu_asker asker_of(const struct lwk_msg *m)
{
	struct process *p;
	bool user;

	if (m->type == LWK_MSG_PROC_CREATE)
		return m->arg[4] >> 32 ? CPU_ASKER_USER : CPU_ASKER_ADMIN;
	if (m->type == LWK_MSG_NIMBLE_CTL)
		return m->arg[3] ? CPU_ASKER_ADMIN : CPU_ASKER_USER;
	p = process_find(m->proc);
	user = p && p->euid;
	if (p)
		process_put(p);
	return user ? CPU_ASKER_USER : CPU_ASKER_ADMIN;
}

static void handle_message(struct lwk_msg *m)
{
	switch (m->type) {
	case LWK_MSG_PING:
		break; /* see ikc_poll() */
	case LWK_MSG_CLOCK_SET:
		clock_was_set();
		break;
	case LWK_MSG_PROC_CREATE:
		on_proc_create(m);
		break;
	case LWK_MSG_NIMBLE_CTL:
		arch_call_on_work_stack(nimble_control_work, m);
		break;
	case LWK_MSG_SHUTDOWN:
		on_shutdown(m);
		break;
	default:
		if (!handle_proc_message(m))
			log_line("message %u from Linux is unknown", m->type);
	}
}

/* ---- A share for messages ----------------------------------------------
 *
 * Whoever may send messages could keep a CPU in this file: so while a program wants
 * the CPU, so many are handled in each window of time, and the rest wait for its end,
 * for which the CPU's timer is set. A CPU that idles handles all. */

#define WINDOW_NS 1000000
#define WINDOW_MESSAGES 64

static void set_pause(struct cpu *cpu, uint64_t end)
{
	uint64_t flags = arch_irq_save();

	spin_lock(&cpu->lock);
	cpu->poll_pause_end = end;
	timer_arm(cpu);
	spin_unlock(&cpu->lock);
	arch_irq_restore(flags);
}

/* Do messages wait? Not any more once the pause is over. */
static bool is_paused(struct cpu *cpu)
{
	if (!cpu->poll_pause_end)
		return false;
	if (cpu->current != cpu->idle && arch_cycles() < cpu->poll_pause_end)
		return true;
	set_pause(cpu, 0);
	return false;
}

/* One more is there: is it within the share? If not, a pause begins. */
static bool within_share(struct cpu *cpu)
{
	uint64_t now = arch_cycles(), window = ns_to_cycles(WINDOW_NS);

	if (cpu->current == cpu->idle)
		return true;
	if (now - cpu->poll_window >= window) {
		cpu->poll_window = now;
		cpu->poll_count = 0;
	}
	if (cpu->poll_count++ < WINDOW_MESSAGES)
		return true;
	set_pause(cpu, cpu->poll_window + window);
	return false;
}

static void say_memory(void)
{
	boot->free_bytes = page_free_bytes();
	boot->objects = kmalloc_live_objects();
}

bool ikc_release_waits(uint64_t proc)
{
	const struct cpu *cpu = this_cpu();
	uint32_t i = cpu->in_tail;
	struct lwk_msg m;
	bool bad;

	for (; ring_peek(cpu->ring_in, i, &m, &bad); i++)
		if (m.type == LWK_MSG_PROC_RELEASE && m.proc == proc)
			return true;
	return false;
}

void ikc_poll(void)
{
	struct cpu *cpu = this_cpu();
	struct lwk_msg m;
	bool bad = false;

	if (is_paused(cpu))
		return;
	while (ring_peek(cpu->ring_in, cpu->in_tail, &m, &bad) &&
	       within_share(cpu)) {
		if (m.type == LWK_MSG_PING) /* whose answer is its tail */
			say_memory();
		/* The slot is ours to free before a handler runs that may not
		 * come back for long: m is a copy, and nobody waits for it. */
		ring_done(cpu->ring_in, &cpu->in_tail);
		this_cpu()->asker = asker_of(&m);
		handle_message(&m);
		this_cpu()->asker = CPU_ASKER_THREAD;
	}
	if (bad)
		panic("Linux has broken the ring from it: head %u, tail %u",
		      cpu->ring_in->head, cpu->in_tail);
}

static _Noreturn void halt_this_cpu(void)
{
	static uint32_t halted;
	uint32_t index = this_cpu()->index;

	arch_irq_disable();
	arch_timer_arm(0);
	__atomic_store_n(&boot->cpu[index].state, LWK_CPU_HALTED,
			 __ATOMIC_RELEASE);
	if (__atomic_add_fetch(&halted, 1, __ATOMIC_ACQ_REL) == cpu_count()) {
		__atomic_store_n(&boot->state, LWK_STATE_STOPPED,
				 __ATOMIC_RELEASE);
		arch_ring_linux(boot->doorbell_target);
	}
	arch_halt_forever();
}

void kernel_poll(void)
{
	uint32_t work = cpu_take_work(this_cpu(), CPU_WORK_POLLED);

	if (work & CPU_WORK_HALT)
		halt_this_cpu();
	/* Without its bit, too: messages that came before the interrupt. */
	ikc_poll();
	if (work & CPU_WORK_TIMER)
		sched_tick();
	if (work & CPU_WORK_QUEUE)
		sched_look_at_slice();
	if (work & CPU_WORK_PLACE)
		sched_empty_limbo();
	if (work & CPU_WORK_MESSAGE)
		hook_poll_messages();
	if (work & CPU_WORK_POSTED)
		cpu_run_posted();
	if (work & CPU_WORK_REAP)
		thread_reap();
	if (work & CPU_WORK_HOOKS)
		hook_poll();
}
