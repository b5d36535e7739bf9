// SPDX-License-Identifier: GPL-2.0
/* Building what the LWK finds in its memory as it starts. */
#include <linux/mm.h>
#include <linux/random.h>
#include <asm/apic.h>
#include <asm/msr.h>
#include <asm/tsc.h>

#include "host-module/dev/log.h"
#include "host-module/partition/mem.h"
#include "host-module/boot/pagetable.h"
#include "host-module/ikc/ring.h"
#include "host-module/boot/shared.h"
#include "host-module/why.h"

static u64 phys_at(const struct lwk_instance *inst, u64 offset)
{
	return inst->memory.region[0].base + offset;
}

static void *memory_at(const struct lwk_instance *inst, u64 offset)
{
	return lwk_memory_ptr(&inst->memory, phys_at(inst, offset));
}

const void *lwk_shared_tables(const struct lwk_instance *inst)
{
	return memory_at(inst, inst->layout.tables);
}

static void describe_lapic(struct lwk_boot *boot)
{
	u64 base;

	rdmsrl(MSR_IA32_APICBASE, base);
	boot->lapic_mode = !!(base & X2APIC_ENABLE);
	boot->lapic_base = base & MSR_IA32_APICBASE_BASE;
}

static void describe_cpu(struct lwk_instance *inst, u32 i)
{
	const struct lwk_layout *l = &inst->layout;
	struct lwk_boot_cpu *b = &inst->boot->cpu[i];
	struct lwk_cpu *c = &inst->cpu[i];

	b->apic_id = c->apic_id;
	b->linux_cpu = c->linux_cpu;
	b->node = c->node;
	b->ring_to_lwk = phys_at(inst, lwk_layout_ring_to_lwk(l, i));
	b->ring_to_linux = phys_at(inst, lwk_layout_ring_to_linux(l, i));
	lwk_ring_reset(c, memory_at(inst, lwk_layout_ring_to_lwk(l, i)),
		       memory_at(inst, lwk_layout_ring_to_linux(l, i)));
}

static void write_boot_block(struct lwk_instance *inst, u32 flags,
			     u64 image_bytes)
{
	struct lwk_boot *boot = inst->boot;

	boot->magic = LWK_BOOT_MAGIC;
	boot->version = LWK_BOOT_VERSION;
	boot->bytes = sizeof(*boot);
	boot->instance = inst->id;
	boot->generation = inst->generation;
	boot->flags = flags;
	boot->cpu_count = inst->cpu_count;
	boot->region_count = inst->memory.count;
	boot->tsc_khz = tsc_khz;
	describe_lapic(boot);
	boot->image_bytes = image_bytes;
	boot->free_offset = inst->layout.end;
	boot->time_page = phys_at(inst, inst->layout.time);
	boot->log = phys_at(inst, inst->layout.log);
	boot->log_bytes = LWK_LOG_BYTES;
	boot->window = phys_at(inst, inst->layout.window);
	boot->window_bytes = LWK_WINDOW_BYTES;
	get_random_bytes(boot->seed, sizeof(boot->seed));
	memcpy(boot->region, inst->memory.region,
	       inst->memory.count * sizeof(boot->region[0]));
	for (u32 i = 0; i < inst->cpu_count; i++)
		describe_cpu(inst, i);
}

static int build_tables(struct lwk_instance *inst, u64 image_bytes,
			const struct lwk_trampoline *trampoline)
{
	struct lwk_table_pool pool = {
		.pages = memory_at(inst, inst->layout.tables),
		.phys = phys_at(inst, inst->layout.tables),
		.bytes = inst->layout.tables_bytes,
	};
	struct lwk_bootstrap what = {
		.image_bytes = image_bytes,
		.trampoline = trampoline->phys,
	};

	return lwk_pagetable_build(&pool, &inst->memory, &what);
}

static int plan(struct lwk_instance *inst, struct lwk_boot_request *req,
		struct lwk_image *image, struct lwk_layout *layout)
{
	const char *refused = NULL;
	int err;

	err = lwk_image_check(req->image, req->image_bytes,
			      inst->memory.region[0].bytes, image, &refused);
	if (err)
		return lwk_why(req->why, err, "%s", refused);
	err = lwk_layout_make(layout, &inst->memory, image->bytes,
			      inst->cpu_count);
	if (err)
		return lwk_why(
			req->why, err,
			"the first memory region (%llu KiB) is too small for the image and what is shared (%llu KiB); reserve more memory",
			inst->memory.region[0].bytes >> 10, layout->end >> 10);
	return 0;
}

int lwk_shared_build(struct lwk_instance *inst, struct lwk_boot_request *req,
		     const struct lwk_trampoline *trampoline,
		     struct lwk_entry *entry)
{
	struct lwk_layout layout;
	struct lwk_image image;
	int err = plan(inst, req, &image, &layout);

	if (err)
		return err;
	down_write(&inst->log_sem);
	inst->layout = layout;
	inst->memory.free_offset = layout.end;
	memset(memory_at(inst, 0), 0, layout.end);
	WRITE_ONCE(inst->boot, memory_at(inst, layout.boot));
	lwk_log_reset(inst);
	up_write(&inst->log_sem);
	WRITE_ONCE(inst->generation, inst->generation + 1);
	lwk_image_load(req->image, memory_at(inst, 0));
	write_boot_block(inst, req->flags, image.bytes);
	entry->tables = phys_at(inst, layout.tables);
	entry->entry = image.entry;
	entry->boot_block = LWK_PHYS_MAP + phys_at(inst, layout.boot);
	err = build_tables(inst, image.bytes, trampoline);
	if (err)
		lwk_why(req->why, err, "no room for the page tables");
	return err;
}
