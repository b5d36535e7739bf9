/* SPDX-License-Identifier: GPL-2.0 */
/* Where the module's trampoline jumps; see kernel/abi/boot.h, Entry.
 * RDI = boot block, RSI = index of the CPU. */
	.section .text.entry, "ax"
	.globl arch_start
arch_start:
	mov	boot_stack_top(,%rsi,8), %rsp
	xor	%ebp, %ebp
	cld
	call	arch_start_c
	ud2
