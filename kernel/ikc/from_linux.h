/* SPDX-License-Identifier: GPL-2.0 */
/* Handling of the module's messages. */
#ifndef LWK_IKC_FROM_LINUX_H
#define LWK_IKC_FROM_LINUX_H

#include "kernel/abi/ring.h"

/* Handle one. *m is a copy. Thread context, interrupts on, no locks. It may take long
 * to return, or never return. */
void message_handle(struct lwk_msg *m);

#endif
