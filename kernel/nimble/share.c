/* SPDX-License-Identifier: GPL-2.0 */
/* The share of applications' hooks of a CPU that others want: timers and messages come
 * when it is not their job's turn. It is a quarter of the time; what comes beyond that
 * waits. A CPU that idles gives all its time.
 *
 * Each CPU has a share of its own, which it alone touches: in thread context, and in
 * interrupts of devices, which may come in between; then one of the two is not counted. */
#include "kernel/arch/cpu.h"
#include "kernel/core/percpu.h"
#include "kernel/nimble/nimble_priv.h"
#include "kernel/time/timer.h"

/* What it may take at once, after it has taken nothing for a while. */
#define AT_ONCE_NS 250000
#define SHARE 4

static struct share {
	uint64_t debt; /* cycles that were taken and not yet given back */
	uint64_t since; /* TSC of that */
	struct timer timer; /* for messages that wait */
	bool waits; /* it is started */
} shares[LWK_MAX_CPUS];

static struct share *mine(void)
{
	return &shares[this_cpu()->index];
}

/* A quarter of the time that passes is given back. A run may be longer than the whole
 * share; later runs then have less. */
static struct share *give_back(void)
{
	struct share *s = mine();
	uint64_t now = arch_cycles(), back = (now - s->since) / SHARE;

	s->debt -= MIN(back, s->debt);
	s->since = now;
	return s;
}

bool hook_share_left(void)
{
	return give_back()->debt < ns_to_cycles(AT_ONCE_NS) ||
	       this_cpu()->current == this_cpu()->idle;
}

void hook_share_spent(uint64_t cycles)
{
	give_back()->debt += cycles;
}

uint64_t hook_share_next(void)
{
	const struct share *s = give_back();
	uint64_t most = ns_to_cycles(AT_ONCE_NS) / 2;

	return s->since + (s->debt - MIN(most, s->debt)) * SHARE;
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
