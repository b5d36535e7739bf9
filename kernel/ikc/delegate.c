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
#include "kernel/core/panic.h"
#include "kernel/ikc/delegate.h"
#include "kernel/ikc/ring.h"
#include "kernel/proc/process.h"
#include "kernel/proc/sched.h"
#include "kernel/time/timer.h"

#define SPIN_NS 50000

static void wake_proxy(struct process *p)
{
	struct lwk_msg msg = {.type = LWK_MSG_WAKE, .proc = p->handle};

	/* Pairs with the worker's fence between sleepers + 1 and its last look
	 * at the slots. */
	arch_fence();
	if (__atomic_load_n(&p->slots->sleepers, __ATOMIC_RELAXED))
		ikc_send(&msg);
}

static void interrupt_call(struct process *p)
{
	struct lwk_msg msg = {.type = LWK_MSG_INTERRUPT, .proc = p->handle};

	ikc_send(&msg);
}

static bool is_done(const struct lwk_slot *slot)
{
	/* acquire: pairs with the worker's exchange to DONE */
	return LWK_SLOT_STATE(__atomic_load_n(
		       &slot->state, __ATOMIC_ACQUIRE)) == LWK_SLOT_DONE;
}

/* Say in the slot that we sleep; false where the call is done meanwhile. */
static bool mark_blocked(struct lwk_slot *slot)
{
	uint32_t old = __atomic_load_n(&slot->state, __ATOMIC_ACQUIRE);

	do {
		if (LWK_SLOT_STATE(old) == LWK_SLOT_DONE)
			return false;
		if (old & LWK_SLOT_BLOCKED)
			return true;
	} while (!__atomic_compare_exchange_n(
		&slot->state, &old, old | LWK_SLOT_BLOCKED, false,
		__ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE));
	return true;
}

/* One round of waiting; false once the call is done or the program must end. */
static bool wait_more(struct thread *t, uint64_t spin_until, bool *interrupted)
{
	struct signals *s = &t->proc->signals;

	if (is_done(t->slot))
		return false;
	if (signals_deliverable(s)) {
		if (signals_fatal(s))
			return false;
		if (!*interrupted)
			interrupt_call(t->proc);
		*interrupted = true;
	}
	if (kernel_poll_needed()) {
		kernel_poll();
		return true;
	}
	if (!sched_others_waiting() && arch_cycles() < spin_until) {
		arch_pause();
		return true;
	}
	if (mark_blocked(t->slot))
		thread_block();
	return true;
}

int64_t delegate(uint32_t nr, const uint64_t arg[6])
{
	struct thread *t = current_thread();
	struct process *p = t->proc;
	struct lwk_slot *slot = t->slot;
	bool interrupted = false;
	uint64_t spin_until;
	int64_t ret;
	int i;

	if (signals_fatal(&p->signals))
		return -LWK_INTERRUPTED;
	MARK_STAGE(MARK_STAGE_SLOT);
	process_set_state(p, LWK_PROC_DELEGATED);
	p->page->syscalls_delegated++;
	slot->nr = nr;
	for (i = 0; i < 6; i++)
		slot->arg[i] = arg[i];
	/* release: the worker that takes it sees nr and arg */
	__atomic_store_n(&slot->state, LWK_SLOT_REQUEST, __ATOMIC_RELEASE);
	MARK_STAGE(MARK_STAGE_WAKE);
	wake_proxy(p);

	spin_until = arch_cycles() + ns_to_cycles(SPIN_NS);
	while (wait_more(t, spin_until, &interrupted))
		;
	process_set_state(p, LWK_PROC_RUNNABLE);
	if (!is_done(slot))
		return -LWK_INTERRUPTED; /* about to end: leave the slot */
	ret = slot->ret;
	__atomic_store_n(&slot->state, LWK_SLOT_FREE, __ATOMIC_RELAXED);
	/* A signal that the call itself has raised (SIGPIPE) was sent before
	 * DONE; its doorbell may still be on the way. */
	if (ikc_pending())
		kernel_poll();
	return ret;
}

void thread_wake_if_waiting(struct thread *t)
{
	if (t->state == THREAD_BLOCKED)
		thread_wake(t);
}
