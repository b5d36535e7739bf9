/* SPDX-License-Identifier: GPL-2.0 */
/* Private mappings of files: the LWK's own pages, filled by the proxy. */
#ifndef LWK_EXEC_FILE_MAP_H
#define LWK_EXEC_FILE_MAP_H

#include "kernel/mm/aspace.h"

/* Map the file behind descriptor fd of the proxy from byte `offset` on; what
 * lies beyond its end reads as zero. Thread context, may take long. Returns the
 * address or -errno. */
int64_t file_map_private(const struct map_request *r, int fd, uint64_t offset);

/* Read up to `bytes` at `offset` of fd into the application's memory at `at`,
 * which is writable. Returns what was read (less only at the file's end) or
 * -errno. */
int64_t file_read_all(int fd, vaddr_t at, uint64_t bytes, uint64_t offset);

#endif
