/* SPDX-License-Identifier: GPL-2.0 */
/* Helpers by which extensions use devices (docs/devices.md). An extension passes the
 * arguments, so each is checked. */
#include <asm/errno.h>

#include "kernel/arch/mmu.h"
#include "kernel/ikc/device.h"
#include "kernel/lib/string.h"
#include "kernel/nimble/grants.h"
#include "nimble/abi/device.h"

/* A register is as far away as a device. */
#define MMIO_UNITS 16
#define FIND_UNITS 8
/* This asks Linux, and waits for it. */
#define MASTER_UNITS 2000

#define ERROR(e) ((uint64_t)(int64_t)(e))

_Static_assert(NIMBLE_DEVICE_BARS == LWK_DEVICE_BARS &&
		       sizeof(struct nimble_device) ==
			       sizeof(struct lwk_device),
	       "extensions see what Linux has written");

static struct extension *caller(const struct nimble_run *run)
{
	return nimble_owner(nimble_run_ext(run));
}

uint64_t nimble_host_device_find(NIMBLE_HELPER_ARGS)
{
	struct lwk_device about;
	uint32_t i;

	(void)a3;
	(void)a4;
	(void)a5;
	if (!nimble_charge(run, FIND_UNITS * LWK_MAX_DEVICES))
		return 0;
	for (i = 0; i < LWK_MAX_DEVICES; i++)
		if (!device_about(i, &about) &&
		    ((uint64_t)about.vendor << 16 | about.device) == a1 &&
		    grant_device(caller(run), i) && !a2--)
			return i;
	return ERROR(-ENODEV);
}

uint64_t nimble_host_device_info(NIMBLE_HELPER_ARGS)
{
	void *to = nimble_arg_memory(run, a2, a3, true);
	struct lwk_device about;

	(void)a4;
	(void)a5;
	if (!to || !nimble_charge(run, FIND_UNITS))
		return 0;
	if (a3 != sizeof(about))
		return ERROR(-EINVAL);
	if (device_about(a1, &about) ||
	    !grant_device(caller(run), (uint32_t)a1))
		return ERROR(-ENODEV);
	memcpy(to, &about, sizeof(about));
	return 0;
}

/* The outcome of an access. One outside what the extension may touch ends the run, as
 * one outside its memory does. */
static void judge(struct nimble_run *run, int error,
		  enum nimble_fault_kind kind, uint64_t address)
{
	if (error)
		nimble_helper_fault(
			run, error == -EINVAL ? NIMBLE_FAULT_ARGUMENT : kind,
			address);
}

uint64_t nimble_host_mmio_read(NIMBLE_HELPER_ARGS)
{
	uint64_t value = 0;

	(void)a3;
	(void)a4;
	(void)a5;
	if (nimble_charge(run, MMIO_UNITS))
		judge(run, grant_read(caller(run), a1, a2, &value),
		      NIMBLE_FAULT_READ, a1);
	return value;
}

uint64_t nimble_host_mmio_write(NIMBLE_HELPER_ARGS)
{
	(void)a4;
	(void)a5;
	if (nimble_charge(run, MMIO_UNITS))
		judge(run, grant_write(caller(run), a1, a2, a3),
		      NIMBLE_FAULT_WRITE, a1);
	return 0;
}

/* An extension's memory is one piece of memory (port.c), so what lies in it does. */
static uint64_t bus_address(uint64_t address)
{
	return virt_to_phys((const void *)address);
}

uint64_t nimble_host_dma_address(NIMBLE_HELPER_ARGS)
{
	struct extension *e = caller(run);
	uint32_t device = (uint32_t)a1;
	int error;

	(void)a4;
	(void)a5;
	if (!nimble_charge(run, MASTER_UNITS))
		return 0;
	if (a1 >= LWK_MAX_DEVICES || !grant_device(e, device))
		return ERROR(-ENODEV);
	if (!a3 || !nimble_owns(run, a2, a3))
		return ERROR(-EFAULT);
	error = device_master(device, e->id);
	if (error)
		return ERROR(error);
	/* The grant may have been revoked before this took effect. */
	if (!grant_device(e, device)) {
		device_end_master(device, e->id);
		return ERROR(-ENODEV);
	}
	return bus_address(a2);
}
