/* SPDX-License-Identifier: GPL-2.0 */
/* Delivery of signals. */
#ifndef LWK_ENTRY_DELIVER_H
#define LWK_ENTRY_DELIVER_H

#include "kernel/arch/regs.h"

/* Handle signals of the current thread before it goes back to user mode. It does not
 * return if the process has ended. Interrupts on. */
void signals_deliver(struct regs *regs);

/* The frame of the current thread's handler is gone, or is no frame, so there is
 * nothing to go back to. Forces SIGSEGV. */
void signals_bad_frame(void);

#endif
