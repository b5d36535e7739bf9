/* SPDX-License-Identifier: GPL-2.0 */
/* Control of extensions from Linux (kernel/abi/nimble_ctl.h). */
#ifndef LWK_NIMBLE_WINDOW_H
#define LWK_NIMBLE_WINDOW_H

#include "host-module/instance.h"

/* LWK_IOC_NIMBLE. Returns what nimble_ctl.h says, or -EPERM, -EINTR, -EIO, -ENXIO.
 * message is set where the LWK refused, too. */
int lwk_nimble_control(struct lwk_instance *inst, struct nimble_ctl *ctl);

/* Loads a trusted extension and attaches it to all its hooks. For BOOT. */
int lwk_nimble_load_trusted(struct lwk_instance *inst,
			    const struct lwk_blob *image, char *why);

/* Called after all requests were ended. When this returns, nothing uses the control
 * window. Sleeps. */
void lwk_nimble_end(struct lwk_instance *inst);

#endif
