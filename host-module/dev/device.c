// SPDX-License-Identifier: GPL-2.0
/* The device files: /dev/lwk, and /dev/lwkN of each reserved instance. Minor 0
 * is the former, N + 1 the latter; the group of /dev/lwkN is udev's to set. */
#include <linux/cdev.h>
#include <linux/device.h>
#include <linux/err.h>
#include <linux/fs.h>
#include <linux/module.h>

#include "host-module/compat.h"
#include "host-module/dev/control.h"
#include "host-module/dev/device.h"
#include "host-module/dev/instfile.h"

#define MINORS (1 + LWK_MAX_INSTANCES)

static dev_t first;
static struct class *class;
static struct cdev control_cdev, instance_cdev;

static dev_t number_of(const struct lwk_instance *inst)
{
	return first + 1 + inst->id;
}

static char *devnode(LWK_DEVNODE_CONST struct device *dev, umode_t *mode)
{
	if (mode)
		*mode = MINOR(dev->devt) == MINOR(first) ? 0600 : 0660;
	return NULL;
}

int lwk_device_add(struct lwk_instance *inst)
{
	struct device *dev = device_create(class, NULL, number_of(inst), NULL,
					   "lwk%u", inst->id);

	if (IS_ERR(dev))
		return PTR_ERR(dev);
	inst->device = dev;
	return 0;
}

void lwk_device_remove(struct lwk_instance *inst)
{
	device_destroy(class, number_of(inst));
	inst->device = NULL;
}

static int add_cdevs(void)
{
	int err;

	cdev_init(&control_cdev, &lwk_control_fops);
	cdev_init(&instance_cdev, &lwk_instance_fops);
	control_cdev.owner = THIS_MODULE;
	instance_cdev.owner = THIS_MODULE;
	err = cdev_add(&control_cdev, first, 1);
	if (err)
		return err;
	err = cdev_add(&instance_cdev, first + 1, LWK_MAX_INSTANCES);
	if (err)
		cdev_del(&control_cdev);
	return err;
}

static void delete_cdevs(void)
{
	cdev_del(&instance_cdev);
	cdev_del(&control_cdev);
}

static int add_control(void)
{
	struct device *dev;

	class = lwk_class_create("lwk");
	if (IS_ERR(class))
		return PTR_ERR(class);
	class->devnode = devnode;
	dev = device_create(class, NULL, first, NULL, "lwk");
	if (IS_ERR(dev)) {
		class_destroy(class);
		return PTR_ERR(dev);
	}
	return 0;
}

int lwk_devices_init(void)
{
	int err = alloc_chrdev_region(&first, 0, MINORS, "lwk");

	if (err)
		return err;
	err = add_cdevs();
	if (err)
		goto release_numbers;
	err = add_control();
	if (err)
		goto delete;
	return 0;

	delete : delete_cdevs();
release_numbers:
	unregister_chrdev_region(first, MINORS);
	return err;
}

void lwk_devices_exit(void)
{
	device_destroy(class, first);
	class_destroy(class);
	delete_cdevs();
	unregister_chrdev_region(first, MINORS);
}
