/* SPDX-License-Identifier: GPL-2.0 */
/* Entry of all 256 vectors. Each stub pushes an error code (0 where the
 * processor pushes none) and its vector; the rest builds struct regs.
 *
 * Vectors that may come between `swapgs` and its counterpart (NMI, debug,
 * double fault, machine check) have stacks of their own and look at GS's base:
 * the kernel's is negative as a signed number, an application's never is, as
 * user mode cannot set it but by arch_prctl() (CR4.FSGSBASE is off).
 */
#include "asm_offsets.h"
#include "kernel/arch/x86_64/save_regs.inc"
#include "kernel/arch/x86_64/x86.h"

	.text

	.set	i, 0
	.balign	16
	.globl	trap_stubs
trap_stubs:
	.rept	256
	.balign	TRAP_STUB_BYTES
	.if	i != 8 && (i < 10 || i > 14) && i != 17 && i != 21 && i != 29 && i != 30
	push	$0
	.endif
	push	$i
	.if	i == TRAP_DB || i == TRAP_NMI || i == TRAP_DF || i == TRAP_MC
	jmp	trap_paranoid
	.else
	jmp	trap_common
	.endif
	.set	i, i + 1
	.endr
	.balign	16
	/* Moving back is an error: a longer stub does not build. */
	.org	trap_stubs + 256 * TRAP_STUB_BYTES

	.balign	16
trap_common:
	cld
	SAVE_REGS
	testb	$3, REGS_CS(%rsp)
	jz	trap_from_kernel
trap_from_user:
	BEGIN_OUTERMOST
	swapgs
	mov	%rsp, %rdi
	mov	%rsp, %rbp
	and	$~15, %rsp
	call	trap_dispatch
	mov	%rbp, %rsp
	mov	%rsp, %rdi
	call	return_to_user
	swapgs
	jmp	restore_and_iret
	.cfi_endproc

trap_from_kernel:
	BEGIN_ON_REGS rbp
	mov	%rsp, %rdi
	mov	%rsp, %rbp
	and	$~15, %rsp
	call	trap_dispatch
	mov	%rbp, %rsp
	.cfi_endproc
	.globl	restore_and_iret
restore_and_iret:
	RESTORE_REGS
	add	$16, %rsp
	iretq

/* These never return to user mode through return_to_user(): they run on stacks
 * of their own. The debug exception of user mode moves over to the thread's
 * stack first. */
	.balign	16
trap_paranoid:
	BEGIN_ON_REGS rbp
	cld
	SAVE_REGS
	xor	%ebx, %ebx
	mov	$MSR_GS_BASE, %ecx
	rdmsr
	test	%edx, %edx
	js	2f
	swapgs
	inc	%ebx
2:	testb	$3, REGS_CS(%rsp)
	jz	3f
	cmpq	$TRAP_DB, REGS_VECTOR(%rsp)
	je	move_to_thread_stack
3:	mov	%rsp, %rdi
	mov	%rsp, %rbp
	and	$~15, %rsp
	call	trap_dispatch
	mov	%rbp, %rsp
	test	%ebx, %ebx
	jz	restore_and_iret
	swapgs
	jmp	restore_and_iret
	.cfi_endproc

move_to_thread_stack:
	BEGIN_OUTERMOST
	mov	%rsp, %rsi
	mov	%gs:CPU_KERNEL_STACK, %rdi
	sub	$REGS_BYTES, %rdi
	mov	%rdi, %rsp
	mov	$REGS_BYTES / 8, %ecx
	rep movsq
	mov	%rsp, %rdi
	mov	%rsp, %rbp
	call	trap_dispatch
	mov	%rbp, %rsp
	mov	%rsp, %rdi
	call	return_to_user
	swapgs
	jmp	restore_and_iret
	.cfi_endproc

/* void arch_enter_user(struct regs *): interrupts off from here on. */
	.globl	arch_enter_user
arch_enter_user:
	BEGIN_OUTERMOST
	cli
	mov	%rdi, %rsp
	call	return_to_user
	swapgs
	jmp	restore_and_iret
	.cfi_endproc

