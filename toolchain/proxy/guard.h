/* SPDX-License-Identifier: MIT */
/* Descriptors of the proxy's own, in the table that it shares with the
 * application's calls: its device, the memory of its process, and its program.
 *
 * They stand at high numbers, below the limit, and do not exist for the
 * application: as an argument they give EBADF, close_range() passes them by.
 * Left open: an application that sends one in a message, or opens it through
 * /proc/self/fd, holds a copy. It harms only its own process.
 */
#ifndef PROXY_GUARD_H
#define PROXY_GUARD_H

#include <stdbool.h>

/* Moves fd to a guarded number, without FD_CLOEXEC, as it outlives the application's
 * execve(); returns that, or -1 and errno. fd < 0 is passed on. */
int guard_fd(int fd);
/* Closes a guarded one. */
void guard_close(int fd);
bool guard_owns(unsigned int fd);

/* close_range() around the guarded ones: writes the pieces of [first, last]
 * that are the application's to `piece`, and returns how many there are. */
#define GUARD_MAX 3
struct guard_range {
	unsigned int first, last;
};
unsigned int guard_split(unsigned int first, unsigned int last,
			 struct guard_range piece[GUARD_MAX + 1]);

#endif
