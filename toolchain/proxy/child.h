/* SPDX-License-Identifier: MIT */
/* Children, and programs that replace others: the proxy's part in fork() and execve() on
 * the LWK.
 *
 * The child's proxy is a child of the parent's, so that pid, descriptors, credentials,
 * groups, limits, signals of job control and waiting are Linux's own. It begins with one
 * thread, the worker that was asked, which becomes its manager. It has none of the
 * parent's mappings of the device (they are not copied).
 *
 * Only a worker that holds the pool's lock forks, so that no other thread is being made
 * meanwhile (the library's lists of threads must be consistent in the child). Workers and
 * manager hold no other lock of the library's.
 */
#ifndef PROXY_CHILD_H
#define PROXY_CHILD_H

#include <stdint.h>

/* LWK_PROXY_FORK: returns the child's pid as soon as it serves the LWK's process
 * `handle`; or -errno: there is no child. */
int64_t child_fork(uint64_t handle);

/* LWK_PROXY_OPEN_PROGRAM: a descriptor, or what execveat() says of the file. */
int64_t child_open_program(uint64_t dir, uint64_t path, uint64_t flags);

/* LWK_PROXY_NEW_SPACE: 0 or -errno. */
int64_t child_new_space(void);

/* LWK_PROXY_EXEC; see slot.h. 0 or -errno. */
int64_t child_exec(const uint64_t arg[6]);

#endif
