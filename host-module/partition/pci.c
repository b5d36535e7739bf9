// SPDX-License-Identifier: GPL-2.0
/* PCI devices that Linux hands over to LWKs.
 *
 * The module has a driver, "lwk", that knows no ids: like vfio-pci it gets a device only
 * where somebody has written its name into the device's driver_override. A device that is
 * bound to it has no owner until LWK_IOC_DEVICE_ADD gives it to an instance. Then it is
 * enabled and its memory claimed. While an LWK runs there, it is *open*: its MSI points
 * to a vector of one of the LWK's CPUs, and the LWK knows where its registers are.
 *
 * A device must never write to memory, or interrupt a CPU, that Linux has again. So it is
 * silenced before anything else when an LWK is stopped or fails, and when the device is
 * taken from it: bus master off, MSI off, one register read, which comes back only after
 * all that the device had sent (PCI Local Bus Specification 3.0, 3.2.5). It may be bus
 * master only on the LWK's request, and only while it is open: an LWK asks when an
 * extension first wants an address to give to the device, and takes it back before the
 * extension's memory gets another use.
 *
 * The module writes the message of the MSI into the device itself, because Linux's
 * interrupt domains give out only vectors of Linux's own CPUs. That needs a machine that
 * takes such a message, so interrupt remapping is refused. An address that the LWK gives
 * to the device is a physical one, so an IOMMU that translates is refused. Nothing checks
 * what the LWK does with a device, which can reach all memory. That is why only the
 * administrator may use one, and extensions to which he grants it.
 *
 * Locks: the device's own (Linux's, held around probe and remove), then inst->lock, then
 * `lock`, a spinlock. The owner of a device changes under all three, or, where an
 * instance is released, under the last two.
 */
#include <linux/completion.h>
#include <linux/delay.h>
#include <linux/iommu.h>
#include <linux/pci.h>
#include <linux/slab.h>

#include "host-module/boot/boot.h"
#include "host-module/compat.h"
#include "host-module/ikc/request.h"
#include "host-module/partition/pci.h"
#include "host-module/why.h"

struct lwk_pci {
	struct pci_dev *pdev; /* constant */

	/* Guarded by lock; see above. */
	struct lwk_instance *inst; /* its owner, or NULL */
	u32 index; /* there */
	bool open; /* a running LWK has it */

	/* Of its owner: under inst->lock. */
	u32 cpu; /* index of the CPU to interrupt */
	u16 intx_was_off; /* PCI_COMMAND_INTX_DISABLE, or 0 */
};

static DEFINE_SPINLOCK(lock);

/* ---- Interrupts -------------------------------------------------------- */

/* Intel SDM vol. 3, 11.11: a message to one CPU, fixed delivery, edge. */
#define MSI_ADDRESS(apic_id) (0xfee00000U | (apic_id) << 12)
#define MSI_APIC_IDS 256

static u32 vector_of(const struct lwk_pci *d)
{
	return d->pdev->msi_cap ? LWK_VECTOR_DEVICE + d->index : 0;
}

static void msi_off(struct pci_dev *pdev)
{
	u16 flags;

	if (!pdev->msi_cap)
		return;
	pci_read_config_word(pdev, pdev->msi_cap + PCI_MSI_FLAGS, &flags);
	pci_write_config_word(pdev, pdev->msi_cap + PCI_MSI_FLAGS,
			      flags & ~PCI_MSI_FLAGS_ENABLE);
}

static void msi_on(struct pci_dev *pdev, u32 apic_id, u32 vector)
{
	int cap = pdev->msi_cap;
	u16 flags;
	bool wide;

	if (!cap)
		return;
	pci_read_config_word(pdev, cap + PCI_MSI_FLAGS, &flags);
	wide = flags & PCI_MSI_FLAGS_64BIT;
	pci_write_config_dword(pdev, cap + PCI_MSI_ADDRESS_LO,
			       MSI_ADDRESS(apic_id));
	if (wide)
		pci_write_config_dword(pdev, cap + PCI_MSI_ADDRESS_HI, 0);
	pci_write_config_word(
		pdev, cap + (wide ? PCI_MSI_DATA_64 : PCI_MSI_DATA_32), vector);
	if (flags & PCI_MSI_FLAGS_MASKBIT)
		pci_write_config_dword(
			pdev, cap + (wide ? PCI_MSI_MASK_64 : PCI_MSI_MASK_32),
			0);
	flags &= ~PCI_MSI_FLAGS_QSIZE; /* one message */
	pci_write_config_word(pdev, cap + PCI_MSI_FLAGS,
			      flags | PCI_MSI_FLAGS_ENABLE);
}

/* ---- Silence ----------------------------------------------------------- */

/* What it had sent before has arrived when the read comes back. */
static void stop_mastering(struct pci_dev *pdev)
{
	u16 command;

	pci_clear_master(pdev);
	pci_read_config_word(pdev, PCI_COMMAND, &command);
}

static void silence(struct lwk_pci *d)
{
	lockdep_assert_held(&lock);
	d->open = false;
	stop_mastering(d->pdev);
	msi_off(d->pdev);
}

void lwk_pci_silence_all(struct lwk_instance *inst)
{
	spin_lock(&lock);
	for (u32 i = 0; i < LWK_MAX_DEVICES; i++)
		if (inst->pci[i] && inst->pci[i]->open)
			silence(inst->pci[i]);
	spin_unlock(&lock);
}

int lwk_pci_master(struct lwk_instance *inst, u64 index, u64 on)
{
	struct lwk_pci *d;

	if (index >= LWK_MAX_DEVICES || on > 1)
		return -EINVAL;
	spin_lock(&lock);
	d = inst->pci[index];
	/* The device may have been removed meanwhile; then it is silent. */
	if (d && d->open && on)
		pci_set_master(d->pdev);
	else if (d && d->open)
		stop_mastering(d->pdev);
	spin_unlock(&lock);
	return 0;
}

/* ---- Giving it to a running LWK ---------------------------------------- */

static void describe(const struct lwk_pci *d, struct lwk_device *out)
{
	struct pci_dev *pdev = d->pdev;

	memset(out, 0, sizeof(*out));
	out->address = LWK_DEVICE_ADDRESS(pci_domain_nr(pdev->bus),
					  pdev->bus->number, pdev->devfn);
	out->vendor = pdev->vendor;
	out->device = pdev->device;
	out->vector = vector_of(d);
	out->cpu = d->cpu;
	for (int i = 0; i < LWK_DEVICE_BARS; i++) {
		if (!(pci_resource_flags(pdev, i) & IORESOURCE_MEM))
			continue;
		out->bar[i].base = pci_resource_start(pdev, i);
		out->bar[i].bytes = pci_resource_len(pdev, i);
	}
}

static void set_open(struct lwk_instance *inst, struct lwk_pci *d)
{
	spin_lock(&lock);
	/* lwk_pci_silence_all() comes after `live` was cleared. */
	if (lwk_instance_live(inst)) {
		msi_on(d->pdev, inst->cpu[d->cpu].apic_id, vector_of(d));
		d->open = true;
	}
	spin_unlock(&lock);
}

static void set_silent(struct lwk_pci *d)
{
	spin_lock(&lock);
	silence(d);
	spin_unlock(&lock);
}

/* Caller holds inst->lock. */
static int open(struct lwk_instance *inst, struct lwk_pci *d, char *why)
{
	struct lwk_call call = {
		.msg = {.type = LWK_MSG_DEVICE_ADD, .arg = {d->index}},
	};
	int err;

	describe(d, &inst->boot->device[d->index]);
	set_open(inst, d);
	err = lwk_request(inst, &call);
	if (!err)
		return 0;
	set_silent(d);
	/* The LWK may still do what it was asked for. */
	if (call.left)
		lwk_instance_fail(inst, "it does not take the device %s",
				  pci_name(d->pdev));
	return lwk_why(why, err, "lwk%u does not take the device %s (error %d)",
		       inst->id, pci_name(d->pdev), -err);
}

int lwk_pci_open_all(struct lwk_instance *inst, char *why)
{
	int err = 0;

	lockdep_assert_held(&inst->lock);
	for (u32 i = 0; i < LWK_MAX_DEVICES && !err; i++)
		if (inst->pci[i])
			err = open(inst, inst->pci[i], why);
	return err;
}

/* ---- Taking it from a running LWK -------------------------------------- */

static void answered(struct lwk_instance *inst, void *done, int status)
{
	complete(done);
}

/* No CPU of the LWK reaches its memory when this returns. Cannot be interrupted,
 * because a driver's remove() must not fail. So an LWK that does not answer in
 * timeout_ms is failed; one of its CPUs that still runs could write registers until it
 * is shut down. Caller holds inst->lock. */
static void tell_gone(struct lwk_instance *inst, struct lwk_pci *d)
{
	DECLARE_COMPLETION_ONSTACK(done);
	unsigned long end = jiffies + lwk_answer_limit();
	struct lwk_call call = {
		.msg = {.type = LWK_MSG_DEVICE_GONE, .arg = {d->index}},
		.late = answered,
		.arg = &done,
	};
	int err;

	while ((err = lwk_request_send(inst, &call)) == -EAGAIN &&
	       time_before(jiffies, end))
		usleep_range(50, 100);
	if (!err && wait_for_completion_timeout(&done, lwk_answer_limit()))
		return;
	lwk_instance_fail(inst, "it does not give the device %s back",
			  pci_name(d->pdev));
	if (!err)
		wait_for_completion(&done); /* a failure ends all requests */
}

/* Caller holds inst->lock. */
static void take_away(struct lwk_instance *inst, struct lwk_pci *d)
{
	bool was_open;

	spin_lock(&lock);
	was_open = d->open;
	silence(d);
	spin_unlock(&lock);
	if (was_open && lwk_instance_live(inst))
		tell_gone(inst, d);
	if (!d->intx_was_off)
		pci_intx(d->pdev, 1);
	pci_release_selected_regions(d->pdev,
				     pci_select_bars(d->pdev, IORESOURCE_MEM));
	pci_disable_device(d->pdev);
	spin_lock(&lock);
	inst->pci[d->index] = NULL;
	d->inst = NULL;
	spin_unlock(&lock);
	lwk_info(inst, "gives back the device %s", pci_name(d->pdev));
}

void lwk_pci_give_back_all(struct lwk_instance *inst)
{
	lockdep_assert_held(&inst->lock);
	for (u32 i = 0; i < LWK_MAX_DEVICES; i++)
		if (inst->pci[i])
			take_away(inst, inst->pci[i]);
}

/* ---- Giving it to an instance ------------------------------------------ */

/* Without this the LWK could not use the device, or not know what it does. */
static int check_machine(const struct lwk_pci *d,
			 const struct lwk_instance *inst, char *why)
{
	struct device *dev = &d->pdev->dev;
	struct iommu_domain *domain = iommu_get_domain_for_dev(dev);

	if (domain && domain->type != IOMMU_DOMAIN_IDENTITY)
		return lwk_why(
			why, -EOPNOTSUPP,
			"an IOMMU translates what %s reaches; start Linux with iommu=pt",
			pci_name(d->pdev));
	if (!d->pdev->msi_cap)
		return 0; /* it cannot interrupt */
	if (!lwk_msi_is_direct(dev))
		return lwk_why(
			why, -EOPNOTSUPP,
			"the interrupts of %s are remapped; start Linux with intremap=off",
			pci_name(d->pdev));
	if (inst->cpu[d->cpu].apic_id >= MSI_APIC_IDS)
		return lwk_why(
			why, -EOPNOTSUPP,
			"CPU %u has too large an APIC id for interrupts of devices",
			inst->cpu[d->cpu].linux_cpu);
	return 0;
}

static int enable(struct lwk_pci *d, char *why)
{
	struct pci_dev *pdev = d->pdev;
	u16 command;
	int err = pci_enable_device_mem(pdev);

	if (err)
		return lwk_why(why, err, "%s cannot be enabled (error %d)",
			       pci_name(pdev), -err);
	err = pci_request_selected_regions(
		pdev, pci_select_bars(pdev, IORESOURCE_MEM), "lwk");
	if (err) {
		pci_disable_device(pdev);
		return lwk_why(why, err,
			       "memory of %s is in use; see /proc/iomem",
			       pci_name(pdev));
	}
	pci_read_config_word(pdev, PCI_COMMAND, &command);
	d->intx_was_off = command & PCI_COMMAND_INTX_DISABLE;
	pci_intx(pdev, 0);
	stop_mastering(pdev);
	msi_off(pdev);
	return 0;
}

/* The CPU that the user named, or the next in turn. -EINVAL: it is not the
 * instance's. */
static int choose_cpu(const struct lwk_instance *inst, struct lwk_pci *d,
		      const struct lwk_device_args *args, char *why)
{
	d->cpu = d->index % inst->cpu_count;
	if (args->cpu == -1)
		return 0;
	for (d->cpu = 0; d->cpu < inst->cpu_count; d->cpu++)
		if (inst->cpu[d->cpu].linux_cpu == (u32)args->cpu)
			return 0;
	return lwk_why(why, -EINVAL, "CPU %d is none of lwk%u's", args->cpu,
		       inst->id);
}

static int check_free(struct lwk_instance *inst, struct lwk_pci *d, char *why)
{
	u32 state = lwk_instance_state(inst);

	if (d->inst)
		return lwk_why(why, -EBUSY, "%s is lwk%u's already",
			       pci_name(d->pdev), d->inst->id);
	if (state != LWK_INSTANCE_RESERVED && state != LWK_INSTANCE_RUNNING)
		return lwk_why(why, -EIO,
			       "lwk%u has failed; shut it down first",
			       inst->id);
	for (d->index = 0; d->index < LWK_MAX_DEVICES; d->index++)
		if (!inst->pci[d->index])
			return 0;
	return lwk_why(why, -ENOSPC, "lwk%u has %u devices already", inst->id,
		       LWK_MAX_DEVICES);
}

/* Caller holds the device's lock and inst->lock. */
static int give(struct lwk_instance *inst, struct lwk_pci *d,
		struct lwk_device_args *args)
{
	int err = check_free(inst, d, args->why);

	err = err ?: choose_cpu(inst, d, args, args->why);
	err = err ?: check_machine(d, inst, args->why);
	err = err ?: enable(d, args->why);
	if (err)
		return err;
	spin_lock(&lock);
	d->inst = inst;
	inst->pci[d->index] = d;
	spin_unlock(&lock);
	lwk_info(inst, "has the device %s", pci_name(d->pdev));
	if (lwk_instance_state(inst) == LWK_INSTANCE_RUNNING)
		err = open(inst, d, args->why);
	if (err)
		take_away(inst, d);
	return err;
}

/* ---- Linux's driver ---------------------------------------------------- */

static int probe(struct pci_dev *pdev, const struct pci_device_id *id)
{
	struct lwk_pci *d = kzalloc(sizeof(*d), GFP_KERNEL);

	if (!d)
		return -ENOMEM;
	d->pdev = pdev;
	pci_set_drvdata(pdev, d);
	return 0;
}

/* The instance that has it, with a reference; or NULL. */
static struct lwk_instance *owner_of(struct lwk_pci *d)
{
	struct lwk_instance *inst;

	spin_lock(&lock);
	inst = d->inst;
	if (inst)
		kref_get(&inst->ref);
	spin_unlock(&lock);
	return inst;
}

/* Unbound, or pulled out. Caller holds the device's lock, so nobody gets it now. */
static void remove(struct pci_dev *pdev)
{
	struct lwk_pci *d = pci_get_drvdata(pdev);
	struct lwk_instance *inst = owner_of(d);

	if (inst) {
		mutex_lock(&inst->lock);
		if (d->inst == inst)
			take_away(inst, d);
		mutex_unlock(&inst->lock);
		lwk_instance_put(inst);
	}
	pci_set_drvdata(pdev, NULL);
	kfree(d);
}

/* Linux goes down; LWKs were stopped before (main.c). */
static void shut_down(struct pci_dev *pdev)
{
	set_silent(pci_get_drvdata(pdev));
}

static struct pci_driver driver = {
	.name = "lwk",
	.probe = probe,
	.remove = remove,
	.shutdown = shut_down,
};

/* ---- Commands ---------------------------------------------------------- */

/* With a reference and its lock; or NULL. */
static struct pci_dev *get_pci(const struct lwk_device_args *args)
{
	u32 a = args->address;
	struct pci_dev *pdev =
		pci_get_domain_bus_and_slot(a >> 16, a >> 8 & 0xff, a & 0xff);

	if (pdev)
		device_lock(&pdev->dev);
	return pdev;
}

static void put_pci(struct pci_dev *pdev)
{
	device_unlock(&pdev->dev);
	pci_dev_put(pdev);
}

/* Under both locks. */
typedef int (*on_device_fn)(struct lwk_instance *inst, struct lwk_pci *d,
			    struct lwk_device_args *args);

static int with_instance(struct pci_dev *pdev, struct lwk_device_args *args,
			 on_device_fn f)
{
	struct lwk_instance *inst;
	int err;

	if (pdev->dev.driver != &driver.driver)
		return lwk_why(args->why, -EPERM,
			       "the driver lwk is not bound to %s",
			       pci_name(pdev));
	inst = lwk_instance_get_locked(args->instance, args->why, &err);
	if (!inst)
		return err;
	err = f(inst, pci_get_drvdata(pdev), args);
	lwk_instance_put_locked(inst);
	return err;
}

static int with_device(struct lwk_device_args *args, on_device_fn f)
{
	struct pci_dev *pdev = get_pci(args);
	int err;

	if (!pdev)
		return lwk_why(args->why, -ENODEV,
			       "there is no PCI device %04x:%02x:%02x.%u",
			       args->address >> 16, args->address >> 8 & 0xff,
			       PCI_SLOT(args->address & 0xff),
			       PCI_FUNC(args->address));
	err = with_instance(pdev, args, f);
	put_pci(pdev);
	return err;
}

static int take_back(struct lwk_instance *inst, struct lwk_pci *d,
		     struct lwk_device_args *args)
{
	if (d->inst != inst)
		return lwk_why(args->why, -ENOENT, "%s is not lwk%u's",
			       pci_name(d->pdev), inst->id);
	take_away(inst, d);
	return 0;
}

int lwk_pci_add(struct lwk_device_args *args)
{
	return with_device(args, give);
}

int lwk_pci_remove(struct lwk_device_args *args)
{
	if (args->cpu)
		return lwk_why(args->why, -EINVAL, "cpu is not 0");
	return with_device(args, take_back);
}

static void fill_info(const struct lwk_pci *d, struct lwk_device_info *info)
{
	u16 command;

	describe(d, &info->device);
	info->device.cpu = d->inst->cpu[d->cpu].linux_cpu;
	pci_read_config_word(d->pdev, PCI_COMMAND, &command);
	info->flags = (d->open ? LWK_DEVICE_OPEN : 0) |
		      (command & PCI_COMMAND_MASTER ? LWK_DEVICE_MASTER : 0);
}

int lwk_pci_info(struct lwk_device_info *info)
{
	struct lwk_instance *inst;
	int err = -ENOENT;

	if (info->index >= LWK_MAX_DEVICES)
		return -EINVAL;
	inst = lwk_instance_get(info->instance);
	if (!inst)
		return -ENODEV;
	spin_lock(&lock);
	if (inst->pci[info->index]) {
		fill_info(inst->pci[info->index], info);
		err = 0;
	}
	spin_unlock(&lock);
	lwk_instance_put(inst);
	return err;
}

int lwk_pci_init(void)
{
	return pci_register_driver(&driver);
}

void lwk_pci_exit(void)
{
	pci_unregister_driver(&driver);
}
