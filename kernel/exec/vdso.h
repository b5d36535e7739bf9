/* SPDX-License-Identifier: GPL-2.0 */
/* The vDSO in programs (kernel/vdso/). */
#ifndef LWK_EXEC_VDSO_H
#define LWK_EXEC_VDSO_H

#include "kernel/lib/types.h"

/* Once, before other CPUs run. */
void vdso_init(void);

/* Map it into the current process, behind the time page; *base is where its ELF
 * header is (AT_SYSINFO_EHDR). 0, -ENOMEM. */
int vdso_map(vaddr_t *base);

#endif
