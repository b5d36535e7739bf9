// SPDX-License-Identifier: GPL-2.0
/* The interrupt by which an LWK says that it has sent something.
 *
 * The LWK sends an ordinary IPI to a vector that Linux's vector allocator gave
 * out: an irq domain stacked on the allocator's own gets the vector, and is told
 * whenever it moves to another CPU (affinity, hot-unplug). Each time, one word
 * of the boot block is rewritten. An IPI that is on its way to the old place
 * still arrives: Linux keeps the old vector until the new one was used, and
 * sends again what a dying CPU had pending.
 */
#include <linux/interrupt.h>
#include <linux/irq.h>
#include <linux/irqdomain.h>
#include <linux/sched.h>
#include <linux/smp.h>
#include <asm/hw_irq.h>
#include <asm/irqdomain.h>

#include "host-module/ikc/doorbell.h"
#include "host-module/ikc/pump.h"

static struct fwnode_handle *fwnode;
static struct irq_domain *domain;

static void publish(struct irq_data *d)
{
	struct lwk_instance *inst = irq_data_get_irq_chip_data(d);
	const struct cpumask *on = irq_data_get_effective_affinity_mask(d);
	u32 apic_id = cpu_physical_id(cpumask_first(on));

	WRITE_ONCE(inst->boot->doorbell_target,
		   LWK_DOORBELL_TARGET(apic_id, irqd_cfg(d)->vector));
}

static int set_affinity(struct irq_data *d, const struct cpumask *mask,
			bool force)
{
	int ret = irq_chip_set_affinity_parent(d, mask, force);

	if (ret >= 0)
		publish(d);
	return ret;
}

static struct irq_chip chip = {
	.name = "LWK",
	.irq_ack = irq_chip_ack_parent,
	.irq_retrigger = irq_chip_retrigger_hierarchy,
	.irq_set_affinity = set_affinity,
	.flags = IRQCHIP_SKIP_SET_WAKE,
};

static int domain_alloc(struct irq_domain *d, unsigned int virq,
			unsigned int count, void *arg)
{
	struct irq_alloc_info *info = arg;
	struct lwk_instance *inst = info->data;
	int err = irq_domain_alloc_irqs_parent(d, virq, count, arg);

	if (err)
		return err;
	irq_domain_set_info(d, virq, inst->id, &chip, inst, handle_edge_irq,
			    NULL, "lwk");
	/* The LWK reads the target as one word: it may change at any time. */
	irq_set_status_flags(virq, IRQ_MOVE_PCNTXT);
	return 0;
}

static int domain_activate(struct irq_domain *d, struct irq_data *data,
			   bool reserve)
{
	if (!reserve)
		publish(data);
	return 0;
}

static const struct irq_domain_ops domain_ops = {
	.alloc = domain_alloc,
	.free = irq_domain_free_irqs_common,
	.activate = domain_activate,
};

static irqreturn_t ring_bell(int irq, void *arg)
{
	struct lwk_instance *inst = arg;

	atomic64_inc(&inst->doorbells);
	lwk_pump_ring(inst);
	return IRQ_HANDLED;
}

int lwk_doorbell_alloc(struct lwk_instance *inst)
{
	struct irq_alloc_info info = {.data = inst};
	int irq, err;

	irq = irq_domain_alloc_irqs(domain, 1, NUMA_NO_NODE, &info);
	if (irq < 0)
		return irq;
	err = request_irq(irq, ring_bell, 0, "lwk", inst);
	if (err) {
		irq_dispose_mapping(irq);
		return err;
	}
	inst->irq = irq;
	return 0;
}

void lwk_doorbell_free(struct lwk_instance *inst)
{
	if (!inst->irq)
		return;
	free_irq(inst->irq, inst);
	irq_dispose_mapping(inst->irq);
	inst->irq = 0;
}

int lwk_doorbell_init(void)
{
	fwnode = irq_domain_alloc_named_fwnode("LWK");
	if (!fwnode)
		return -ENOMEM;
	domain = irq_domain_create_hierarchy(x86_vector_domain, 0,
					     LWK_MAX_INSTANCES, fwnode,
					     &domain_ops, NULL);
	if (!domain) {
		irq_domain_free_fwnode(fwnode);
		return -ENOMEM;
	}
	return 0;
}

void lwk_doorbell_exit(void)
{
	irq_domain_remove(domain);
	irq_domain_free_fwnode(fwnode);
}
