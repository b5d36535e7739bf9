/* SPDX-License-Identifier: GPL-2.0 */
/* The host's helpers of nimble/abi/helpers.def. An extension passes the
 * arguments, so each is checked. A task's id is its thread id. */
#include <asm/errno.h>

#include "kernel/arch/hardware.h"
#include "kernel/arch/mmu.h"
#include "kernel/lib/string.h"
#include "kernel/nimble/nimble_priv.h"
#include "kernel/proc/process.h"
#include "nimble/port.h"

#define BYTES_PER_UNIT 16

#define UNUSED_ARGS \
	((void)a1, (void)a2, (void)a3, (void)a4, (void)a5, (void)run)
#define ERROR(e) ((uint64_t)(int64_t)(e))

uint64_t nimble_host_time_ns(NIMBLE_HELPER_ARGS)
{
	UNUSED_ARGS;
	return nimble_port_time_ns();
}

uint64_t nimble_host_task_current(NIMBLE_HELPER_ARGS)
{
	UNUSED_ARGS;
	return current_thread()->id;
}

uint64_t nimble_host_task_pid(NIMBLE_HELPER_ARGS)
{
	const struct thread *t = current_thread();

	UNUSED_ARGS;
	return t->proc && a1 == t->id ? t->proc->pid : ERROR(-ESRCH);
}

/* Physical memory: that of the instance, outside the kernel's image; no other is
 * mapped. */
static void *physical(paddr_t pa, uint64_t bytes)
{
	uint32_t i;

	for (i = 0; i < boot->region_count; i++) {
		const struct lwk_region *r = &boot->region[i];
		paddr_t start = r->base + (i ? 0 : boot->image_bytes);

		if (pa >= start && bytes <= r->base + r->bytes - pa &&
		    pa < r->base + r->bytes)
			return phys_to_virt(pa);
	}
	return NULL;
}

uint64_t nimble_host_phys_read(NIMBLE_HELPER_ARGS)
{
	void *to = nimble_arg_memory(run, a1, a2, true);
	void *from = physical(a3, a2);

	(void)a4;
	(void)a5;
	if (!to || !nimble_charge(run, a2 / BYTES_PER_UNIT))
		return 0;
	if (!from)
		return ERROR(-EFAULT);
	memcpy(to, from, a2);
	return 0;
}

uint64_t nimble_host_phys_write(NIMBLE_HELPER_ARGS)
{
	void *from = nimble_arg_memory(run, a2, a3, false);
	void *to = physical(a1, a3);

	(void)a4;
	(void)a5;
	if (!from || !nimble_charge(run, a3 / BYTES_PER_UNIT))
		return 0;
	if (!to)
		return ERROR(-EFAULT);
	memcpy(to, from, a3);
	return 0;
}

uint64_t nimble_host_msr_read(NIMBLE_HELPER_ARGS)
{
	uint64_t value;
	int error = arch_msr_read((uint32_t)a1, &value);

	UNUSED_ARGS;
	return error ? ERROR(error) : value;
}

uint64_t nimble_host_msr_write(NIMBLE_HELPER_ARGS)
{
	UNUSED_ARGS;
	return ERROR(arch_msr_write((uint32_t)a1, a2));
}

uint64_t nimble_host_port_in(NIMBLE_HELPER_ARGS)
{
	uint32_t value;
	int error = arch_port_in((uint16_t)a1, (unsigned int)a2, &value);

	UNUSED_ARGS;
	return error ? ERROR(error) : value;
}

uint64_t nimble_host_port_out(NIMBLE_HELPER_ARGS)
{
	UNUSED_ARGS;
	return ERROR(
		arch_port_out((uint16_t)a1, (unsigned int)a2, (uint32_t)a3));
}
