/* SPDX-License-Identifier: GPL-2.0 */
/* A CPU's number and node, for programs: the limit of a segment that each CPU has in
 * its own GDT, 20 bits, which LSL reads in user mode (Intel SDM vol. 2, LSL). */
#ifndef ARCH_IMPL_CPU_NUMBER_H
#define ARCH_IMPL_CPU_NUMBER_H

#include <stdint.h>

#define SEL_CPU_NUMBER 0x53

#define CPU_NUMBER(cpu, node) ((uint32_t)(cpu) | ((uint32_t)(node)&0xfff) << 8)
#define CPU_NUMBER_CPU(number) ((number)&0xff)
#define CPU_NUMBER_NODE(number) ((number) >> 8)

/* A data segment of user mode, read-only, that grows down, in bytes. */
#define CPU_NUMBER_DESCRIPTOR(number)               \
	(0x0040f50000000000UL | ((number)&0xffff) | \
	 ((uint64_t)(number)&0xf0000) << 32)

static inline uint32_t cpu_number_read(void)
{
	uint32_t number;

	asm("lsl %1, %0" : "=r"(number) : "r"(SEL_CPU_NUMBER));
	return number;
}

#endif
