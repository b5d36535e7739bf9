/* SPDX-License-Identifier: MIT */
/* Into and out of the code of extensions. */
/*
 * Registers of copied code: r0 r9, r1-r5 where C passes arguments, r6-r9 r12-r15, r10
 * rbp, the budget r10, minus the arena's start rbx; rax and r11 are free. The stubs run
 * on the host's stack, at the depth that the way in left, where (%rsp) is the struct
 * nimble_run and %rsp is 16-byte aligned, so that a C function can be called at once.
 */
#include "nimble/engine/run.h"

	.text

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

/*
 * void nimble_threaded_enter(struct nimble_run *run,
 *			      void (*cells)(struct nimble_run *run))
 * Where cells(run) is unwound, it is as if it had returned.
 */
function nimble_threaded_enter
	push	%rbx
	push	%rbp
	push	%r12
	push	%r13
	push	%r14
	push	%r15
	push	%rdi
	mov	%rsp, RUN_SP(%rdi)
	call	*%rsi

/* Leave; run->reg holds what the caller shall see. */
function nimble_stub_unwind
	pop	%rdi
	pop	%r15
	pop	%r14
	pop	%r13
	pop	%r12
	pop	%rbp
	pop	%rbx
	ret

/* run->ip is where the address to go to is found; rbx is minus the arena's start. */
	.macro	go_on
	mov	%rbx, %rax
	mov	%r11, %rbx
	neg	%rbx
	jmp	*(%rax)
	.endm

/* void nimble_copy_enter(struct nimble_run *run): until exit or unwinding. */
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
