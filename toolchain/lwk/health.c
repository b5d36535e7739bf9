// SPDX-License-Identifier: MIT
/* The CPUs of an LWK that handle no messages, and where they are. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <unistd.h>

#include "kernel/abi/layout.h"
#include "toolchain/common/syscalls.h"
#include "toolchain/lwk/health.h"
#include "toolchain/lwk/symbols.h"

unsigned int health_ask(unsigned int instance, struct health *h)
{
	struct lwk_cpus args = {
		.version = LWK_IOC_ABI,
		.instance = instance,
		.entries = (uintptr_t)h->cpu,
		.capacity = LWK_MAX_CPUS,
	};
	char path[32];
	int fd;

	h->count = 0;
	snprintf(path, sizeof(path), "/dev/lwk%u", instance);
	fd = open(path, O_RDWR | O_CLOEXEC);
	if (fd < 0)
		return 0;
	if (command(fd, LWK_IOC_CPUS, &args) == 0)
		for (uint32_t i = 0; i < args.count && i < LWK_MAX_CPUS; i++)
			if (h->cpu[i].health != LWK_HEALTH_WORKS)
				h->cpu[h->count++] = h->cpu[i];
	close(fd);
	for (unsigned int i = 0; i < h->count; i++) {
		h->cpu[i].name[sizeof(h->cpu[i].name) - 1] = 0;
		make_printable(h->cpu[i].name);
	}
	return h->count;
}

static void print_place(const struct lwk_cpu_entry *e, struct symbols *symbols)
{
	char text[256];

	if (e->in_user)
		printf("in its program's code");
	else if (symbols &&
		 symbols_describe(symbols, e->rip, text, sizeof(text)))
		printf("in the kernel, %s", text);
	else if (e->rip - LWK_CODE_BASE < LWK_CODE_BYTES)
		printf("in the kernel, in an extension's machine code");
	else
		printf("in the kernel at %#" PRIx64, e->rip);
}

void health_print(const struct options *o, unsigned int instance,
		  const struct health *h)
{
	struct symbols *symbols = NULL;
	char path[PATH_MAX];
	const char *image;

	if (!h->count)
		return;
	image = image_booted(o, instance, path, sizeof(path));
	if (image)
		symbols = symbols_open(image);

	for (unsigned int i = 0; i < h->count; i++) {
		const struct lwk_cpu_entry *e = &h->cpu[i];

		if (e->health == LWK_HEALTH_SILENT) {
			printf("  CPU %-7u silent: no message and no NMI reaches it\n",
			       e->linux_cpu);
			continue;
		}
		printf("  CPU %-7u stalled: handles no messages; ",
		       e->linux_cpu);
		print_place(e, symbols);
		if (e->pid)
			printf("; runs %s (pid %u), last call %s", e->name,
			       e->pid, syscall_name(e->last_syscall));
		putchar('\n');
	}
}

json_t *health_json(const struct health *h)
{
	json_t *list = json_array();

	for (unsigned int i = 0; i < h->count; i++) {
		const struct lwk_cpu_entry *e = &h->cpu[i];

		json_array_append_new(
			list,
			json_pack("{s:i, s:b, s:b, s:I, s:i, s:s}", "cpu",
				  e->linux_cpu, "silent",
				  e->health == LWK_HEALTH_SILENT, "in_user",
				  e->in_user, "rip", (json_int_t)e->rip, "pid",
				  e->pid, "name", e->name));
	}
	return list;
}
