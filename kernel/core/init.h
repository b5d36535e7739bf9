/* SPDX-License-Identifier: GPL-2.0 */
/* What the layers above set up when the kernel comes up; supplied by
 * core/init.c, which sees them all. */
#ifndef LWK_CORE_INIT_H
#define LWK_CORE_INIT_H

/* Once, on the first CPU, before any other runs. */
void init_once(void);

/* On each CPU: scheduler, rings. */
void init_cpu_services(void);

/* The idle loop. */
_Noreturn void init_idle(void);

#endif
