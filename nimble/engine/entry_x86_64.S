/* SPDX-License-Identifier: MIT */
/* Into and out of threaded code, and the cells that are not compiled from C. */
/*
 * Register use: tail_x86_64.h. The stubs run on the host's stack, at the
 * depth that nimble_tail_enter left, where (%rsp) is the struct nimble_run
 * and %rsp is 16-byte aligned, so that a C function can be called at once.
 * nimble_stub_helper has the one indirect call of the engine: it is the call
 * to the helper itself; dispatch is always "jmp *(%rbx)".
 */
#include "nimble/engine/run.h"

	.section nimble_text, "ax", @progbits

	.macro	load_all run
	mov	72(\run), %r15
	mov	64(\run), %r14
	mov	56(\run), %r13
	mov	48(\run), %r12
	mov	80(\run), %rbp
	mov	RUN_IP(\run), %rbx
	mov	RUN_BUDGET(\run), %r10
	mov	RUN_BASE(\run), %r11
	mov	0(\run), %r9
	mov	40(\run), %r8
	mov	32(\run), %rcx
	mov	24(\run), %rdx
	mov	16(\run), %rsi
	mov	8(\run), %rdi
	.endm

	.macro	save_all run
	mov	%r9, 0(\run)
	mov	%rdi, 8(\run)
	mov	%rsi, 16(\run)
	mov	%rdx, 24(\run)
	mov	%rcx, 32(\run)
	mov	%r8, 40(\run)
	mov	%r12, 48(\run)
	mov	%r13, 56(\run)
	mov	%r14, 64(\run)
	mov	%r15, 72(\run)
	mov	%rbp, 80(\run)
	mov	%r10, RUN_BUDGET(\run)
	.endm

	.macro	function name
	.globl	\name
	.hidden	\name
	.type	\name, @function
	.balign	16
\name:
	.endm

	/* r1, r2 and r10 are in run->reg; the others start as 0. */
	.macro	enter
	push	%rbx
	push	%rbp
	push	%r12
	push	%r13
	push	%r14
	push	%r15
	push	%rdi
	mov	%rsp, RUN_SP(%rdi)
	mov	80(%rdi), %rbp
	mov	RUN_IP(%rdi), %rbx
	mov	RUN_BUDGET(%rdi), %r10
	mov	RUN_BASE(%rdi), %r11
	mov	16(%rdi), %rsi
	mov	8(%rdi), %rdi
	xor	%r9d, %r9d
	xor	%edx, %edx
	xor	%ecx, %ecx
	xor	%r8d, %r8d
	xor	%r12d, %r12d
	xor	%r13d, %r13d
	xor	%r14d, %r14d
	xor	%r15d, %r15d
	.endm

/* void nimble_tail_enter(struct nimble_run *run): until exit or unwinding. */
function nimble_tail_enter
	enter
	jmp	*(%rbx)

/* Leave threaded code; run->reg holds what the caller shall see. */
function nimble_stub_unwind
	pop	%rdi
	pop	%r15
	pop	%r14
	pop	%r13
	pop	%r12
	pop	%rbp
	pop	%rbx
	ret

/* Do the instruction whose operand word is at ip by the slow path. */
function nimble_stub_slow
	mov	(%rsp), %rax
	save_all %rax
	mov	%rbx, RUN_IP(%rax)
	mov	%rax, %rdi
	call	nimble_slow
	test	%eax, %eax
	jne	nimble_stub_unwind
	mov	(%rsp), %rax
	load_all %rax
	jmp	*(%rbx)

/* Call of a function of the image; words: target, charge. */
function nimble_stub_call
	sub	16(%rbx), %r10
	js	nimble_stub_slow
/* The same where nothing is charged: the unchecked engine. */
function nimble_stub_call_n
	mov	(%rsp), %r11
	mov	RUN_TOP(%r11), %rax
	cmp	RUN_LIMIT(%r11), %rax
	jae	1f
	mov	%r12, 0(%rax)
	mov	%r13, 8(%rax)
	mov	%r14, 16(%rax)
	mov	%r15, 24(%rax)
	mov	%rbx, 32(%rax)
	add	$CALLER_BYTES, %rax
	mov	%rax, RUN_TOP(%r11)
	add	RUN_FRAME(%r11), %rbp
	mov	8(%rbx), %rbx
	mov	RUN_BASE(%r11), %r11
	jmp	*(%rbx)
1:	mov	RUN_BASE(%r11), %r11
	jmp	nimble_stub_slow

/* exit: back to the calling function, or out. */
function nimble_stub_exit
	mov	(%rsp), %r11
	mov	RUN_TOP(%r11), %rax
	cmp	RUN_BOTTOM(%r11), %rax
	je	1f
	sub	$CALLER_BYTES, %rax
	mov	%rax, RUN_TOP(%r11)
	sub	RUN_FRAME(%r11), %rbp
	mov	0(%rax), %r12
	mov	8(%rax), %r13
	mov	16(%rax), %r14
	mov	24(%rax), %r15
	mov	32(%rax), %rbx
	mov	RUN_BASE(%r11), %r11
	add	$24, %rbx
	jmp	*(%rbx)
1:	mov	%r9, 0(%r11)
	mov	%r10, RUN_BUDGET(%r11)
	jmp	nimble_stub_unwind

/*
 * Call of a helper; word: its address. It gets r1-r5 and the run, may charge
 * run->budget and may set run->faulted. r1-r5 are cleared afterwards: what
 * the host left there is none of the extension's business.
 */
function nimble_stub_helper
	mov	(%rsp), %r9
	mov	%rdi, 8(%r9)
	mov	%rsi, 16(%r9)
	mov	%rdx, 24(%r9)
	mov	%rcx, 32(%r9)
	mov	%r8, 40(%r9)
	mov	%r10, RUN_BUDGET(%r9)
	mov	%rbx, RUN_IP(%r9)
	call	*8(%rbx)
	mov	(%rsp), %r11
	mov	%rax, %r9
	mov	RUN_BUDGET(%r11), %r10
	cmpq	$0, RUN_FAULT(%r11)
	jne	1f
	mov	RUN_BASE(%r11), %r11
	xor	%edi, %edi
	xor	%esi, %esi
	xor	%edx, %edx
	xor	%ecx, %ecx
	xor	%r8d, %r8d
	add	$16, %rbx
	jmp	*(%rbx)
1:	mov	%rax, 0(%r11)
	mov	%r12, 48(%r11)
	mov	%r13, 56(%r11)
	mov	%r14, 64(%r11)
	mov	%r15, 72(%r11)
	mov	%rbp, 80(%r11)
	jmp	nimble_stub_unwind

/*
 * The same for copied code (core/copy.c), which has no ip: rbx is minus the
 * arena's start there, and run->ip is where the address to go to is found.
 */
	.macro	go_on
	mov	%rbx, %rax
	mov	%r11, %rbx
	neg	%rbx
	jmp	*(%rax)
	.endm

function nimble_copy_enter
	enter
	go_on

/* Do instruction %eax by the slow path. */
function nimble_copy_slow
	mov	(%rsp), %r11
	mov	%eax, RUN_INSN(%r11)
	save_all %r11
	mov	%r11, %rdi
	call	nimble_slow
	test	%eax, %eax
	jne	nimble_stub_unwind
	mov	(%rsp), %rax
	load_all %rax
	go_on

/* exit out of the hook's function. */
function nimble_copy_leave
	mov	(%rsp), %r11
	mov	%r9, 0(%r11)
	mov	%r10, RUN_BUDGET(%r11)
	jmp	nimble_stub_unwind

/* A helper wants the run unwound: r1-r5 are saved. */
function nimble_copy_unwind
	mov	%r9, 0(%r11)
	mov	%r12, 48(%r11)
	mov	%r13, 56(%r11)
	mov	%r14, 64(%r11)
	mov	%r15, 72(%r11)
	mov	%rbp, 80(%r11)
	jmp	nimble_stub_unwind

/*
 * The accesses of atomic operations, which are done in C (core/slow.c), where
 * an address may be anything: leaf functions with the run in %rdi, so that
 * core/trap.c can unwind an exception at them. The registers are in run->reg.
 *
 * uint64_t nimble_raw_load_BYTES(struct nimble_run *run, uint64_t at);
 * uint64_t nimble_raw_cas_BYTES(struct nimble_run *run, uint64_t at,
 *				 uint64_t old, uint64_t new): what was there
 */
	.text
function nimble_raw_load_4
	mov	(%rsi), %eax
	ret
function nimble_raw_load_8
	mov	(%rsi), %rax
	ret
function nimble_raw_cas_4
	mov	%edx, %eax
	lock cmpxchg %ecx, (%rsi)
	mov	%eax, %eax
	ret
function nimble_raw_cas_8
	mov	%rdx, %rax
	lock cmpxchg %rcx, (%rsi)
	ret
function nimble_raw_end

	.section .note.GNU-stack, "", @progbits
