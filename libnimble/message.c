// SPDX-License-Identifier: MIT
/* Errors in words: numbers, names, and this thread's last message. */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "libnimble/libnimble_priv.h"

static __thread char message[NIMBLE_MESSAGE_BYTES + 128];

int nimble_error(int err, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(message, sizeof(message), format, args);
	va_end(args);
	return err;
}

const char *libnimble_message(void)
{
	return message[0] ? message : "no error";
}

#define NAME(number)            \
	{                       \
		number, #number \
	}

static const struct {
	int number;
	const char *name;
} names[] = {
	NAME(EPERM),	 NAME(ENOENT),	 NAME(ESRCH),	  NAME(EINTR),
	NAME(EIO),	 NAME(ENXIO),	 NAME(E2BIG),	  NAME(ENOEXEC),
	NAME(EBADF),	 NAME(EAGAIN),	 NAME(ENOMEM),	  NAME(EACCES),
	NAME(EFAULT),	 NAME(EBUSY),	 NAME(EEXIST),	  NAME(ENODEV),
	NAME(ENOTDIR),	 NAME(EISDIR),	 NAME(EINVAL),	  NAME(EMFILE),
	NAME(ENOTTY),	 NAME(EFBIG),	 NAME(ENOSPC),	  NAME(ERANGE),
	NAME(EDEADLK),	 NAME(ENOSYS),	 NAME(EPROTO),	  NAME(EOPNOTSUPP),
	NAME(ETIMEDOUT), NAME(EALREADY), NAME(EOVERFLOW),
};

const char *libnimble_error_name(int err)
{
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (names[i].number == abs(err))
			return names[i].name;
	return "EUNKNOWN";
}
