/* SPDX-License-Identifier: GPL-2.0 */
/* Mapping memory that is Linux's: shared mappings of files, System V shared memory.
 * See kernel/mm/lend.c. Thread context, no lock held: all of it asks the proxy. */
#ifndef LWK_EXEC_LINUX_MAP_H
#define LWK_EXEC_LINUX_MAP_H

#include "kernel/mm/aspace.h"

/* mmap() of a shared file: r says where; prot and flags are Linux's. The address, or
 * -errno as Linux gives it. */
int64_t linux_map_file(const struct map_request *r, uint64_t prot,
		       uint64_t flags, int fd, uint64_t offset);

/* shmat(). */
int64_t linux_map_shm(int id, vaddr_t at, uint64_t flags);

/* Unmap what is Linux's in [start, start + bytes): its place is free then. For all who
 * are about to change what is mapped there. 0 or -errno. */
int linux_unmap(vaddr_t start, uint64_t bytes);

/* mprotect() of what is Linux's there: the proxy's part. */
int64_t linux_protect(vaddr_t start, uint64_t bytes, uint64_t prot);

/* msync() of what is Linux's there. */
int64_t linux_sync(vaddr_t start, uint64_t bytes, uint64_t flags);

/* Is there any in [start, start + bytes)? */
bool linux_is_mapped(vaddr_t start, uint64_t bytes);

/* A thread has touched a page that Linux has to lend: 0: try again; -EFAULT. */
int linux_fault_in(vaddr_t va, bool write);

#endif
