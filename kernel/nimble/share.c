/* SPDX-License-Identifier: GPL-2.0 */
/* What applications' hooks may take of a CPU that others want: timers and messages come
 * without their job having the CPU's turn. A quarter of each millisecond; what comes beyond
 * that waits for the next. A CPU that idles gives what it has.
 *
 * Each CPU has a share of its own, which it alone touches: in thread context, and in
 * interrupts of devices, which may come in between; then one of the two is not counted. */
#include "kernel/arch/cpu.h"
#include "kernel/core/percpu.h"
#include "kernel/nimble/nimble_priv.h"
#include "kernel/time/timer.h"

#define WINDOW_NS 1000000
#define SHARE 4

static struct share {
	uint64_t window, spent; /* TSC, cycles */
	struct timer timer; /* for messages that wait */
	bool waits; /* it is started */
} shares[LWK_MAX_CPUS];

static struct share *mine(void)
{
	return &shares[this_cpu()->index];
}

bool hook_share_left(void)
{
	struct share *s = mine();
	uint64_t now = arch_cycles();

	if (now - s->window >= ns_to_cycles(WINDOW_NS)) {
		s->window = now;
		s->spent = 0;
	}
	return this_cpu()->current == this_cpu()->idle ||
	       s->spent < ns_to_cycles(WINDOW_NS / SHARE);
}

void hook_share_spent(uint64_t cycles)
{
	mine()->spent += cycles;
}

uint64_t hook_share_next(void)
{
	return mine()->window + ns_to_cycles(WINDOW_NS);
}

static void raise_messages(struct timer *timer)
{
	struct share *s = container_of(timer, struct share, timer);

	s->waits = false;
	cpu_raise(this_cpu(), CPU_WORK_MESSAGE);
}

void hook_share_wait(void)
{
	struct share *s = mine();

	if (s->waits)
		return;
	s->waits = true;
	s->timer.fire = raise_messages;
	timer_start_call(&s->timer, hook_share_next());
}
