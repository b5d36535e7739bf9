/* SPDX-License-Identifier: GPL-2.0 */
/* What each message from the module does. */
#ifndef LWK_IKC_FROM_LINUX_H
#define LWK_IKC_FROM_LINUX_H

#include "kernel/abi/ring.h"

/* Handle one. *m is a copy. Thread context, interrupts on, no locks; may not come back
 * for long, or not at all. */
void message_handle(struct lwk_msg *m);

#endif
