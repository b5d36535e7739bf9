/* SPDX-License-Identifier: GPL-2.0 */
/* Delegated system calls.
 *
 * The thread spins for its result while it is alone on its CPU, but not beyond
 * SPIN_NS: a call that takes longer waits for something outside, and a CPU that
 * sleeps then leaves the other threads of a core, or of an emulator, their time.
 */
#include <asm/errno.h>

#include "kernel/abi/mark.h"
#include "kernel/abi/ring.h"
#include "kernel/abi/slot.h"
#include "kernel/arch/cpu.h"
#include "kernel/ikc/delegate.h"
#include "kernel/ikc/ring.h"
#include "kernel/ikc/slots.h"
#include "kernel/proc/process.h"
#include "kernel/proc/sched.h"
#include "kernel/proc/wait.h"
#include "kernel/time/timer.h"

#define SPIN_NS 50000
#define ENDS_SPIN (THREAD_WORK_SIGNAL | THREAD_WORK_DIE)

static void tell_proxy(struct process *p, uint32_t type, uint64_t slot)
{
	struct lwk_msg msg = {
		.type = type,
		.proc = p->handle,
		.arg = {slot},
	};

	ikc_send(&msg);
}

/* Make the request known, and wake a worker where one sleeps. */
static void submit(const struct thread *t)
{
	const struct slot_page *s = t->slot_page;
	uint32_t *sleepers = &t->proc->slot_page[0]->shared->sleepers;

	/* release: the worker that takes it sees the slot. A full fence: pairs
	 * with the worker's between sleepers + 1 and its last look. */
	__atomic_fetch_or(&s->shared->requested, 1UL << t->slot,
			  __ATOMIC_SEQ_CST);
	if (__atomic_load_n(sleepers, __ATOMIC_RELAXED))
		tell_proxy(t->proc, LWK_MSG_WAKE, 0);
}

/* Take a request back that no worker has taken. */
static bool take_back(const struct thread *t)
{
	uint64_t bit = 1UL << t->slot;

	return __atomic_fetch_and(&t->slot_page->shared->requested, ~bit,
				  __ATOMIC_SEQ_CST) &
	       bit;
}

static bool is_done(const struct lwk_slot *slot)
{
	/* acquire: pairs with the worker's exchange to DONE */
	return LWK_SLOT_STATE(__atomic_load_n(
		       &slot->state, __ATOMIC_ACQUIRE)) == LWK_SLOT_DONE;
}

/* Whether the call is done. If not, marks in the slot that its thread
 * sleeps. */
static bool done_or_blocked(void *arg)
{
	struct lwk_slot *slot = arg;
	uint32_t old = __atomic_load_n(&slot->state, __ATOMIC_ACQUIRE);

	do {
		if (LWK_SLOT_STATE(old) == LWK_SLOT_DONE)
			return true;
		if (old & LWK_SLOT_BLOCKED)
			return false;
	} while (!__atomic_compare_exchange_n(
		&slot->state, &old, old | LWK_SLOT_BLOCKED, false,
		__ATOMIC_SEQ_CST, __ATOMIC_ACQUIRE));
	return false;
}

/* No other thread wants this CPU: look for the result for a while. */
static void spin(const struct thread *t, const struct lwk_slot *slot)
{
	uint64_t end = arch_cycles() + ns_to_cycles(SPIN_NS);

	while (!is_done(slot) && !(thread_work(t) & ENDS_SPIN) &&
	       !kernel_poll_needed() && !sched_others_waiting() &&
	       arch_cycles() < end)
		arch_pause();
}

/* Wait for the result. A signal interrupts the call, but the wait for its answer goes
 * on, and that answer counts. Only the end of the process gives a call up (-EINTR). */
static int wait_for_result(struct thread *t, struct lwk_slot *slot)
{
	int error;

	spin(t, slot);
	if (is_done(slot))
		return 0;
	error = wait_until(done_or_blocked, slot, WAIT_FOREVER, WAIT_SIGNALS);
	if (!error)
		return 0;
	tell_proxy(t->proc, LWK_MSG_INTERRUPT, thread_slot_number(t));
	return wait_until(done_or_blocked, slot, WAIT_FOREVER, WAIT_ENDING);
}

/* The process ends while a worker may have its request. */
static int64_t give_up(struct thread *t)
{
	struct lwk_slot *slot = thread_slot(t);

	if (take_back(t)) {
		__atomic_store_n(&slot->state, LWK_SLOT_FREE, __ATOMIC_RELAXED);
		slot_put();
	} else {
		slot_abandon();
	}
	return -LWK_INTERRUPTED;
}

static uint32_t blocked_flags(const struct thread *t)
{
	uint64_t blocked = t->signals.blocked;

	return (blocked & SIGNAL_BIT(SIGTTIN) ? LWK_SLOT_NO_TTIN : 0) |
	       (blocked & SIGNAL_BIT(SIGTTOU) ? LWK_SLOT_NO_TTOU : 0);
}

int64_t delegate(uint32_t nr, const uint64_t arg[6])
{
	struct thread *t = current_thread();
	struct process *p = t->proc;
	struct lwk_slot *slot;
	int64_t ret;
	int i;

	if ((thread_work(t) & THREAD_WORK_ABANDON) || slot_get())
		return -LWK_INTERRUPTED;
	MARK_STAGE(MARK_STAGE_SLOT);
	process_set_state(p, LWK_PROC_DELEGATED);
	__atomic_fetch_add(&p->page->syscalls_delegated, 1, __ATOMIC_RELAXED);
	slot = thread_slot(t);
	slot->nr = nr;
	for (i = 0; i < 6; i++)
		slot->arg[i] = arg[i];
	__atomic_store_n(&slot->state, LWK_SLOT_REQUEST | blocked_flags(t),
			 __ATOMIC_RELAXED);
	t->slot_page->shared->cpu[t->slot] = (uint8_t)this_cpu()->index;
	MARK_STAGE(MARK_STAGE_WAKE);
	submit(t);
	if (wait_for_result(t, slot)) {
		process_set_state(p, LWK_PROC_RUNNABLE);
		return give_up(t);
	}
	process_set_state(p, LWK_PROC_RUNNABLE);
	ret = slot->ret;
	__atomic_store_n(&slot->state, LWK_SLOT_FREE, __ATOMIC_RELAXED);
	slot_put();
	/* A signal that the call itself has raised (SIGPIPE) was sent before
	 * DONE; its doorbell may still be on the way. */
	if (ikc_pending())
		kernel_poll();
	return ret;
}
