/* SPDX-License-Identifier: GPL-2.0 */
/* One operation of nimble_ctl, whichever way it came: see
 * kernel/abi/nimble_ctl.h. All memory here is the kernel's. */
#include <asm/errno.h>

#include "kernel/core/percpu.h"
#include "kernel/lib/string.h"
#include "kernel/mm/page_alloc.h"
#include "kernel/nimble/grants.h"
#include "kernel/nimble/nimble_priv.h"
#include "kernel/proc/process.h"

static uint32_t state_of(const struct extension *e)
{
	uint32_t i;

	if (nimble_failed(e->engine))
		return NIMBLE_EXT_FAULTED;
	for (i = 0; i < nimble_entries(e->engine); i++)
		if (e->entry[i].attached)
			return NIMBLE_EXT_ATTACHED;
	return NIMBLE_EXT_LOADED;
}

static void fill_info(const struct extension *e, struct nimble_info *out)
{
	struct nimble_counters c;

	nimble_counters(e->engine, NIMBLE_ALL_CPUS, &c);
	memset(out, 0, sizeof(*out));
	out->id = e->id;
	out->flags = (e->trusted ? NIMBLE_TRUSTED : 0) |
		     (nimble_is_threaded(e->engine) ? NIMBLE_THREADED : 0);
	out->state = state_of(e);
	out->owner_pid = e->owner.pid;
	out->job = e->owner.job;
	out->memory_bytes = nimble_memory(e->engine);
	out->insn_count = nimble_insns(e->engine);
	out->hook_count = nimble_entries(e->engine);
	out->map_count = nimble_maps(e->engine);
	out->clock_khz = boot->tsc_khz;
	out->runs = c.runs;
	out->time_cycles = c.time;
	out->faults = c.faults;
	out->skipped = c.busy;
	out->charged = c.charged;
	strlcpy(out->name, e->name, sizeof(out->name));
}

struct listing {
	struct nimble_info *out;
	uint64_t room;
	uint64_t count;
};

static int list_one(struct extension *e, void *arg)
{
	struct listing *l = arg;

	if (l->count < l->room)
		fill_info(e, &l->out[l->count]);
	l->count++;
	return 0;
}

static int op_list(const struct nimble_caller *who, struct nimble_ctl *ctl,
		   void *out)
{
	struct listing l = {out, ctl->out_bytes / sizeof(struct nimble_info),
			    0};

	extension_for_each(who, list_one, &l);
	ctl->out_used = l.count * sizeof(struct nimble_info);
	return l.count > l.room ? -ENOSPC : 0;
}

static void fill_hook(const struct extension *e, uint32_t i,
		      struct nimble_hook_record *out)
{
	enum nimble_hook hook = nimble_entry_hook(e->engine, i);
	struct nimble_counters c;

	nimble_entry_counters(e->engine, i, &c);
	memset(out, 0, sizeof(*out));
	out->hook = hook;
	out->attached = e->entry[i].attached;
	out->order = e->entry[i].order;
	out->entry_insn = nimble_entry_insn(e->engine, i);
	out->runs = c.runs;
	out->time_cycles = c.time;
	out->faults = c.faults;
	out->skipped = c.busy;
	out->ignored = e->entry[i].ignored;
	strlcpy(out->hook_name, nimble_hook_info(hook)->name,
		sizeof(out->hook_name));
	strlcpy(out->function, nimble_entry_function(e->engine, i),
		sizeof(out->function));
}

static void fill_fault(const struct extension *e,
		       struct nimble_fault_record *out)
{
	struct nimble_fault f;

	memset(out, 0, sizeof(*out));
	nimble_fault(e->engine, &f);
	if (f.kind == NIMBLE_FAULT_NONE)
		return;
	out->kind = f.kind;
	out->insn = f.insn;
	out->line = f.line;
	out->cpu = boot->cpu[f.cpu].linux_cpu;
	out->entry = f.entry;
	out->level = f.level;
	out->address = f.address;
	out->time_ns = f.time_ns;
	memcpy(out->reg, f.reg, sizeof(out->reg));
	strlcpy(out->kind_name, nimble_fault_name(f.kind),
		sizeof(out->kind_name));
	strlcpy(out->file, f.file, sizeof(out->file));
}

static void fill_policy(const struct extension *e,
			struct nimble_policy_record *out)
{
	memset(out, 0, sizeof(*out));
	out->schedules = extension_schedules(e);
	if (!e->exit)
		return;
	out->code = e->exit->code;
	out->kind = e->exit->kind;
	strlcpy(out->reason, e->exit->reason, sizeof(out->reason));
	strlcpy(out->message, e->exit->message, sizeof(out->message));
	strlcpy(out->dump, e->exit->dump, sizeof(out->dump));
}

static int op_show(struct extension *e, struct nimble_ctl *ctl, void *out)
{
	struct nimble_detail *d = out;
	struct nimble_hook_record *hook = (struct nimble_hook_record *)(d + 1);
	uint32_t i, count = nimble_entries(e->engine);

	ctl->out_used = sizeof(*d) + count * sizeof(*hook);
	if (ctl->out_used > ctl->out_bytes)
		return -ENOSPC;
	fill_info(e, &d->info);
	memset(d->licence, 0, sizeof(d->licence));
	strlcpy(d->licence, nimble_licence(e->engine), sizeof(d->licence));
	fill_fault(e, &d->fault);
	fill_policy(e, &d->policy);
	for (i = 0; i < count; i++)
		fill_hook(e, i, &hook[i]);
	return 0;
}

static uint32_t values_of(const struct nx_map *map)
{
	return map->type == NIMBLE_MAP_PERCPU_ARRAY ? cpu_count() : 1;
}

static bool has_keys(const struct nx_map *map)
{
	return map->type != NIMBLE_MAP_RING && map->type != NIMBLE_MAP_ARENA &&
	       map->type != NIMBLE_MAP_QUEUE;
}

static int op_maps(struct extension *e, struct nimble_ctl *ctl, void *out)
{
	uint32_t i, count = nimble_maps(e->engine);
	struct nimble_map_info *info = out;

	ctl->out_used = count * sizeof(*info);
	if (ctl->out_used > ctl->out_bytes)
		return -ENOSPC;
	for (i = 0; i < count; i++) {
		struct nimble_map *map = nimble_map(e->engine, i);
		const struct nx_map *m = nimble_map_info(map);

		memset(&info[i], 0, sizeof(info[i]));
		info[i].type = m->type;
		info[i].key_bytes = has_keys(m) ? m->key_bytes : 0;
		info[i].value_bytes = m->value_bytes;
		info[i].max_entries = m->entries;
		info[i].values = values_of(m);
		info[i].memory_bytes = nimble_map_memory(map);
		strlcpy(info[i].name, nimble_map_name(map),
			sizeof(info[i].name));
	}
	return 0;
}

/* The map that ctl->index names, with keys; or NULL and an error. */
static struct nimble_map *map_of(struct extension *e, struct nimble_ctl *ctl,
				 int *error)
{
	struct nimble_map *map = ctl->index < nimble_maps(e->engine)
					 ? nimble_map(e->engine, ctl->index)
					 : NULL;

	*error = !map				   ? -EINVAL
		 : !has_keys(nimble_map_info(map)) ? -EOPNOTSUPP
						   : 0;
	return *error ? NULL : map;
}

static int op_map_lookup(struct extension *e, struct nimble_ctl *ctl,
			 const void *in, void *out)
{
	int error;
	struct nimble_map *map = map_of(e, ctl, &error);
	const struct nx_map *m = map ? nimble_map_info(map) : NULL;
	uint32_t i;

	if (error)
		return error;
	if (ctl->in_bytes != m->key_bytes)
		return -EINVAL;
	ctl->out_used = (uint64_t)values_of(m) * m->value_bytes;
	if (ctl->out_used > ctl->out_bytes)
		return -ENOSPC;
	for (i = 0; i < values_of(m) && !error; i++)
		error = nimble_map_read(map, i, in,
					(char *)out + i * m->value_bytes);
	return error;
}

static int op_map_update(struct extension *e, struct nimble_ctl *ctl,
			 const void *in)
{
	int error;
	struct nimble_map *map = map_of(e, ctl, &error);
	const struct nx_map *m = map ? nimble_map_info(map) : NULL;
	const char *value;
	uint32_t i;

	if (error)
		return error;
	if (ctl->in_bytes !=
	    m->key_bytes + (uint64_t)values_of(m) * m->value_bytes)
		return -EINVAL;
	value = (const char *)in + m->key_bytes;
	for (i = 0; i < values_of(m) && !error; i++)
		error = nimble_map_write(map, i, in,
					 value + i * m->value_bytes);
	return error;
}

static int op_map_delete(struct extension *e, struct nimble_ctl *ctl,
			 const void *in)
{
	int error;
	struct nimble_map *map = map_of(e, ctl, &error);

	if (error)
		return error;
	if (ctl->in_bytes != nimble_map_info(map)->key_bytes)
		return -EINVAL;
	return nimble_map_remove(map, in);
}

/* At most this much at once, because the ring's lock is held for the copy. */
#define TAKE_MOST (16U << 10)

static int op_ring_take(struct extension *e, struct nimble_ctl *ctl, void *out)
{
	size_t used = 0;
	int error = -EINVAL;

	if (ctl->index < nimble_maps(e->engine))
		error = nimble_map_take(nimble_map(e->engine, ctl->index), out,
					MIN(ctl->out_bytes, TAKE_MOST), &used);
	ctl->out_used = used;
	return error;
}

static int op_map_next(struct extension *e, struct nimble_ctl *ctl,
		       const void *in, void *out)
{
	int error;
	struct nimble_map *map = map_of(e, ctl, &error);
	uint32_t bytes;

	if (error)
		return error;
	bytes = nimble_map_info(map)->key_bytes;
	if (ctl->in_bytes && ctl->in_bytes != bytes)
		return -EINVAL;
	ctl->out_used = bytes;
	if (bytes > ctl->out_bytes)
		return -ENOSPC;
	return nimble_map_next(map, ctl->in_bytes ? in : NULL, out);
}

/* Hold each page of a map's memory; on an error, none. */
static int hold_pages(paddr_t pa, uint64_t bytes)
{
	uint64_t done;

	for (done = 0; done < bytes; done += PAGE_SIZE)
		if (page_hold(pa + done))
			break;
	if (done == bytes)
		return 0;
	while (done) {
		done -= PAGE_SIZE;
		page_free(pa + done, 0);
	}
	return -ENOSPC;
}

/* The memory of a map, held. */
static int hold_region(struct extension *e, uint32_t index, paddr_t *pa,
		       size_t *bytes)
{
	struct nimble_map *map = nimble_map(e->engine, index);
	void *start;
	int error = map ? nimble_map_region(map, &start, bytes) : -EINVAL;

	if (error)
		return error;
	*pa = virt_to_phys(start);
	return hold_pages(*pa, *bytes);
}

/* Not under the lock: mapping may wait for another thread of the process, which
 * waits for Linux. The pages are held, so the extension may go meanwhile. */
static int op_map_mmap(const struct nimble_caller *who, struct nimble_ctl *ctl,
		       void *out)
{
	struct nimble_mapping *mapping = out;
	struct extension *e;
	paddr_t pa = 0;
	size_t bytes = 0;
	int error;

	if (!who->job) {
		strlcpy(ctl->message, "only an application on the LWK can map",
			sizeof(ctl->message));
		return -EOPNOTSUPP;
	}
	ctl->out_used = sizeof(*mapping);
	if (ctl->out_bytes < sizeof(*mapping))
		return -ENOSPC;
	e = extension_get(who, ctl->ext_id);
	if (!e)
		return -ENOENT;
	error = hold_region(e, ctl->index, &pa, &bytes);
	extension_put(e);
	if (error)
		return error;
	mapping->bytes = bytes;
	return aspace_map_frames(current_process()->aspace, pa, bytes,
				 PAGE_READ | PAGE_WRITE, &mapping->address);
}

static int op_event(const struct nimble_caller *who, struct nimble_ctl *ctl,
		    void *out)
{
	if (!who->job)
		return -EOPNOTSUPP;
	ctl->out_used = sizeof(struct nimble_event_record);
	if (ctl->out_bytes < sizeof(struct nimble_event_record))
		return -ENOSPC;
	return extension_take_event(who, out, ctl->flags & NIMBLE_WAIT);
}

/* Operations on one extension that add and remove none. */
static int with_extension(const struct nimble_caller *who,
			  struct nimble_ctl *ctl, const void *in, void *out)
{
	struct extension *e = extension_get(who, ctl->ext_id);
	int error = -EINVAL;

	if (!e)
		return -ENOENT;
	switch (ctl->op) {
	case NIMBLE_OP_SHOW:
		error = op_show(e, ctl, out);
		break;
	case NIMBLE_OP_MAPS:
		error = op_maps(e, ctl, out);
		break;
	case NIMBLE_OP_MAP_LOOKUP:
		error = op_map_lookup(e, ctl, in, out);
		break;
	case NIMBLE_OP_MAP_UPDATE:
		error = op_map_update(e, ctl, in);
		break;
	case NIMBLE_OP_MAP_DELETE:
		error = op_map_delete(e, ctl, in);
		break;
	case NIMBLE_OP_MAP_NEXT:
		error = op_map_next(e, ctl, in, out);
		break;
	case NIMBLE_OP_GRANTS:
		error = grants_list(e, ctl, out);
		break;
	case NIMBLE_OP_RING_TAKE:
		error = op_ring_take(e, ctl, out);
		break;
	}
	extension_put(e);
	return error;
}

int nimble_control(const struct nimble_caller *who, struct nimble_ctl *ctl,
		   const void *in, void *out)
{
	ctl->out_used = 0;
	memset(ctl->message, 0, sizeof(ctl->message));
	ctl->name[sizeof(ctl->name) - 1] = 0;
	if (ctl->version != NIMBLE_CTL_VERSION)
		return -EPROTO;
	if (ctl->pad || (ctl->flags & ~nimble_op_flags(ctl->op)))
		return -EINVAL;
	switch (ctl->op) {
	case NIMBLE_OP_LOAD:
		return extension_load(who, ctl, in);
	case NIMBLE_OP_ATTACH:
		return extension_attach(who, ctl);
	case NIMBLE_OP_DETACH:
		return extension_detach(who, ctl);
	case NIMBLE_OP_REMOVE:
		return extension_remove(who, ctl);
	case NIMBLE_OP_GRANT:
	case NIMBLE_OP_REVOKE:
		return grants_change(who, ctl, in);
	case NIMBLE_OP_LIST:
		return op_list(who, ctl, out);
	case NIMBLE_OP_MAP_MMAP:
		return op_map_mmap(who, ctl, out);
	case NIMBLE_OP_EVENT:
		return op_event(who, ctl, out);
	default:
		return with_extension(who, ctl, in, out);
	}
}
