// SPDX-License-Identifier: MIT
/* lwk boot, lwk trace, lwk shutdown. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "toolchain/lwk/lwk.h"
#include "toolchain/lwk/parse.h"

/* A file's bytes, mapped until the command ends. Exits where it cannot be
 * read. */
static struct lwk_blob read_file(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct stat st;
	void *bytes;

	if (fd < 0 || fstat(fd, &st))
		exit(complain("%s: %s", path, strerror(errno)));
	if (st.st_size == 0)
		exit(complain("%s: the file is empty", path));
	bytes = mmap(NULL, st.st_size, PROT_READ, MAP_PRIVATE | MAP_POPULATE,
		     fd, 0);
	if (bytes == MAP_FAILED)
		exit(complain("%s: %s", path, strerror(errno)));
	close(fd);
	return (struct lwk_blob){(uintptr_t)bytes, st.st_size};
}

static void say_booted(int fd, unsigned int instance)
{
	struct lwk_status status = {
		.version = LWK_IOC_ABI,
		.instance = instance,
	};
	char cpus[256], size[32];

	if (command(fd, LWK_IOC_STATUS, &status))
		return;
	format_cpus(status.cpus, cpus, sizeof(cpus));
	format_size(status.bytes, size, sizeof(size));
	printf("lwk%u: booted on CPUs %s with %s in %" PRIu64 " ms\n", instance,
	       cpus, size, status.boot_ns / 1000000);
}

/* A message about one of the extensions names its file. */
static int not_booted(const struct options *o, const struct lwk_boot_args *args,
		      int err)
{
	char text[EXPLAIN_BYTES];

	if (err == -EALREADY && !args->why[0])
		return complain("lwk%u is booted", args->instance);
	if (err == -ENODEV || err == -EPERM || err == -EPROTO || !args->why[0])
		return complain("%s", explain_instance(args->instance, err,
						       args->why, text));
	if (args->failed_ext < o->ext_count)
		return complain("%s: %s", o->ext[args->failed_ext], args->why);
	return complain("%s", args->why);
}

static int boot(const struct options *o, const char *image)
{
	struct lwk_blob exts[LWK_BOOT_MAX_EXT];
	struct lwk_boot_args args = {
		.version = LWK_IOC_ABI,
		.instance = choose_instance(o),
		.flags = (o->no_app_ext ? LWK_BOOT_NO_APP_EXT : 0) |
			 (o->threaded ? LWK_BOOT_NIMBLE_THREADED : 0),
		.ext_count = o->ext_count,
		.image = read_file(image),
		.exts = (uintptr_t)exts,
		.failed_ext = UINT_MAX,
	};
	int fd, err;

	for (unsigned int i = 0; i < o->ext_count; i++)
		exts[i] = read_file(o->ext[i]);
	fd = open_control(0);
	progress_begin("lwk: booting");
	err = command(fd, LWK_IOC_BOOT, &args);
	progress_end();
	if (err)
		return not_booted(o, &args, err);
	image_remember(args.instance, image);
	say_booted(fd, args.instance);
	close(fd);
	return 0;
}

int cmd_boot(struct options *o)
{
	char path[PATH_MAX];
	const char *image = image_to_boot(o, path, sizeof(path));

	if (!image)
		return complain(
			"there is no image to boot: name one with `--image FILE`");
	return boot(o, image);
}

int cmd_shutdown(struct options *o)
{
	struct lwk_shutdown args = {
		.version = LWK_IOC_ABI,
		.instance = choose_instance(o),
		.flags = o->force ? LWK_SHUTDOWN_FORCE : 0,
	};
	int fd = open_control(0);
	int err;

	progress_begin("lwk: shutting down");
	err = command(fd, LWK_IOC_SHUTDOWN, &args);
	progress_end();
	close(fd);
	if (err == -ENXIO)
		return complain("lwk%u is not booted: nothing to shut down",
				args.instance);
	if (err == -EBUSY)
		return complain(
			"lwk%u has processes (see `lwk ps`); `lwk shutdown --force` ends them",
			args.instance);
	if (err)
		return refused(args.instance, err, args.why);
	printf("lwk%u: shut down\n", args.instance);
	return 0;
}

int cmd_trace(struct options *o)
{
	struct lwk_trace args = {
		.version = LWK_IOC_ABI,
		.instance = choose_instance(o),
		.flags = o->panic ? LWK_TRACE_PANIC : 0,
	};
	int fd = open_control(0);
	int err = command(fd, LWK_IOC_TRACE, &args);

	close(fd);
	if (err)
		return refused(args.instance, err, args.why);
	printf("lwk%u: see `lwk log`\n", args.instance);
	return 0;
}
