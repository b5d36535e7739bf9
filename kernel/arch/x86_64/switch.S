/* SPDX-License-Identifier: GPL-2.0 */
/* Switching between kernel stacks. */
#include "asm_offsets.h"
#include "kernel/arch/x86_64/save_regs.inc"

	.text

/* void switch_stacks(uint64_t *save_rsp, uint64_t load_rsp)
 * Save what a function must keep, and the stack pointer; go on where load_rsp
 * was saved. Interrupts off. */
	.globl switch_stacks
switch_stacks:
	.cfi_startproc
	push	%rbp
	.cfi_adjust_cfa_offset 8
	.cfi_rel_offset rbp, 0
	push	%rbx
	.cfi_adjust_cfa_offset 8
	.cfi_rel_offset rbx, 0
	push	%r12
	.cfi_adjust_cfa_offset 8
	.cfi_rel_offset r12, 0
	push	%r13
	.cfi_adjust_cfa_offset 8
	.cfi_rel_offset r13, 0
	push	%r14
	.cfi_adjust_cfa_offset 8
	.cfi_rel_offset r14, 0
	push	%r15
	.cfi_adjust_cfa_offset 8
	.cfi_rel_offset r15, 0
	mov	%rsp, (%rdi)
	mov	%rsi, %rsp
	pop	%r15
	pop	%r14
	pop	%r13
	pop	%r12
	pop	%rbx
	pop	%rbp
	.cfi_def_cfa rsp, 8
	ret
	.cfi_endproc

/* void call_on_stack(void *top, void (*work)(void *arg), void *arg) */
	.globl call_on_stack
call_on_stack:
	.cfi_startproc
	push	%rbp
	.cfi_adjust_cfa_offset 8
	.cfi_rel_offset rbp, 0
	mov	%rsp, %rbp
	.cfi_def_cfa_register rbp
	mov	%rdi, %rsp
	mov	%rdx, %rdi
	call	*%rsi
	mov	%rbp, %rsp
	pop	%rbp
	.cfi_def_cfa rsp, 8
	ret
	.cfi_endproc

/* First instructions of a new thread; its entry function is in RBX. */
	.globl thread_begin
thread_begin:
	BEGIN_OUTERMOST
	xor	%ebp, %ebp
	call	*%rbx
	ud2
	.cfi_endproc
