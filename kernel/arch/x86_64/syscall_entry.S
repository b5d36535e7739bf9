/* SPDX-License-Identifier: GPL-2.0 */
/* The `syscall` instruction: RCX = return address, R11 = flags, interrupts masked by
 * MSR_SFMASK (Intel SDM vol. 2, SYSCALL). Leaves by SYSRET where the registers still have
 * that shape, by IRET after a signal's frame, sigreturn or exec. SYSRET with a non-
 * canonical RIP would fault in kernel mode with the user's stack pointer: such a RIP goes
 * the other way. No program can have one right behind its `syscall`, because its memory
 * ends at LWK_APP_END.
 *
 * Leaf calls (kernel/arch/entry.h) leave as they came. */
#include "asm_offsets.h"
#include "kernel/arch/x86_64/save_regs.inc"
#include "kernel/arch/x86_64/x86.h"

	.text
	.globl	syscall_entry
	.balign	64
syscall_entry:
	BEGIN_OUTERMOST
	swapgs
	mov	%rsp, %gs:CPU_USER_RSP
	mov	%gs:CPU_KERNEL_STACK, %rsp
	cmp	$LEAF_CALLS, %rax
	jae	.Lwith_frame
	cmpq	$0, leaf_calls(, %rax, 8)
	je	.Lwith_frame
	cmpq	$0, hook_counts
	jne	.Lwith_frame
	test	$RFLAGS_TF, %r11d
	jnz	.Lwith_frame
	push	%rax
	call	*leaf_calls(, %rax, 8)
	test	%rax, %rax
	js	.Ldeclined
	incq	%gs:CPU_LOCAL_CALLS
	mov	%gs:CPU_USER_RSP, %rsp
	swapgs
	sysretq

	.balign	16
.Ldeclined:
	pop	%rax
.Lwith_frame:
	push	$SEL_USER_DS
	push	%gs:CPU_USER_RSP
	push	%r11
	push	$SEL_USER_CS
	push	%rcx
	push	%rax
	push	$REGS_VECTOR_SYSCALL
	SAVE_REGS
	mov	%rsp, %rdi
	mov	%rsp, %rbx
	xor	%ebp, %ebp
	sti
	call	syscall_dispatch
	cli
	mov	%rbx, %rsp
	mov	%rsp, %rdi
	call	return_to_user

	mov	REGS_RIP(%rsp), %rcx
	cmp	%rcx, REGS_RCX(%rsp)
	jne	.Lby_iret
	mov	REGS_RFLAGS(%rsp), %r11
	cmp	%r11, REGS_R11(%rsp)
	jne	.Lby_iret
	cmpq	$SEL_USER_CS, REGS_CS(%rsp)
	jne	.Lby_iret
	mov	%rcx, %rax
	shr	$47, %rax
	jnz	.Lby_iret
	test	$RFLAGS_TF, %r11d
	jnz	.Lby_iret
	pop	%r15
	pop	%r14
	pop	%r13
	pop	%r12
	pop	%rbp
	pop	%rbx
	add	$8, %rsp
	pop	%r10
	pop	%r9
	pop	%r8
	pop	%rax
	add	$8, %rsp
	pop	%rdx
	pop	%rsi
	pop	%rdi
	mov	REGS_RSP - REGS_VECTOR(%rsp), %rsp
	swapgs
	sysretq

.Lby_iret:
	swapgs
	jmp	restore_and_iret
	.cfi_endproc
