/* SPDX-License-Identifier: GPL-2.0 */
/* Pages of Linux that are lent to the LWK: pinned, and mapped into one of its address
 * spaces. See kernel/mm/lend.c.
 *
 * A page that was lent is kept with the space, by its address, until the LWK has said
 * that none of its CPUs reaches the page (LWK_MSG_TAKE_BACK), or the space is gone. A
 * process keeps its space until the LWK has answered PROC_RELEASE.
 */
#ifndef LWK_LEND_H
#define LWK_LEND_H

#include "host-module/proxy/space.h"

/* LWK_IOC_LEND, _TAKE_BACK, _CHANGED. -EFAULT: no page of Linux's is there, or the LWK
 * does not want it. */
int lwk_lend(struct lwk_proc *proc, const struct lwk_lend *args);
int lwk_lend_take_back(struct lwk_proc *proc, const struct lwk_lend *args);
int lwk_lend_changed(struct lwk_proc *proc, const struct lwk_lend *args);

/* The space is gone, and so is everything that reached it. May sleep. */
void lwk_lend_end(struct lwk_space *space);

#endif
