/* SPDX-License-Identifier: MIT */
/* What `lwk ps` and `lwk top` know of processes. */
#ifndef LWK_PS_H
#define LWK_PS_H

#include "kernel/abi/ioctl.h"

/* Gets all processes of an instance in ps->entries, which the caller frees, and what
 * its CPUs do in cpus, which may be NULL where room is 0. 0 or -errno. */
int ps_ask(int fd, unsigned int instance, struct lwk_ps *ps,
	   struct lwk_ps_cpu *cpus, uint32_t room);

const char *ps_state_name(const struct lwk_ps_entry *e);

/* Its name, printable. */
#define PS_NAME_BYTES (sizeof(((struct lwk_ps_entry *)0)->name) + 1)
void ps_name(const struct lwk_ps_entry *e, char name[PS_NAME_BYTES]);

#endif
