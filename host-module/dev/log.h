/* SPDX-License-Identifier: GPL-2.0 */
/* Reading an LWK's log (kernel/abi/log.h). */
#ifndef LWK_LOG_H
#define LWK_LOG_H

#include "host-module/instance.h"

/* LWK_IOC_LOG; see ioctl.h. -ENXIO: the instance was never booted, or LWK_LOG_WAIT was
 * given and it is not booted now; -EIO in place of the latter where it has failed. */
int lwk_log_read(struct lwk_instance *inst, struct lwk_log_read *args);

/* Begins an empty log. Caller holds log_sem for writing. */
void lwk_log_reset(struct lwk_instance *inst);

/* Wakes readers where there is new text. The instance's thread alone. */
void lwk_log_look(struct lwk_instance *inst);

#endif
