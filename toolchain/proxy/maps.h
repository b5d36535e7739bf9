/* SPDX-License-Identifier: MIT */
/* Mappings of Linux's memory in the application's range: shared files, and System V's
 * shared memory. They lie over the mapping of the LWK's memory, at the addresses that the
 * LWK has chosen, and Linux's fork() copies them.
 *
 * The list of them is kept for a child, which has to map the LWK's memory around them.
 * The LWK asks for one change of an address at a time; calls for different addresses may
 * come at once.
 */
#ifndef PROXY_MAPS_H
#define PROXY_MAPS_H

#include <stdint.h>

/* LWK_PROXY_MAP, _UNMAP, _PROTECT, _SYNC, _SHMAT, _SHM_BYTES, _LEND: 0 (_SHM_BYTES: the
 * size) or -errno. */
int64_t maps_map(const uint64_t arg[6]);
int64_t maps_unmap(uint64_t start, uint64_t bytes);
int64_t maps_protect(uint64_t start, uint64_t bytes, uint64_t prot);
int64_t maps_sync(uint64_t start, uint64_t bytes, uint64_t flags);
int64_t maps_shmat(uint64_t id, uint64_t start, uint64_t flags);
int64_t maps_shm_bytes(uint64_t id);
int64_t maps_lend(uint64_t start, uint64_t pages, uint64_t write);

/* Maps the LWK's memory in all of the application's range except where these lie. 0 or
 * -errno. */
int maps_map_space(void);

/* Empties the list: the whole range was unmapped. */
void maps_clear(void);

/* Called in a forked child. */
void maps_restart(void);

#endif
