// SPDX-License-Identifier: MIT
/* lwk reserve, lwk release: partitioning the machine. */
#include <errno.h>
#include <grp.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "kernel/abi/layout.h"
#include "toolchain/lwk/lwk.h"
#include "toolchain/lwk/parse.h"

static int missing(const char *what)
{
	complain(
		"%s is missing; for example: lwk reserve --cpus 1-3 --memory 512M",
		what);
	return EXIT_USAGE;
}

static void say_reserved(const struct lwk_reserve *r)
{
	char cpus[256], size[32];

	format_cpus(r->cpus, cpus, sizeof(cpus));
	format_size(r->bytes, size, sizeof(size));
	printf("lwk%u: CPUs %s and %s reserved", r->instance, cpus, size);
	if (r->region_count > 1) {
		format_size(r->largest_region, size, sizeof(size));
		printf(" in %u pieces, the largest %s", r->region_count, size);
	}
	putchar('\n');
}

/* The group whose members may use an instance, -1 where there is none. It is read from
 * the file, because a static program has no other sources. */
static gid_t users_group(void)
{
	FILE *file = fopen("/etc/group", "re");
	const struct group *g;
	gid_t gid = -1;

	while (file && (g = fgetgrent(file)))
		if (strcmp(g->gr_name, "lwk") == 0)
			gid = g->gr_gid;
	if (file)
		fclose(file);
	return gid;
}

static void give_to_users(unsigned int instance)
{
	gid_t gid = users_group();
	char path[32];

	snprintf(path, sizeof(path), "/dev/lwk%u", instance);
	if (gid != (gid_t)-1 && chown(path, -1, gid))
		complain("%s: not given to group lwk: %s", path,
			 strerror(errno));
}

int cmd_reserve(struct options *o)
{
	struct lwk_reserve args = {
		.version = LWK_IOC_ABI,
		.instance = o->instance,
		.node = o->node,
	};
	int fd, err;

	if (!o->cpus_given)
		return missing("--cpus LIST");
	if (!o->memory)
		return missing("--memory SIZE");
	args.bytes = (o->memory + LWK_CHUNK_SIZE - 1) & ~(LWK_CHUNK_SIZE - 1);
	for (unsigned int i = 0; i < LWK_CPUMASK_WORDS; i++)
		args.cpus[i] = o->cpus[i];
	fd = open_control(1);
	progress_begin("lwk: taking CPUs and memory from Linux");
	err = command(fd, LWK_IOC_RESERVE, &args);
	progress_end();
	close(fd);
	if (err == -EPERM || err == -EPROTO || !args.why[0]) {
		if (err)
			return refused(o->instance == LWK_INSTANCE_ANY
					       ? 0
					       : o->instance,
				       err, args.why);
	} else if (err) {
		return complain("%s", args.why);
	}
	give_to_users(args.instance);
	say_reserved(&args);
	return 0;
}

int cmd_release(struct options *o)
{
	struct lwk_release args = {
		.version = LWK_IOC_ABI,
		.instance = choose_instance(o),
	};
	int fd = open_control(0);
	int err;

	progress_begin("lwk: giving CPUs and memory back to Linux");
	err = command(fd, LWK_IOC_RELEASE, &args);
	progress_end();
	close(fd);
	if (err == -ENODEV)
		return complain("lwk%u is not reserved: nothing to release",
				args.instance);
	if (err)
		return refused(args.instance, err, args.why);
	printf("lwk%u: released\n", args.instance);
	return 0;
}
