/* SPDX-License-Identifier: MIT */
/* Computes and makes system calls for ever, with a frame pointer that leads where a back
 * trace must not go: one call that the entry code answers, and one of Linux's, in whose
 * wait an emulator of one CPU at a time lets Linux run. */
#include <sys/syscall.h>

static const unsigned long lures[] = {
	0xffff800000000000, /* the LWK's map of memory that is not its own */
	0xffff8fff12345678, 0x8000000000000000, /* no address at all */
	0xffffffff80000000, /* the LWK's code */
	0xfffffffffffffff0, /* the frame would wrap around */
	0xffffffffbffffff8,
};

static void with_frame_pointer(unsigned long lure)
{
	long number;

	asm volatile("push %%rbp\n\t"
		     "mov %1, %%rbp\n\t"
		     "mov $1000, %%ebx\n"
		     "1:\tmov %2, %%eax\n\t"
		     "syscall\n\t"
		     "mov %3, %%eax\n\t"
		     "syscall\n\t"
		     "mov $100, %%ecx\n"
		     "2:\tdec %%ecx\n\t"
		     "jnz 2b\n\t"
		     "dec %%ebx\n\t"
		     "jnz 1b\n\t"
		     "pop %%rbp"
		     : "=&a"(number)
		     : "r"(lure), "i"(SYS_getppid), "i"(SYS_getpgrp)
		     : "rbx", "rcx", "r11", "memory", "cc");
}

int main(void)
{
	for (unsigned long i = 0;; i++)
		with_frame_pointer(lures[i % (sizeof(lures) / sizeof(*lures))]);
}
