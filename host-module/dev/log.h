/* SPDX-License-Identifier: GPL-2.0 */
/* Reading an LWK's log (kernel/abi/log.h). */
#ifndef LWK_LOG_H
#define LWK_LOG_H

#include "host-module/instance.h"

/* LWK_IOC_LOG; see ioctl.h. -ENXIO where the instance was never booted, or where
 * LWK_LOG_WAIT would wait for one that is not (-EIO: that has failed). */
int lwk_log_read(struct lwk_instance *inst, struct lwk_log_read *args);

/* Begins an empty log. Caller holds log_sem for writing. */
void lwk_log_reset(struct lwk_instance *inst);

/* Wakes readers where there is new text. The instance's thread alone. */
void lwk_log_look(struct lwk_instance *inst);

#endif
