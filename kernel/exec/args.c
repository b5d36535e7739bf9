/* SPDX-License-Identifier: GPL-2.0 */
/* Arguments and environment on their way from one program to the next. */
#include <asm/errno.h>

#include "kernel/arch/uaccess.h"
#include "kernel/exec/args.h"
#include "kernel/lib/string.h"
#include "kernel/mm/kmalloc.h"

#define FIRST_ROOM 4096UL

static int grow(struct exec_args *a)
{
	uint64_t room = MAX(a->room * 2, FIRST_ROOM);
	char *text;

	if (room > ARGS_MAX)
		return -E2BIG;
	text = kmalloc(room);
	if (!text)
		return -ENOMEM;
	memcpy(text, a->text, a->bytes);
	kfree(a->text);
	a->text = text;
	a->room = room;
	return 0;
}

static int make_room(struct exec_args *a, uint64_t bytes)
{
	int error = 0;

	while (!error && a->room - a->bytes < bytes)
		error = grow(a);
	return error;
}

int exec_args_add(struct exec_args *a, const char *text)
{
	uint64_t bytes = strlen(text) + 1;
	int error = make_room(a, bytes);

	if (error)
		return error;
	memcpy(a->text + a->bytes, text, bytes);
	a->bytes += bytes;
	return 0;
}

int exec_args_add_user(struct exec_args *a, vaddr_t text)
{
	for (;;) {
		long n = -ENAMETOOLONG;
		int error;

		if (a->room > a->bytes)
			n = copy_string_from_user(a->text + a->bytes, text,
						  a->room - a->bytes);
		if (n >= 0) {
			a->bytes += (uint64_t)n + 1;
			return 0;
		}
		if (n != -ENAMETOOLONG)
			return (int)n;
		error = grow(a);
		if (error)
			return error;
	}
}

int exec_args_add_list(struct exec_args *a, vaddr_t list, uint32_t *count)
{
	vaddr_t one;
	int error;

	for (*count = 0; list; (*count)++) {
		if (copy_from_user(&one, list + *count * sizeof(one),
				   sizeof(one)))
			return -EFAULT;
		if (!one)
			break;
		error = exec_args_add_user(a, one);
		if (error)
			return error;
		/* the pointer on the stack counts, too */
		if (a->bytes + (*count + 1) * sizeof(one) > ARGS_MAX)
			return -E2BIG;
	}
	return 0;
}

int exec_args_interpret(struct exec_args *a, const char *interpreter,
			const char *argument, const char *script)
{
	/* `script` may be part of the old strings. */
	uint64_t path = strlen(a->text) + 1;
	uint64_t first = a->argc ? strlen(a->text + path) + 1 : 0;
	struct exec_args new = {.envc = a->envc};
	int error = exec_args_add(&new, a->text);

	if (!error)
		error = exec_args_add(&new, interpreter);
	if (!error && argument)
		error = exec_args_add(&new, argument);
	if (!error)
		error = exec_args_add(&new, script);
	if (!error)
		error = make_room(&new, a->bytes - path - first);
	if (error) {
		exec_args_free(&new);
		return error;
	}
	memcpy(new.text + new.bytes, a->text + path + first,
	       a->bytes - path - first);
	new.bytes += a->bytes - path - first;
	new.argc = (a->argc ? a->argc - 1 : 0) + 2 + (argument ? 1 : 0);
	exec_args_free(a);
	*a = new;
	return 0;
}

void exec_args_free(struct exec_args *a)
{
	kfree(a->text);
	memset(a, 0, sizeof(*a));
}
