/* SPDX-License-Identifier: GPL-2.0 */
/* Raw access to the machine, for trusted extensions. Any context. */
#ifndef LWK_ARCH_HARDWARE_H
#define LWK_ARCH_HARDWARE_H

#include "kernel/lib/types.h"

/* Model-specific registers; -EFAULT where the processor refuses. */
int arch_msr_read(uint32_t msr, uint64_t *value);
int arch_msr_write(uint32_t msr, uint64_t value);

/* I/O ports; bytes is 1, 2 or 4, else -EINVAL. */
int arch_port_in(uint16_t port, unsigned int bytes, uint32_t *value);
int arch_port_out(uint16_t port, unsigned int bytes, uint32_t value);

#endif
