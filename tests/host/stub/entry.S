/* SPDX-License-Identifier: MIT */
/* A CPU enters here: RDI = boot block, RSI = its index (kernel/abi/boot.h). */
	.section .text.entry, "ax"
	.globl	stub_entry
stub_entry:
	lgdt	gdt_pointer(%rip)
	movq	%rsi, %rax
	incq	%rax
	shlq	$14, %rax		/* 16 KiB of stack for each */
	leaq	stub_stacks(%rip), %rsp
	addq	%rax, %rsp
	pushq	$0x08
	leaq	1f(%rip), %rax
	pushq	%rax
	lretq
1:	movl	$0x10, %eax
	movl	%eax, %ds
	movl	%eax, %es
	movl	%eax, %ss
	xorl	%ebp, %ebp
	call	stub_main
	ud2

	.section .rodata
	.balign	8
gdt:	.quad	0
	.quad	0x00af9b000000ffff
	.quad	0x00cf93000000ffff
gdt_end:
gdt_pointer:
	.word	gdt_end - gdt - 1
	.quad	gdt

	.section .bss
	.balign	16
	.globl	stub_stacks
stub_stacks:
	.skip	64 * 16384

	.section .note.GNU-stack, "", @progbits
