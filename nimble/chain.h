/* SPDX-License-Identifier: MIT */
/* Attachment: which extensions run on a hook, changed while it fires. */
#ifndef NIMBLE_CHAIN_H
#define NIMBLE_CHAIN_H

/*
 * A chain is a pointer to an immutable list. Firing publishes the list in
 * this CPU's slot for the level, with a locked exchange, reads the chain's
 * pointer again, runs the list and clears the slot. Changing a chain makes a
 * new list and exchanges the pointer; nobody waits for that. The old list is
 * freed, and what was taken out may go, when each CPU has left the chain that
 * it was in then, its readers: that is bounded by the largest remaining budget
 * of a run, and a CPU that is in user mode or halted is in none, so no interrupt
 * is needed. Whoever has to know waits (nimble_synchronise), without the mutex;
 * others are called when it is so (nimble_after_readers, nimble_reap). A
 * chain without extensions costs one load to fire.
 *
 * The exchange before the second read pairs with the exchange of the pointer
 * before the slots are read: either the firing CPU sees the new list, or the
 * changing CPU sees the slot.
 *
 * Lifecycle of an extension: loaded; attached, to one or more chains; failed,
 * when a run was unwound: it runs no more, but stays in its chains until the
 * host detaches it, outside of atomic context; and unloaded, which the host
 * may do when nimble_attached() is 0 and the readers since then are gone.
 */
#include "nimble/nimble.h"

#define NIMBLE_CHAIN_MAX 16 /* extensions on one hook */

struct nimble_chain_list;

struct nimble_slots; /* one slot for each CPU and level */

struct nimble_slots *nimble_slots_new(void); /* NULL: no memory; task */
/* Nobody is inside a chain any more. What waits for that is called first. */
void nimble_slots_free(struct nimble_slots *slots);

/* What is to be done when all who are inside a chain now have left it. */
struct nimble_grace {
	struct nimble_grace *next;
	void (*over)(void *arg);
	void *arg;
	uint64_t inside[]; /* of each CPU and level: in which run it is */
};

/* How large one is. */
size_t nimble_grace_bytes(const struct nimble_slots *slots);

/* Have over(arg) called by nimble_reap() then. Waits for nobody; the structure is the
 * engine's until then. Any context. */
void nimble_after_readers(struct nimble_slots *slots,
			  struct nimble_grace *grace, void (*over)(void *arg),
			  void *arg);

/* Call what it is time for. True: some wait still; call again soon. Task context, without
 * a lock that one of them takes; on several CPUs at once. */
bool nimble_reap(struct nimble_slots *slots);

/* Zeroed is empty. Changes are serialised by the host (one mutex, held shortly). */
struct nimble_chain {
	const struct nimble_chain_list *list; /* atomic */
	/* One for each extension but the first, so detaching needs no memory. */
	struct nimble_chain_list *spare;
};

/*
 * Order: smaller runs earlier; equal ones in the order of attaching. 0;
 * -EEXIST already there; -ENOENT no entry for this hook; -ENOSPC; -ENOMEM;
 * -EIO it has failed. Task context; nobody is waited for.
 */
int nimble_attach(struct nimble_chain *chain, struct nimble_slots *slots,
		  struct nimble_ext *ext, enum nimble_hook hook, int order);
int nimble_detach(struct nimble_chain *chain, struct nimble_slots *slots,
		  struct nimble_ext *ext);
/* In old's place and order: no event runs both or neither. */
int nimble_replace(struct nimble_chain *chain, struct nimble_slots *slots,
		   struct nimble_ext *old, struct nimble_ext *ext,
		   enum nimble_hook hook);
/* How many chains hold it. */
unsigned int nimble_attached(const struct nimble_ext *ext);

/* The attached extensions in order; NULL past the end. Under the mutex. */
struct nimble_ext *nimble_chain_at(const struct nimble_chain *chain,
				   unsigned int index);

/*
 * Services: extensions with an entry for the hook "service" that others may
 * call, those of the same job or, where it is trusted, all. The caller's
 * budget goes on counting; calls nest NIMBLE_CALL_DEPTH deep. What was removed
 * may be running until the readers have gone. Under the same mutex; -EEXIST,
 * -ENOENT, -ENOSPC, -EIO.
 */
#define NIMBLE_SERVICES 32
int nimble_service_add(struct nimble_ext *ext);
int nimble_service_remove(struct nimble_ext *ext);

/* Wait until every CPU that is inside a chain has left it. Task context, without a lock
 * that others need. */
void nimble_synchronise(struct nimble_slots *slots);

/* Around a run that is in no chain, on this CPU: services that it calls stay meanwhile.
 * False: the CPU is inside a chain of that level, which does the same; then without
 * nimble_leave(). Any. */
bool nimble_enter(struct nimble_slots *slots, enum nimble_level level);
void nimble_leave(struct nimble_slots *slots, enum nimble_level level);

/* Is this CPU inside a chain of that level, or between nimble_enter() and
 * nimble_leave()? Any. */
bool nimble_in_chain(const struct nimble_slots *slots, enum nimble_level level);

struct nimble_event {
	enum nimble_level level;
	void *ctx;
	uint32_t ctx_bytes;
	int64_t budget; /* of all checked ones with a job, together; of all without */
	void *host;
	uint64_t pass; /* the result that leaves the matter to the next one */
	bool all; /* run every one, whatever they return; most 0: which means nothing */
	/* Results beyond this one but for pass mean nothing: ignored() is told, and
	 * the next one is asked. Where ignored is not NULL. */
	uint64_t most;
	void (*ignored)(struct nimble_ext *ext, uint32_t entry);
	/* Is this event one that ext may see? Any context. NULL: all may. */
	bool (*concerns)(const struct nimble_ext *ext, void *host);
	/* An extension was unwound just now: note it, to detach it. Any
	 * context. May be NULL. */
	void (*failed)(struct nimble_ext *ext, void *host);
};

/*
 * Run the chain: the first result that is not pass (with its changes of ctx),
 * or pass. Extensions that fault or are busy count as if they had passed.
 * Refused, as if empty, where this CPU and level is inside a chain already.
 */
uint64_t nimble_fire_list(const struct nimble_chain *chain,
			  struct nimble_slots *slots,
			  const struct nimble_event *event);

static inline uint64_t nimble_fire(const struct nimble_chain *chain,
				   struct nimble_slots *slots,
				   const struct nimble_event *event)
{
	if (__builtin_expect(!__atomic_load_n(&chain->list, __ATOMIC_RELAXED),
			     1))
		return event->pass;
	return nimble_fire_list(chain, slots, event);
}

#endif
