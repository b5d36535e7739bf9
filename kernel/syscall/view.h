/* SPDX-License-Identifier: GPL-2.0 */
/* Files of /proc that speak of the process that opens them. */
#ifndef LWK_SYSCALL_VIEW_H
#define LWK_SYSCALL_VIEW_H

#include "kernel/arch/regs.h"
#include "kernel/lib/types.h"

/* The proxy has answered -LWK_VIEW_WANTED: what the call returns when the LWK has told
 * about the process. Thread context, no lock held. */
int64_t call_with_view(const struct regs *regs);

#endif
