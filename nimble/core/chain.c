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
	uint32_t count;
	struct link link[NIMBLE_CHAIN_MAX];
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
	nimble_port_free(slots, slots->bytes);
}

/* Until no CPU is inside the list. */
static void wait_for_readers(struct nimble_slots *slots,
			     const struct nimble_chain_list *list)
{
	uint32_t cpu, level;

	for (cpu = 0; cpu < slots->cpus; cpu++)
		for (level = 0; level < NIMBLE_LEVELS; level++)
			/* Pairs with the release in leave(). */
			while (__atomic_load_n(&slots->slot[cpu][level].list,
					       __ATOMIC_ACQUIRE) == list)
				nimble_port_relax();
}

void nimble_synchronise(struct nimble_slots *slots)
{
	uint32_t cpu, level;

	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	for (cpu = 0; cpu < slots->cpus; cpu++)
		for (level = 0; level < NIMBLE_LEVELS; level++) {
			struct slot *slot = &slots->slot[cpu][level];
			uint64_t left =
				__atomic_load_n(&slot->left, __ATOMIC_ACQUIRE);

			while (__atomic_load_n(&slot->list, __ATOMIC_ACQUIRE) &&
			       __atomic_load_n(&slot->left, __ATOMIC_ACQUIRE) ==
				       left)
				nimble_port_relax();
		}
}

static void free_list(const struct nimble_chain_list *list)
{
	if (list)
		nimble_port_free((void *)(uintptr_t)list, sizeof(*list));
}

/* Put list in place of the chain's, which is freed when nobody reads it. */
static void publish(struct nimble_chain *chain, struct nimble_slots *slots,
		    const struct nimble_chain_list *list)
{
	const struct nimble_chain_list *old =
		__atomic_exchange_n(&chain->list, list, __ATOMIC_SEQ_CST);

	if (old)
		wait_for_readers(slots, old);
	if (old && list && !chain->spare) {
		chain->spare = (struct nimble_chain_list *)(uintptr_t)old;
		return;
	}
	free_list(old);
	if (!list) {
		free_list(chain->spare);
		chain->spare = NULL;
	}
}

/* A copy of the chain's list, which may be empty; NULL: no memory. */
static struct nimble_chain_list *copy(struct nimble_chain *chain)
{
	struct nimble_chain_list *list = chain->spare;

	if (!list)
		list = nimble_port_alloc(sizeof(*list));
	chain->spare = NULL;
	if (list && chain->list)
		*list = *chain->list;
	return list;
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
	list = copy(chain);
	if (!list)
		return -ENOMEM;
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
		list = copy(chain);
		if (!list)
			return -ENOMEM;
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
	list = copy(chain);
	if (!list)
		return -ENOMEM;
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
	/* Pairs with the fence of nimble_synchronise(). */
	(void)__atomic_exchange_n(&slot->list, &no_chain, __ATOMIC_SEQ_CST);
	return true;
}

static void leave(struct slot *slot)
{
	__atomic_store_n(&slot->left, slot->left + 1, __ATOMIC_RELEASE);
	/* Pairs with the acquire of those who wait. */
	__atomic_store_n(&slot->list, NULL, __ATOMIC_RELEASE);
}

void nimble_leave(struct nimble_slots *slots, enum nimble_level level)
{
	leave(&slots->slot[nimble_port_cpu()][level]);
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
	leave(slot);
	return result;
}
