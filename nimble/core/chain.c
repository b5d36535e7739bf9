/* SPDX-License-Identifier: MIT */
/* Chains: live attachment with reader slots; see nimble/chain.h. */
#include "nimble/chain.h"
#include "nimble/core/priv.h"

struct link {
	struct nimble_ext *ext;
	uint32_t entry;
	int order;
};

struct nimble_chain_list {
	size_t bytes;
	uint32_t count;
	struct link link[NIMBLE_CHAIN_MAX];
	struct nimble_chain_list *next; /* among the spare ones */
	struct nimble_grace grace; /* the last: its end is the list's */
};

/* A cache line each: CPUs write their own only. */
struct slot {
	const struct nimble_chain_list *list; /* atomic; NULL: quiescent */
	uint64_t left; /* atomic; how often a list was left */
	uint64_t reserved[6];
};

struct nimble_slots {
	size_t bytes;
	uint32_t cpus;
	struct nimble_grace *waiting; /* atomic; what nimble_reap() looks at */
	struct slot slot[][NIMBLE_LEVELS];
};

struct nimble_slots *nimble_slots_new(void)
{
	uint32_t cpus = nimble_port_cpus();
	size_t bytes = sizeof(struct nimble_slots) +
		       cpus * sizeof(struct slot[NIMBLE_LEVELS]);
	struct nimble_slots *slots = nimble_port_alloc(bytes);

	if (slots) {
		slots->bytes = bytes;
		slots->cpus = cpus;
	}
	return slots;
}

void nimble_slots_free(struct nimble_slots *slots)
{
	nimble_reap(slots);
	nimble_port_free(slots, slots->bytes);
}

/* ---- Grace ------------------------------------------------------------- */

#define NOT_INSIDE UINT64_MAX

size_t nimble_grace_bytes(const struct nimble_slots *slots)
{
	return sizeof(struct nimble_grace) +
	       slots->cpus * NIMBLE_LEVELS * sizeof(uint64_t);
}

static void add_waiting(struct nimble_slots *slots, struct nimble_grace *g)
{
	g->next = __atomic_load_n(&slots->waiting, __ATOMIC_RELAXED);
	/* Pairs with the exchange of nimble_reap(). */
	while (!__atomic_compare_exchange_n(&slots->waiting, &g->next, g, false,
					    __ATOMIC_RELEASE, __ATOMIC_RELAXED))
		;
}

/* Where the CPU and level of that number are: in which run, or in none. */
static uint64_t where(const struct nimble_slots *slots, uint32_t i)
{
	const struct slot *slot =
		&slots->slot[i / NIMBLE_LEVELS][i % NIMBLE_LEVELS];
	uint64_t left = __atomic_load_n(&slot->left, __ATOMIC_ACQUIRE);

	/* Pairs with the release that clears the slot. */
	return __atomic_load_n(&slot->list, __ATOMIC_ACQUIRE) ? left
							      : NOT_INSIDE;
}

void nimble_after_readers(struct nimble_slots *slots, struct nimble_grace *g,
			  void (*over)(void *arg), void *arg)
{
	uint32_t i;

	g->over = over;
	g->arg = arg;
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	for (i = 0; i < slots->cpus * NIMBLE_LEVELS; i++)
		g->inside[i] = where(slots, i);
	add_waiting(slots, g);
}

static bool is_over(const struct nimble_slots *slots, struct nimble_grace *g)
{
	uint32_t i;

	for (i = 0; i < slots->cpus * NIMBLE_LEVELS; i++)
		if (g->inside[i] != NOT_INSIDE &&
		    where(slots, i) == g->inside[i])
			return false;
	return true;
}

bool nimble_reap(struct nimble_slots *slots)
{
	struct nimble_grace *g, *next;
	bool some_left = false;

	g = __atomic_exchange_n(&slots->waiting, NULL, __ATOMIC_ACQUIRE);
	for (; g; g = next) {
		next = g->next;
		if (is_over(slots, g)) {
			g->over(g->arg);
			continue;
		}
		add_waiting(slots, g);
		some_left = true;
	}
	return some_left;
}

void nimble_synchronise(struct nimble_slots *slots)
{
	uint32_t i;

	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	for (i = 0; i < slots->cpus * NIMBLE_LEVELS; i++) {
		uint64_t inside = where(slots, i);

		while (inside != NOT_INSIDE && where(slots, i) == inside)
			nimble_port_relax();
	}
}

/* ---- Lists ------------------------------------------------------------- */

static struct nimble_chain_list *new_list(const struct nimble_slots *slots)
{
	size_t bytes = sizeof(struct nimble_chain_list) +
		       nimble_grace_bytes(slots) - sizeof(struct nimble_grace);
	struct nimble_chain_list *list = nimble_port_alloc(bytes);

	if (list)
		list->bytes = bytes;
	return list;
}

static void free_list(void *list)
{
	nimble_port_free(list, ((struct nimble_chain_list *)list)->bytes);
}

static void put_spare(struct nimble_chain *chain,
		      struct nimble_chain_list *list)
{
	list->next = chain->spare;
	chain->spare = list;
}

static struct nimble_chain_list *take_spare(struct nimble_chain *chain)
{
	struct nimble_chain_list *list = chain->spare;

	chain->spare = list->next;
	return list;
}

static void copy_links(struct nimble_chain_list *to,
		       const struct nimble_chain_list *from)
{
	to->count = from ? from->count : 0;
	if (from)
		memcpy(to->link, from->link, sizeof(to->link));
}

/* Put list in place of the chain's, which is freed when nobody reads it. */
static void publish(struct nimble_chain *chain, struct nimble_slots *slots,
		    const struct nimble_chain_list *list)
{
	struct nimble_chain_list *old =
		(struct nimble_chain_list *)(uintptr_t)__atomic_exchange_n(
			&chain->list, list, __ATOMIC_SEQ_CST);

	if (old)
		nimble_after_readers(slots, &old->grace, free_list, old);
}

static int index_of(const struct nimble_chain *chain,
		    const struct nimble_ext *ext)
{
	uint32_t i, count = chain->list ? chain->list->count : 0;

	for (i = 0; i < count; i++)
		if (chain->list->link[i].ext == ext)
			return (int)i;
	return -ENOENT;
}

/* A list for the change, and one more for when this extension is taken out; the first
 * one in a chain needs none then. NULL: no memory. */
static struct nimble_chain_list *lists_to_attach(struct nimble_chain *chain,
						 struct nimble_slots *slots)
{
	struct nimble_chain_list *list = new_list(slots), *spare;

	if (!list || !chain->list)
		return list;
	spare = new_list(slots);
	if (!spare) {
		free_list(list);
		return NULL;
	}
	put_spare(chain, spare);
	return list;
}

int nimble_attach(struct nimble_chain *chain, struct nimble_slots *slots,
		  struct nimble_ext *ext, enum nimble_hook hook, int order)
{
	int entry = nimble_entry(ext, hook);
	struct nimble_chain_list *list;
	uint32_t i;

	if (entry < 0)
		return entry;
	if (nimble_failed(ext))
		return -EIO;
	if (index_of(chain, ext) >= 0)
		return -EEXIST;
	if (chain->list && chain->list->count == NIMBLE_CHAIN_MAX)
		return -ENOSPC;
	list = lists_to_attach(chain, slots);
	if (!list)
		return -ENOMEM;
	copy_links(list, chain->list);
	for (i = list->count; i && list->link[i - 1].order > order; i--)
		list->link[i] = list->link[i - 1];
	list->link[i] = (struct link){ext, (uint32_t)entry, order};
	list->count++;
	ext->attached++;
	publish(chain, slots, list);
	return 0;
}

int nimble_detach(struct nimble_chain *chain, struct nimble_slots *slots,
		  struct nimble_ext *ext)
{
	int i = index_of(chain, ext);
	struct nimble_chain_list *list = NULL;

	if (i < 0)
		return i;
	if (chain->list->count > 1) {
		list = take_spare(chain);
		copy_links(list, chain->list);
		for (list->count--; (uint32_t)i < list->count; i++)
			list->link[i] = list->link[i + 1];
	}
	publish(chain, slots, list);
	ext->attached--;
	return 0;
}

int nimble_replace(struct nimble_chain *chain, struct nimble_slots *slots,
		   struct nimble_ext *old, struct nimble_ext *ext,
		   enum nimble_hook hook)
{
	int i = index_of(chain, old), entry = nimble_entry(ext, hook);
	struct nimble_chain_list *list;

	if (i < 0 || entry < 0)
		return -ENOENT;
	if (nimble_failed(ext))
		return -EIO;
	if (index_of(chain, ext) >= 0)
		return -EEXIST;
	list = new_list(slots);
	if (!list)
		return -ENOMEM;
	copy_links(list, chain->list);
	list->link[i].ext = ext;
	list->link[i].entry = (uint32_t)entry;
	ext->attached++;
	publish(chain, slots, list);
	old->attached--;
	return 0;
}

unsigned int nimble_attached(const struct nimble_ext *ext)
{
	return ext->attached;
}

struct nimble_ext *nimble_chain_at(const struct nimble_chain *chain,
				   unsigned int index)
{
	if (!chain->list || index >= chain->list->count)
		return NULL;
	return chain->list->link[index].ext;
}

static bool has_meaning(const struct nimble_event *event,
			const struct nimble_call *call)
{
	if (!event->ignored || call->result <= event->most)
		return true;
	event->ignored(call->ext, call->entry);
	return false;
}

static uint64_t run_list(const struct nimble_chain_list *list,
			 const struct nimble_event *event)
{
	struct nimble_call call = {
		.level = event->level,
		.ctx = event->ctx,
		.ctx_bytes = event->ctx_bytes,
		.host = event->host,
		.failed = event->failed,
	};
	/* The administrator's have a budget of their own: no user can spend it. */
	int64_t left[] = {event->budget, event->budget};
	uint64_t heard = event->pass;
	uint32_t i;

	for (i = 0; i < list->count; i++) {
		int error;

		call.ext = list->link[i].ext;
		if (event->concerns && !event->concerns(call.ext, event->host))
			continue;
		call.entry = list->link[i].entry;
		call.budget = left[call.ext->options.job != 0];
		error = nimble_run(&call);
		if (error == -EFAULT && event->failed)
			event->failed(call.ext, event->host);
		if (error == -EINTR)
			break; /* nobody wants to know */
		if (error)
			continue;
		if (call.ext->tier->checked)
			left[call.ext->options.job != 0] = call.budget_left;
		if (heard != event->pass || call.result == event->pass ||
		    (event->all && !event->most) || !has_meaning(event, &call))
			continue;
		heard = call.result;
		if (!event->all)
			break;
	}
	return heard;
}

/* In the slot of a run that is in no chain. */
static const struct nimble_chain_list no_chain;

bool nimble_enter(struct nimble_slots *slots, enum nimble_level level)
{
	struct slot *slot = &slots->slot[nimble_port_cpu()][level];

	if (__atomic_load_n(&slot->list, __ATOMIC_RELAXED))
		return false;
	/* Pairs with the fences before the slots are read. */
	(void)__atomic_exchange_n(&slot->list, &no_chain, __ATOMIC_SEQ_CST);
	return true;
}

void nimble_leave(struct nimble_slots *slots, enum nimble_level level)
{
	struct slot *slot = &slots->slot[nimble_port_cpu()][level];

	__atomic_store_n(&slot->left, slot->left + 1, __ATOMIC_RELEASE);
	/* Pairs with the acquire in where(). */
	__atomic_store_n(&slot->list, NULL, __ATOMIC_RELEASE);
}

bool nimble_in_chain(const struct nimble_slots *slots, enum nimble_level level)
{
	return __atomic_load_n(&slots->slot[nimble_port_cpu()][level].list,
			       __ATOMIC_RELAXED);
}

uint64_t nimble_fire_list(const struct nimble_chain *chain,
			  struct nimble_slots *slots,
			  const struct nimble_event *event)
{
	struct slot *slot = &slots->slot[nimble_port_cpu()][event->level];
	const struct nimble_chain_list *list, *again;
	uint64_t result = event->pass;

	if (__atomic_load_n(&slot->list, __ATOMIC_RELAXED))
		return event->pass;
	list = __atomic_load_n(&chain->list, __ATOMIC_ACQUIRE);
	for (;;) {
		(void)__atomic_exchange_n(&slot->list, list, __ATOMIC_SEQ_CST);
		again = __atomic_load_n(&chain->list, __ATOMIC_SEQ_CST);
		if (again == list)
			break;
		list = again;
	}
	if (list)
		result = run_list(list, event);
	__atomic_store_n(&slot->left, slot->left + 1, __ATOMIC_RELEASE);
	/* Pairs with the acquire in where(). */
	__atomic_store_n(&slot->list, NULL, __ATOMIC_RELEASE);
	return result;
}
