// SPDX-License-Identifier: MIT
/* Packing arguments and environment for the LWK; see args.h. */
#include <errno.h>
#include <limits.h>
#include <string.h>

#include "kernel/abi/layout.h"
#include "kernel/abi/slot.h"
#include "toolchain/proxy/args.h"
#include "toolchain/proxy/window.h"

static struct proxy_args program = {.exe_fd = -1};

void args_set(const struct proxy_args *args)
{
	program = *args;
}

static uint64_t list_bytes(char **list, uint32_t *count)
{
	uint64_t bytes = 0;

	for (*count = 0; list[*count]; (*count)++)
		bytes += strlen(list[*count]) + 1;
	return bytes;
}

static uint64_t put(uint64_t to, const void *from, size_t bytes)
{
	return proxy_copy((void *)to, from, bytes) ? 0 : to + bytes;
}

/* 0: an address was bad; else the address behind the strings. */
static uint64_t put_list(uint64_t to, char **list)
{
	for (; to && *list; list++)
		to = put(to, *list, strlen(*list) + 1);
	return to;
}

static int64_t put_all(uint64_t to, const struct lwk_args *head)
{
	to = put(to, head, sizeof(*head));
	if (to)
		to = put(to, program.exe_path, strlen(program.exe_path) + 1);
	if (to)
		to = put_list(to, program.argv);
	if (to)
		to = put_list(to, program.envp);
	return to ? (int64_t)head->bytes : -EFAULT;
}

int64_t args_copy(uint64_t to, uint64_t room)
{
	struct lwk_args head = {};
	uint64_t bytes = sizeof(head) + strlen(program.exe_path) + 1;

	bytes += list_bytes(program.argv, &head.argc);
	bytes += list_bytes(program.envp, &head.envc);
	if (bytes > UINT_MAX)
		return -E2BIG;
	head.bytes = bytes;
	head.ignored = program.ignored;
	head.blocked = program.blocked;
	if (bytes > room)
		return bytes;
	if (to >= LWK_APP_END || to + bytes > LWK_APP_END)
		return -EFAULT;
	return put_all(to, &head);
}

int64_t args_exe_fd(void)
{
	int fd = program.exe_fd;

	program.exe_fd = -1;
	return fd < 0 ? -EBADF : fd;
}
