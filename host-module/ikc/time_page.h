/* SPDX-License-Identifier: GPL-2.0 */
/* Linux's time for the LWKs: their time pages (kernel/abi/time.h). */
#ifndef LWK_TIME_PAGE_H
#define LWK_TIME_PAGE_H

#include "kernel/abi/time.h"

/* Fills a page now, and again whenever Linux's parameters change, until
 * lwk_time_remove(). id is the instance's number. */
void lwk_time_add(unsigned int id, struct lwk_time *page);
void lwk_time_remove(unsigned int id);

/* At module load and unload. */
int lwk_time_init(void);
void lwk_time_exit(void);

#endif
