/* SPDX-License-Identifier: GPL-2.0 */
/* Switching between kernel stacks. */
	.text

/* void switch_stacks(uint64_t *save_rsp, uint64_t load_rsp)
 * Save what a function must keep, and the stack pointer; go on where load_rsp
 * was saved. Interrupts off. */
	.globl switch_stacks
switch_stacks:
	push	%rbp
	push	%rbx
	push	%r12
	push	%r13
	push	%r14
	push	%r15
	mov	%rsp, (%rdi)
	mov	%rsi, %rsp
	pop	%r15
	pop	%r14
	pop	%r13
	pop	%r12
	pop	%rbx
	pop	%rbp
	ret

/* void call_on_stack(void *top, void (*work)(void *arg), void *arg) */
	.globl call_on_stack
call_on_stack:
	push	%rbp
	mov	%rsp, %rbp
	mov	%rdi, %rsp
	mov	%rdx, %rdi
	call	*%rsi
	mov	%rbp, %rsp
	pop	%rbp
	ret

/* First instructions of a new thread; its entry function is in RBX. */
	.globl thread_begin
thread_begin:
	xor	%ebp, %ebp
	call	*%rbx
	ud2
