// SPDX-License-Identifier: MIT
/* lwk run: executes the proxy. */
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "toolchain/lwk/lwk.h"

#define FIXED_ARGS 8

static const char *find_proxy(char *path, size_t bytes)
{
	return getenv("LWK_PROXY")
		       ?: find_beside("lwk-proxy", "libexec/margay", path,
				      bytes);
}

int cmd_run(struct options *o)
{
	char path[PATH_MAX], instance[16], cpu[16];
	const char *proxy = find_proxy(path, sizeof(path));
	size_t argc = 0, n = 0;
	char **argv;

	if (!proxy) {
		complain(
			"lwk-proxy is not beside this command; name it in $LWK_PROXY");
		return EXIT_UNAVAILABLE;
	}
	while (o->args[argc])
		argc++;
	argv = calloc(argc + FIXED_ARGS, sizeof(*argv));
	if (!argv)
		return EXIT_UNAVAILABLE;
	snprintf(instance, sizeof(instance), "%u", choose_instance(o));
	argv[n++] = "lwk-proxy";
	argv[n++] = "--instance";
	argv[n++] = instance;
	if (o->cpu >= 0) {
		snprintf(cpu, sizeof(cpu), "%d", o->cpu);
		argv[n++] = "--cpu";
		argv[n++] = cpu;
	}
	argv[n++] = "--";
	memcpy(argv + n, o->args, argc * sizeof(*argv));
	execv(proxy, argv);
	complain("%s: %s", proxy, strerror(errno));
	free(argv);
	return EXIT_UNAVAILABLE;
}
