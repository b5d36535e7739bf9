/* SPDX-License-Identifier: GPL-2.0 */
/* All that differs between the versions of Linux that the module supports
 * (6.1 and 6.12). No other file asks for LINUX_VERSION_CODE. */
#ifndef LWK_COMPAT_H
#define LWK_COMPAT_H

#include <linux/device.h>
#include <linux/irqdomain.h>
#include <linux/mm.h>
#include <linux/version.h>
#include <asm/irqdomain.h>

#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 3, 0)
static inline void vm_flags_set(struct vm_area_struct *vma, vm_flags_t flags)
{
	vma->vm_flags |= flags;
}

static inline void vm_flags_clear(struct vm_area_struct *vma, vm_flags_t flags)
{
	vma->vm_flags &= ~flags;
}
#endif

#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 4, 0)
#define lwk_class_create(name) class_create(THIS_MODULE, name)
#else
#define lwk_class_create(name) class_create(name)
#endif

/* The device argument of a class's devnode(). */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 2, 0)
#define LWK_DEVNODE_CONST
#else
#define LWK_DEVNODE_CONST const
#endif

/* Whether an IOMMU remaps a message of the device on its way to a CPU. The device's
 * domain of message interrupts is then stacked on the IOMMU's. */
static inline bool lwk_msi_is_direct(struct device *dev)
{
	struct irq_domain *d = dev_get_msi_domain(dev);

#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 2, 0)
	return d && d->parent == x86_vector_domain;
#else
	return d == x86_vector_domain;
#endif
}

#endif
