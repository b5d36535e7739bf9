/* SPDX-License-Identifier: GPL-2.0 */
/* The work of a CPU between programs: messages from the module, and the
 * rest. */
#include "kernel/arch/cpu.h"
#include "kernel/core/hook.h"
#include "kernel/core/panic.h"
#include "kernel/core/percpu.h"
#include "kernel/ikc/from_linux.h"
#include "kernel/ikc/ring.h"
#include "kernel/mm/kmalloc.h"
#include "kernel/mm/page_alloc.h"
#include "kernel/proc/sched.h"
#include "kernel/time/timer.h"

/* ---- A share for messages ----------------------------------------------
 *
 * A sender of messages could keep a CPU in this file. So while a program wants the
 * CPU, it handles only so many in each window of time; the rest wait for the end of
 * the window, for which the CPU's timer is set. A CPU that idles handles all. */

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

/* Whether messages are to wait; no longer when the pause is over. */
static bool is_paused(struct cpu *cpu)
{
	if (!cpu->poll_pause_end)
		return false;
	if (cpu->current != cpu->idle && arch_cycles() < cpu->poll_pause_end)
		return true;
	set_pause(cpu, 0);
	return false;
}

/* Whether one more message is within the share. If not, a pause begins. */
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
		/* The slot is freed before a handler that may take long: m
		 * is a copy, and nothing waits for this slot. */
		ring_done(cpu->ring_in, &cpu->in_tail);
		message_handle(&m);
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
	/* Even without the bit: messages may have come before the interrupt. */
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
