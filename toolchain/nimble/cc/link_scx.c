/* SPDX-License-Identifier: MIT */
/* The linker: the table of operations of a sched_ext scheduler. */
#define _GNU_SOURCE
#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "nimble/abi/sched.h"
#include "toolchain/nimble/cc/link_scx.h"

#define OPS ".struct_ops"
/* The value that Linux takes for 0. */
#define TIMEOUT_MS 30000

/* Never called here, so left out: CPUs neither come nor go, no other class of tasks
 * takes them, no two of them share a core, and the dump is the policy's one. */
static const char *const idle_ops[] = {
	"core_sched_before", "cpu_acquire", "cpu_release", "cpu_online",
	"cpu_offline",	     "dump_cpu",    "dump_task",
};

const char *scx_absent(const char *name)
{
	static const struct {
		const char *names, *why;
	} absent[] = {
		{"*cgroup*", "there are no cgroups in the LWK"},
		{"*cgrp*", "there are no cgroups in the LWK"},
		{"bpf_iter_css_*", "there are no cgroups in the LWK"},
		{"bpf_obj_*", "a policy's memory is its maps and variables"},
		{"bpf_kptr_*", "a policy's memory is its maps and variables"},
		{"bpf_refcount_*",
		 "a policy's memory is its maps and variables"},
		{"bpf_rbtree_*",
		 "trees and lists are not there; a dispatch queue by virtual time orders tasks"},
		{"bpf_list_*",
		 "trees and lists are not there; a queue map keeps an order"},
		{"bpf_ringbuf_*",
		 "a record is written whole, by bpf_ringbuf_output()"},
		{"bpf_user_ringbuf_*", "applications write maps"},
		{"bpf_for_each_map_elem", "maps are not walked by policies"},
		{"scx_bpf_reenqueue_local",
		 "nothing takes a CPU from a policy's tasks"},
	};
	size_t i;

	for (i = 0; i < sizeof(absent) / sizeof(absent[0]); i++)
		if (!fnmatch(absent[i].names, name, 0))
			return absent[i].why;
	return NULL;
}

static bool is_idle(const char *name)
{
	size_t i;

	for (i = 0; i < sizeof(idle_ops) / sizeof(idle_ops[0]); i++)
		if (!strcmp(idle_ops[i], name))
			return true;
	return false;
}

/* The table that is being read. */
struct ops {
	struct link *link;
	struct link_object *object;
	struct link_section *section;
	uint32_t at; /* where in the section it starts */
	uint32_t bytes;
	struct nimble_policy policy;
};

/* The function that a table has at an offset; its section is NULL where there is none. */
static struct link_target function_at(const struct ops *ops, uint32_t offset)
{
	struct link_target none = {0};
	size_t i;

	for (i = 0; i < link_rel_count(ops->object, ops->section); i++) {
		GElf_Rel rel = link_rel(ops->object, ops->section, i);

		if (rel.r_offset == ops->at + offset)
			return link_resolve(ops->link, ops->object, &rel);
	}
	return none;
}

static void set_hook(const struct ops *ops, const char *name,
		     const struct link_target *function)
{
	char *hook;

	if (asprintf(&hook, "sched_%s", name) < 0)
		abort();
	if (function->section->hook)
		link_error(ops->link, ops->object,
			   "%s is two operations: %s and %s", function->name,
			   function->section->hook + strlen("sched_"), name);
	link_check_hook(ops->link, ops->object, hook);
	function->section->hook = hook;
}

/* A number in the table, of a member that is one. */
static uint64_t number_at(const struct ops *ops, uint32_t offset,
			  unsigned int bytes)
{
	uint64_t number = 0;

	if (ops->section->data && offset + bytes <= ops->bytes)
		memcpy(&number,
		       (uint8_t *)ops->section->data->d_buf + ops->at + offset,
		       bytes);
	return number;
}

static void read_setting(struct ops *ops, const char *name, uint32_t offset)
{
	struct nimble_policy *policy = &ops->policy;
	size_t most = sizeof(policy->name) - 1;

	if (!strcmp(name, "flags"))
		policy->flags = number_at(ops, offset, 8);
	else if (!strcmp(name, "timeout_ms"))
		policy->timeout_ms = (nx_u32)number_at(ops, offset, 4);
	else if (!strcmp(name, "dispatch_max_batch"))
		policy->dispatch_max = (nx_u32)number_at(ops, offset, 4);
	else if (!strcmp(name, "name") && offset + most < ops->bytes)
		strncpy(policy->name,
			(char *)ops->section->data->d_buf + ops->at + offset,
			most);
}

static void read_member(void *data, const char *name, uint32_t offset,
			Dwarf_Die *type)
{
	struct ops *ops = data;
	struct link_target function = function_at(ops, offset);

	(void)type;
	if (!function.section)
		read_setting(ops, name, offset);
	else if (scx_absent(name))
		link_error(ops->link, ops->object, "operation %s: %s", name,
			   scx_absent(name));
	else if (!is_idle(name))
		set_hook(ops, name, &function);
}

static void read_table(struct ops *ops, const char *name)
{
	const nx_u64 known =
		NIMBLE_POLICY_KEEP_BUILTIN_IDLE | NIMBLE_POLICY_ENQ_LAST |
		NIMBLE_POLICY_ENQ_EXITING | NIMBLE_POLICY_SWITCH_PARTIAL;

	if (!link_members(ops->object, name, read_member, ops))
		link_error(ops->link, ops->object,
			   "what %s is cannot be read: there is no DWARF of it",
			   name);
	if (ops->policy.flags & ~known)
		link_error(ops->link, ops->object,
			   "%s: flags %llx of its operations are not there",
			   name,
			   (unsigned long long)ops->policy.flags & ~known);
	if (!ops->policy.timeout_ms)
		ops->policy.timeout_ms = TIMEOUT_MS;
	nx_append(&ops->link->build, NX_SEC_POLICY, &ops->policy,
		  sizeof(ops->policy));
}

static void read_object(struct link *link, struct link_object *object,
			unsigned int *tables)
{
	size_t i;

	for (i = 1; i < object->symbol_count; i++) {
		struct link_target t = link_symbol(object, i);
		struct ops ops = {.link = link,
				  .object = object,
				  .section = t.section,
				  .at = (uint32_t)t.symbol.st_value,
				  .bytes = (uint32_t)t.symbol.st_size};

		if (!t.section || !link_starts(t.section->name, OPS) ||
		    GELF_ST_TYPE(t.symbol.st_info) != STT_OBJECT ||
		    !t.section->data ||
		    ops.at + ops.bytes > t.section->data->d_size)
			continue;
		if ((*tables)++)
			link_error(
				link, object,
				"%s is a second table of operations: an image is one policy",
				t.name);
		else
			read_table(&ops, t.name);
	}
}

void scx_read_ops(struct link *link)
{
	unsigned int tables = 0;
	size_t o;

	for (o = 0; o < link->objects; o++)
		read_object(link, &link->object[o], &tables);
}

void scx_mark_hooks(struct link *link)
{
	struct link_target start = link_global(link, "scx_timer_start");
	struct link_target fired = link_global(link, "scx_timer");

	if (!start.section || !start.section->live || !fired.section)
		return;
	fired.section->hook = "timer";
	link_mark(link, fired.object, fired.section);
}
