/* SPDX-License-Identifier: MIT */
/* Descriptors of the proxy's own, in the table that it shares with the
 * application's calls: its device, the memory of its process, and its program.
 *
 * They have high numbers, below the limit, and do not exist for the
 * application: as an argument they give EBADF, and close_range() skips them.
 * This does not stop an application that sends one in a message, or opens it
 * through /proc/self/fd; it then has a copy, and harms only its own process.
 */
#ifndef PROXY_GUARD_H
#define PROXY_GUARD_H

#include <stdbool.h>

/* Moves fd to a guarded number, without FD_CLOEXEC, because it outlives the
 * application's execve(). Returns the number, or -1 and errno. Returns fd where fd <
 * 0. */
int guard_fd(int fd);
/* Closes a guarded descriptor. */
void guard_close(int fd);
bool guard_owns(unsigned int fd);

/* For close_range(): writes the pieces of [first, last] between guarded
 * descriptors to `piece`, and returns how many there are. */
#define GUARD_MAX 3
struct guard_range {
	unsigned int first, last;
};
unsigned int guard_split(unsigned int first, unsigned int last,
			 struct guard_range piece[GUARD_MAX + 1]);

#endif
