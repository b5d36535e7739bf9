/* SPDX-License-Identifier: MIT */
/* NIMBLE_BACKEND=host: extensions in this process, on the kernel's engine, where there is
 * no LWK.
 *
 * It answers the requests of kernel/abi/nimble_ctl.h as the LWK does for one job, this
 * process. It does not do what only the LWK can: system calls, faults, timers and
 * messages fire no hook here, and a policy is refused. Hook call runs by
 * libnimble_call(), and hook service by other extensions.
 *
 * One mutex guards everything, runs included, so an extension runs on one CPU, number 0.
 * It is not held while a caller waits or a system call is made for it.
 */
#ifndef LIBNIMBLE_HOST_PRIV_H
#define LIBNIMBLE_HOST_PRIV_H

#include <pthread.h>
#include <stdbool.h>

#include "kernel/abi/nimble_ctl.h"
#include "nimble/nimble.h"

struct host_extension {
	struct host_extension *next; /* by id */
	struct nimble_ext *engine;
	uint32_t id;
	char name[NIMBLE_NAME_BYTES];
	uint32_t events; /* that were not taken, 1 << kind */
	bool reported; /* that it has faulted */
	struct {
		bool attached;
		int32_t order;
		uint64_t ignored; /* results that meant nothing */
	} entry[NX_MAX_HOOKS];
};

extern pthread_mutex_t host_lock;

/* The extension of that id, or NULL. Caller holds the mutex. */
struct host_extension *host_find(uint32_t id);
/* Detaches extensions that have faulted. Caller holds the mutex. */
void host_care(void);

/* Copy a text, cut off where it is too long. */
void host_text(char *to, size_t room, const char *from);

/* One request, as by LWK_SYS_NIMBLE_CTL. */
int host_request(void *context, struct nimble_ctl *ctl);

/* host_map.c: a request about a map, MAPS to RING_TAKE. Caller holds the mutex. */
int host_map_request(struct host_extension *e, struct nimble_ctl *ctl);

/* host_call.c: as LWK_SYS_NIMBLE_CALL. 0 or -errno. */
int host_direct_call(uint32_t id, uint64_t args[8]);
/* Calls again for each thread that waits in a call of it. Caller holds the
 * mutex. */
void host_wake_callers(const struct host_extension *e);

#endif
