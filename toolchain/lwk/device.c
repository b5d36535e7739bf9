// SPDX-License-Identifier: MIT
/* lwk device: hand a PCI device to an LWK, take it back, show which there are.
 *
 * Handing over has two steps: the module's driver, lwk, gets the device from Linux by
 * its driver_override, as vfio-pci does, and the module gives it to the instance. Taking
 * back undoes both, and lets Linux find the device's own driver again. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <libgen.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "toolchain/common/pci.h"
#include "toolchain/common/table.h"
#include "toolchain/lwk/lwk.h"

#define SYSFS "/sys/bus/pci/"
#define DRIVER "lwk"

/* ---- Linux's drivers --------------------------------------------------- */

/* 0 or -errno. */
static int write_to(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	ssize_t done;

	if (fd < 0)
		return -errno;
	done = write(fd, text, strlen(text));
	done = done < 0 ? -errno : 0;
	close(fd);
	return (int)done;
}

static int write_of(const char *name, const char *file, const char *text)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), SYSFS "devices/%s/%s", name, file);
	return write_to(path, text);
}

/* The name of the driver of a device; "" where it has none. */
static const char *driver_of(const char *name, char driver[PATH_MAX])
{
	char path[PATH_MAX];
	ssize_t bytes;

	snprintf(path, sizeof(path), SYSFS "devices/%s/driver", name);
	bytes = readlink(path, driver, PATH_MAX - 1);
	driver[bytes > 0 ? bytes : 0] = 0;
	return *driver ? basename(driver) : driver;
}

static int is_bound(const char *name)
{
	char driver[PATH_MAX];

	return strcmp(driver_of(name, driver), DRIVER) == 0;
}

/* Gives the device to the driver lwk; 0 or -errno. */
static int bind(const char *name)
{
	char driver[PATH_MAX];
	int err = write_of(name, "driver_override", DRIVER "\n");

	if (!err && *driver_of(name, driver))
		err = write_of(name, "driver/unbind", name);
	if (!err)
		err = write_to(SYSFS "drivers_probe", name);
	if (!err && !is_bound(name))
		err = -EBUSY;
	return err;
}

/* Gives it to Linux's own driver. It is no error if there is none. */
static int give_to_linux(const char *name)
{
	int err = is_bound(name) ? write_of(name, "driver/unbind", name) : 0;

	if (!err)
		err = write_of(name, "driver_override", "\n");
	if (!err)
		write_to(SYSFS "drivers_probe", name);
	return err;
}

/* ---- add, remove ------------------------------------------------------- */

static int tell_module(const struct options *o, unsigned long request,
		       uint32_t address, int cpu)
{
	struct lwk_device_args args = {
		.version = LWK_IOC_ABI,
		.instance = choose_instance(o),
		.address = address,
		.cpu = cpu,
	};
	int fd = open_control(0);
	int err = command(fd, request, &args);

	close(fd);
	if (err && args.why[0])
		return complain("%s", args.why);
	return err ? refused(args.instance, err, NULL) : 0;
}

static int add(const struct options *o, const char *name, uint32_t address)
{
	char path[PATH_MAX];
	int bound, err;

	close(open_control(1)); /* loading the module brings the driver */
	snprintf(path, sizeof(path), SYSFS "devices/%s", name);
	if (access(path, F_OK))
		return complain("there is no PCI device %s; see " SYSFS
				"devices",
				name);
	bound = is_bound(name);
	err = bound ? 0 : bind(name);
	if (err)
		complain("Linux does not let the driver " DRIVER " have %s: %s",
			 name, strerror(-err));
	else if (!tell_module(o, LWK_IOC_DEVICE_ADD, address, o->cpu))
		return 0;
	if (!bound)
		give_to_linux(name);
	return EXIT_FAILURE;
}

static int take_back(const struct options *o, const char *name,
		     uint32_t address)
{
	int err;

	if (tell_module(o, LWK_IOC_DEVICE_REMOVE, address, 0))
		return EXIT_FAILURE;
	err = give_to_linux(name);
	if (err)
		return complain("%s stays with the driver " DRIVER ": %s", name,
				strerror(-err));
	return 0;
}

/* ---- list -------------------------------------------------------------- */

static const struct table_column columns[] = {
	{"LWK", 0},    {"DEVICE", 0}, {"ID", 0},     {"STATE", 0},
	{"VECTOR", 0}, {"CPU", 1},    {"MEMORY", 0},
};

static const char *state_of(const struct lwk_device_info *i)
{
	if (!(i->flags & LWK_DEVICE_OPEN))
		return "silent";
	return i->flags & LWK_DEVICE_MASTER ? "open,master" : "open";
}

/* BASE+BYTES of each piece, as `nimble grant` wants them. */
static void add_memory(struct table *t, const struct lwk_device *d)
{
	char text[256] = "";
	size_t used = 0;

	for (int i = 0; i < LWK_DEVICE_BARS; i++)
		if (d->bar[i].bytes && used < sizeof(text))
			used += snprintf(text + used, sizeof(text) - used,
					 "%s%#" PRIx64 "+%#" PRIx64,
					 used ? " " : "", d->bar[i].base,
					 d->bar[i].bytes);
	table_cell(t, "%s", used ? text : "-");
}

static void add_row(struct table *t, const struct lwk_device_info *i)
{
	char name[PCI_NAME_BYTES];

	table_cell(t, "lwk%u", i->instance);
	table_cell(t, "%s", pci_name(i->device.address, name));
	table_cell(t, "%04x:%04x", i->device.vendor, i->device.device);
	table_cell(t, "%s", state_of(i));
	if (i->device.vector)
		table_cell(t, "%#x", i->device.vector);
	else
		table_cell(t, "-");
	table_cell(t, "%u", i->device.cpu);
	add_memory(t, &i->device);
}

static void list_instance(int fd, unsigned int instance, struct table *t)
{
	for (uint32_t index = 0; index < LWK_MAX_DEVICES; index++) {
		struct lwk_device_info info = {
			.version = LWK_IOC_ABI,
			.instance = instance,
			.index = index,
		};

		if (!command(fd, LWK_IOC_DEVICE_INFO, &info))
			add_row(t, &info);
	}
}

static int list(const struct options *o)
{
	struct table *t =
		table_new(columns, sizeof(columns) / sizeof(*columns));
	uint32_t mask = o->instance == LWK_INSTANCE_ANY ? instances_reserved()
							: 1U << o->instance;
	int fd = open_control(0);

	for (unsigned int i = 0; i < LWK_MAX_INSTANCES; i++)
		if (mask & 1U << i)
			list_instance(fd, i, t);
	close(fd);
	table_print(t);
	return 0;
}

/* ---- The command ------------------------------------------------------- */

int cmd_device(struct options *o)
{
	const char *verb = o->args[0], *given = o->args[1];
	char name[PCI_NAME_BYTES];
	uint32_t address;

	if (strcmp(verb, "list") == 0 && !given)
		return list(o);
	if ((strcmp(verb, "add") && strcmp(verb, "remove")) || !given) {
		complain(
			"say `lwk device add DEVICE`, `lwk device remove DEVICE` or `lwk device list`");
		return EXIT_USAGE;
	}
	if (pci_parse(given, &address)) {
		complain("%s is no PCI device's name, as 0000:00:04.0 is",
			 given);
		return EXIT_USAGE;
	}
	pci_name(address, name);
	return strcmp(verb, "add") ? take_back(o, name, address)
				   : add(o, name, address);
}
