/* SPDX-License-Identifier: GPL-2.0 */
/* Events of extensions, reported to Linux and to the process that has loaded them.
 *
 * An extension has a bit for each kind of event that was not taken yet: they need no
 * memory, and none is lost. A waiter enters a list first and then looks; the maker of
 * an event sets the bit first and then looks for waiters, both under the lock. */
#include <asm/errno.h>

#include "kernel/arch/cpu.h"
#include "kernel/core/percpu.h"
#include "kernel/ikc/ring.h"
#include "kernel/lib/string.h"
#include "kernel/nimble/nimble_priv.h"
#include "kernel/proc/process.h"
#include "kernel/proc/sched.h"
#include "kernel/proc/wait.h"

struct waiter {
	struct list node;
	struct thread *thread;
	uint64_t proc; /* handle of its process */
	bool woken; /* atomic */
};

/* Guards the events of all extensions and the list. Interrupts are off inside it; taken
 * after registry.c's. */
static struct spinlock lock = SPINLOCK_INIT;
static struct list waiters = LIST_INIT(waiters);

static uint64_t enter(void)
{
	uint64_t flags = arch_irq_save();

	spin_lock(&lock);
	return flags;
}

static void leave(uint64_t flags)
{
	spin_unlock(&lock);
	arch_irq_restore(flags);
}

/* ---- Telling --------------------------------------------------------------------- */

/* Caller holds the lock, so no waiter goes away meanwhile. */
static void wake(uint64_t proc)
{
	struct list *n;

	list_for_each(n, &waiters) {
		struct waiter *w = list_entry(n, struct waiter, node);

		if (w->proc != proc)
			continue;
		/* Pairs with the acquire of is_woken(). */
		__atomic_store_n(&w->woken, true, __ATOMIC_RELEASE);
		thread_wake(w->thread);
	}
}

void extension_event(struct extension *e, uint32_t kind)
{
	struct lwk_msg msg = {
		.type = LWK_MSG_NIMBLE_EVENT,
		.proc = e->owner.proc,
		.arg = {e->id, kind},
	};
	uint64_t flags = enter();

	e->events |= 1u << kind;
	if (e->owner.proc)
		wake(e->owner.proc);
	leave(flags);
	ikc_send(&msg);
}

/* ---- Taking ---------------------------------------------------------------------- */

struct taking {
	uint64_t proc;
	struct nimble_event_record *out;
};

/* For extension_for_each(): 1, and it ends, where there was one. */
static int take_one(struct extension *e, void *arg)
{
	const struct taking *t = arg;
	uint64_t flags;

	if (e->owner.proc != t->proc)
		return 0;
	flags = enter();
	t->out->kinds = e->events;
	e->events = 0;
	leave(flags);
	if (!t->out->kinds)
		return 0;
	t->out->ext_id = e->id;
	strlcpy(t->out->name, e->name, sizeof(t->out->name));
	return 1;
}

static bool is_woken(void *arg)
{
	const struct waiter *w = arg;

	return __atomic_load_n(&w->woken, __ATOMIC_ACQUIRE);
}

int extension_take_event(const struct nimble_caller *who,
			 struct nimble_event_record *out, bool wait)
{
	struct taking taking = {who->proc, out};
	int error = 0;
	bool found;

	do {
		struct waiter w = {
			.thread = current_thread(),
			.proc = who->proc,
		};
		uint64_t flags = enter();

		list_push_back(&waiters, &w.node);
		leave(flags);
		found = extension_for_each(who, take_one, &taking);
		if (!found && wait)
			error = wait_until(is_woken, &w, WAIT_FOREVER,
					   WAIT_SIGNALS);
		flags = enter();
		list_remove(&w.node);
		leave(flags);
	} while (!found && wait && !error);
	return found ? 0 : error ? error : -EAGAIN;
}
