/* SPDX-License-Identifier: MIT */
/* See window.h. */
#include <sys/syscall.h>

#include "kernel/abi/mark.h"

#define INTERRUPTED 512 /* checked against LWK_INTERRUPTED in kick.c */

	.text

/* Everything is loaded before the test, so that between the test and the call
 * there is no instruction. The call itself spoils rcx and r11 alone. */
	.globl proxy_window
	.type proxy_window, @function
proxy_window:
	mov	%rsi, %r11
	mov	%rdi, %rcx
	mov	(%rcx), %rax
	mov	8(%rcx), %rdi
	mov	16(%rcx), %rsi
	mov	24(%rcx), %rdx
	mov	32(%rcx), %r10
	mov	40(%rcx), %r8
	mov	48(%rcx), %r9
	MARK(MARK_STAGES + MARK_STAGE_LINUX)
	.globl proxy_window_start
proxy_window_start:
	cmpl	$0, (%r11)
	jne	proxy_window_interrupted
	.globl proxy_window_syscall
proxy_window_syscall:
	syscall
	MARK(MARK_STAGES + MARK_STAGE_RETURN)
	ret
	.globl proxy_window_interrupted
proxy_window_interrupted:
	mov	$-INTERRUPTED, %rax
	ret
	.size proxy_window, . - proxy_window

	.globl proxy_copy
	.type proxy_copy, @function
proxy_copy:
	mov	%rdx, %rcx
	.globl proxy_copy_insn
proxy_copy_insn:
	rep movsb
	.globl proxy_copy_end
proxy_copy_end:
	mov	%rcx, %rax
	ret
	.size proxy_copy, . - proxy_copy

	.globl proxy_sigreturn
	.type proxy_sigreturn, @function
proxy_sigreturn:
	mov	$SYS_rt_sigreturn, %eax
	syscall
	.size proxy_sigreturn, . - proxy_sigreturn

	.section .note.GNU-stack, "", @progbits
