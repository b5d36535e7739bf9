/* SPDX-License-Identifier: GPL-2.0 */
/* The instance's thread: handles what the LWK sends. */
#ifndef LWK_THREAD_H
#define LWK_THREAD_H

#include "host-module/instance.h"

int lwk_thread_start(struct lwk_instance *inst);
void lwk_thread_stop(struct lwk_instance *inst);

#endif
