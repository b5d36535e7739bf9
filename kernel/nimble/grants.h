/* SPDX-License-Identifier: GPL-2.0 */
/* Grants of the administrator to extensions that are not trusted: registers, devices,
 * helpers (kernel/abi/nimble_ctl.h). Trusted ones may use all. Any context, except for
 * the operations. */
#ifndef LWK_NIMBLE_GRANTS_H
#define LWK_NIMBLE_GRANTS_H

#include "kernel/nimble/nimble_priv.h"

/* Whether it may use all of that device. */
bool grant_device(const struct extension *e, uint32_t device);

/* Whether it may use all of any device. */
bool grant_some_device(const struct extension *e);

/* Whether extensions of that job may have that helper. */
bool grant_helper(uint64_t job, const char *name);

/* One access to registers: 0; -EPERM: they are not all its; else as device_read(). */
int grant_read(const struct extension *e, paddr_t at, uint64_t bytes,
	       uint64_t *value);
int grant_write(const struct extension *e, paddr_t at, uint64_t bytes,
		uint64_t value);

/* An extension that is on no hook has gone: ends its grants, and no device reaches its
 * memory afterwards. Waits for Linux; thread context. */
void grants_forget(const struct extension *e);

/* GRANT, REVOKE, GRANTS. Thread context, without locks. */
int grants_change(const struct nimble_caller *who, struct nimble_ctl *ctl,
		  const void *in);
int grants_list(const struct extension *e, struct nimble_ctl *ctl, void *out);

#endif
