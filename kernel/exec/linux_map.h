/* SPDX-License-Identifier: GPL-2.0 */
/* Mapping memory that is Linux's: shared mappings of files, System V shared memory.
 * See kernel/mm/lend.c. Thread context, no lock held: all of it asks the proxy. */
#ifndef LWK_EXEC_LINUX_MAP_H
#define LWK_EXEC_LINUX_MAP_H

#include "kernel/mm/aspace.h"

/* mmap() of a shared file at the place that r gives; prot and flags are Linux's.
 * Returns the address, or -errno as Linux does. */
int64_t linux_map_file(const struct map_request *r, uint64_t prot,
		       uint64_t flags, int fd, uint64_t offset);

/* shmat(). */
int64_t linux_map_shm(int id, vaddr_t at, uint64_t flags);

/* Unmap what is Linux's in [start, start + bytes); its place is then free. Called
 * before any change of what is mapped there. 0 or -errno. */
int linux_unmap(vaddr_t start, uint64_t bytes);

/* The proxy's part of mprotect() of what is Linux's there. */
int64_t linux_protect(vaddr_t start, uint64_t bytes, uint64_t prot);

/* msync() of what is Linux's there. */
int64_t linux_sync(vaddr_t start, uint64_t bytes, uint64_t flags);

/* Whether there is any in [start, start + bytes). */
bool linux_is_mapped(vaddr_t start, uint64_t bytes);

/* A thread has touched a page that Linux must lend. 0: try again; -EFAULT. */
int linux_fault_in(vaddr_t va, bool write);

#endif
