/* SPDX-License-Identifier: GPL-2.0 */
/* Raw access to the machine. */
#include <asm/errno.h>

#include "kernel/arch/hardware.h"

/* An instruction that may fault, with its fixup: see user_copy.S. */
#define MAY_FAULT(from, to)                                              \
	".pushsection .extable, \"a\"; .balign 8; .quad " #from ", " #to \
	", 1; .popsection; "

int arch_msr_read(uint32_t msr, uint64_t *value)
{
	uint32_t lo, hi;
	int error = -EFAULT;

	asm volatile("1: rdmsr; xor %0, %0; 2: " MAY_FAULT(1b, 2b)
		     : "+r"(error), "=a"(lo), "=d"(hi)
		     : "c"(msr));
	if (!error)
		*value = (uint64_t)hi << 32 | lo;
	return error;
}

int arch_msr_write(uint32_t msr, uint64_t value)
{
	int error = -EFAULT;

	asm volatile("1: wrmsr; xor %0, %0; 2: " MAY_FAULT(1b, 2b)
		     : "+r"(error)
		     : "c"(msr), "a"((uint32_t)value), "d"(value >> 32)
		     : "memory");
	return error;
}

int arch_port_in(uint16_t port, unsigned int bytes, uint32_t *value)
{
	uint32_t v = 0;

	if (bytes == 1)
		asm volatile("inb %1, %b0" : "+a"(v) : "Nd"(port));
	else if (bytes == 2)
		asm volatile("inw %1, %w0" : "+a"(v) : "Nd"(port));
	else if (bytes == 4)
		asm volatile("inl %1, %0" : "+a"(v) : "Nd"(port));
	else
		return -EINVAL;
	*value = v;
	return 0;
}

int arch_port_out(uint16_t port, unsigned int bytes, uint32_t value)
{
	if (bytes == 1)
		asm volatile("outb %b0, %1" : : "a"(value), "Nd"(port));
	else if (bytes == 2)
		asm volatile("outw %w0, %1" : : "a"(value), "Nd"(port));
	else if (bytes == 4)
		asm volatile("outl %0, %1" : : "a"(value), "Nd"(port));
	else
		return -EINVAL;
	return 0;
}
