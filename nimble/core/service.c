/* SPDX-License-Identifier: MIT */
/* Services: calls from one extension to another. */
/*
 * The table is read without a lock by runs, which are inside a chain; what was
 * taken out goes when every CPU has left the chain that it is in (chain.h), so
 * a callee cannot go away under its caller. A callee
 * runs on the caller's CPU and level in its own frame, so it cannot be called
 * while it is running there: a circle of calls ends with NIMBLE_NO_SERVICE.
 */
#include "nimble/chain.h"
#include "nimble/core/priv.h"

#define NAME_COST 64 /* of looking at a name */
#define ENTER_COST 512 /* of a run, but for what it does */

static struct nimble_ext *services[NIMBLE_SERVICES]; /* atomic */

int nimble_service_add(struct nimble_ext *ext)
{
	unsigned int i, free = NIMBLE_SERVICES;

	if (nimble_entry(ext, NIMBLE_HOOK_service) < 0)
		return -ENOENT;
	if (nimble_failed(ext))
		return -EIO;
	for (i = NIMBLE_SERVICES; i-- > 0;) {
		if (services[i] == ext)
			return -EEXIST;
		if (!services[i])
			free = i;
	}
	if (free == NIMBLE_SERVICES)
		return -ENOSPC;
	ext->attached++;
	/* Pairs with the acquire in usable(). */
	__atomic_store_n(&services[free], ext, __ATOMIC_RELEASE);
	return 0;
}

int nimble_service_remove(struct nimble_ext *ext)
{
	unsigned int i;

	for (i = 0; i < NIMBLE_SERVICES; i++)
		if (services[i] == ext) {
			__atomic_store_n(&services[i], NULL, __ATOMIC_SEQ_CST);
			ext->attached--;
			return 0;
		}
	return -ENOENT;
}

/* The service in a place, if this run may call it. */
static struct nimble_ext *usable(const struct nimble_run *run, unsigned int i)
{
	struct nimble_ext *ext =
		__atomic_load_n(&services[i], __ATOMIC_ACQUIRE);

	if (ext &&
	    (ext->options.trusted || ext->options.job == run->ext->options.job))
		return ext;
	return NULL;
}

int64_t nimble_service_find(struct nimble_run *run, const char *name,
			    uint64_t bytes)
{
	unsigned int i;

	for (i = 0; i < NIMBLE_SERVICES; i++) {
		const struct nimble_ext *ext = usable(run, i);
		const char *own = ext ? nimble_name(ext) : NULL;

		if (own && !nimble_spend(run, NAME_COST))
			return 0;
		if (own && strlen(own) == bytes && !memcmp(own, name, bytes))
			return nimble_id(ext);
	}
	return -ENOENT;
}

static uint64_t call_one(struct nimble_run *run, struct nimble_ext *ext,
			 const uint64_t args[3])
{
	struct nimble_ctx_service ctx = {.caller = nimble_id(run->ext)};
	struct nimble_call call = {
		.ext = ext,
		.entry = (uint32_t)nimble_entry(ext, NIMBLE_HOOK_service),
		.level = run->level,
		.ctx = &ctx,
		.ctx_bytes = sizeof(ctx),
		.budget = run->budget / NIMBLE_UNIT,
		.host = run->frame->host,
		.failed = run->frame->failed,
		.depth = run->depth + 1,
	};
	bool charged = run->ext->tier->checked;
	int error;

	memcpy(ctx.args, args, sizeof(ctx.args));
	if (!charged) /* an unchecked caller has none to pass on */
		call.budget = NIMBLE_BUDGET_ATOMIC;
	call.budget_left = call.budget;
	error = nimble_run(&call);
	if (error == -EFAULT && call.failed)
		call.failed(ext, call.host);
	/* Less than nothing is left where the callee exceeded it. */
	if (charged &&
	    !nimble_charge(run, (uint64_t)(call.budget - call.budget_left)))
		return 0;
	return error ? NIMBLE_NO_SERVICE : call.result;
}

uint64_t nimble_service_call(struct nimble_run *run, uint64_t id,
			     const uint64_t args[3])
{
	unsigned int i;

	if (run->depth >= NIMBLE_CALL_DEPTH)
		return NIMBLE_NO_SERVICE;
	for (i = 0; i < NIMBLE_SERVICES; i++) {
		struct nimble_ext *ext = usable(run, i);

		if (ext && nimble_id(ext) == id &&
		    nimble_spend(run, ENTER_COST))
			return call_one(run, ext, args);
	}
	return NIMBLE_NO_SERVICE;
}

bool nimble_uses_services(const struct nimble_ext *ext)
{
	uint32_t i;

	for (i = 0; i < ext->image.nimports; i++)
		if (ext->imports[i] &&
		    nimble_same(ext->imports[i]->name, "ext_call"))
			return true;
	return false;
}
