/* SPDX-License-Identifier: GPL-2.0 */
/* Delivery of signals. */
#ifndef LWK_ENTRY_DELIVER_H
#define LWK_ENTRY_DELIVER_H

#include "kernel/arch/regs.h"

/* Handle signals of the current thread before it goes back to user mode. May not
 * return: the process has ended. Interrupts on. */
void signals_deliver(struct regs *regs);

/* The current thread's handler has a frame that is gone, or is none: nothing sensible to
 * go back to. Forces SIGSEGV. */
void signals_bad_frame(void);

#endif
