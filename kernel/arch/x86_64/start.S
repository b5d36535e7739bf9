/* SPDX-License-Identifier: GPL-2.0 */
/* Where the module's trampoline jumps; see kernel/abi/boot.h, Entry.
 * RDI = boot block, RSI = index of the CPU. */
#include "asm_offsets.h"
#include "kernel/arch/x86_64/save_regs.inc"

	.section .text.entry, "ax"
	.globl arch_start
arch_start:
	BEGIN_OUTERMOST
	mov	boot_stack_top(,%rsi,8), %rsp
	xor	%ebp, %ebp
	cld
	call	arch_start_c
	ud2
	.cfi_endproc
