/* SPDX-License-Identifier: GPL-2.0 */
/* The start-up code of an LWK's CPU, copied to a page below 1 MiB.
 *
 * A start-up IPI enters it in real mode with CS = page >> 4 and IP = 0. It goes
 * to long mode in one step (Intel SDM vol. 3, 10.8.5; PE and PG set at once), on
 * a copy of the PML4 below 4 GiB, since CR3 has 32 bits there, and then loads
 * the real one. 4 levels whatever Linux has: CR4.LA57 stays clear.
 *
 * It lies in .rodata: for Linux it is data, copied and never executed in place.
 * smp.c fills in what trampoline.h names.
 */
#include <linux/linkage.h>
#include <asm/msr-index.h>
#include <asm/processor-flags.h>

#define HERE(symbol) ((symbol) - lwk_tramp_start)
#define CODE64 0x08
#define DATA 0x10
#define EFER_START ((1 << _EFER_LME) | (1 << _EFER_NX))

#define DATA_SYMBOL(name) .globl name; name

	.section .rodata, "a"
	.balign 16
	.code16
DATA_SYMBOL(lwk_tramp_start):
	cli
	cld
	movw	%cs, %ax
	movw	%ax, %ds
	lgdtl	HERE(gdt_pointer)
	movl	$X86_CR4_PAE, %eax
	movl	%eax, %cr4
	movl	HERE(lwk_tramp_low_cr3), %eax
	movl	%eax, %cr3
	movl	$MSR_EFER, %ecx
	movl	$EFER_START, %eax
	xorl	%edx, %edx
	wrmsr
	movl	$(X86_CR0_PE | X86_CR0_NE | X86_CR0_WP | X86_CR0_PG), %eax
	movl	%eax, %cr0
	.byte	0x66, 0xea		/* ljmpl $CODE64, $lwk_tramp_long */
DATA_SYMBOL(lwk_tramp_long_target):
	.long	0
	.word	CODE64

	.code64
DATA_SYMBOL(lwk_tramp_long):
	movl	$DATA, %eax
	movl	%eax, %ds
	movl	%eax, %es
	movl	%eax, %ss
	xorl	%eax, %eax
	movl	%eax, %fs
	movl	%eax, %gs
	movq	lwk_tramp_cr3(%rip), %rax
	movq	%rax, %cr3
	movq	lwk_tramp_boot(%rip), %rdi
	movq	lwk_tramp_index(%rip), %rsi
	jmpq	*lwk_tramp_entry(%rip)

	.balign 8
DATA_SYMBOL(lwk_tramp_gdt):
	.quad	0
	.quad	0x00af9b000000ffff	/* CODE64 */
	.quad	0x00cf93000000ffff	/* DATA */
gdt_end:
gdt_pointer:
	.word	gdt_end - lwk_tramp_gdt - 1
DATA_SYMBOL(lwk_tramp_gdt_base):
	.long	0
DATA_SYMBOL(lwk_tramp_low_cr3):
	.long	0
	.balign 8
DATA_SYMBOL(lwk_tramp_cr3):
	.quad	0
DATA_SYMBOL(lwk_tramp_entry):
	.quad	0
DATA_SYMBOL(lwk_tramp_boot):
	.quad	0
DATA_SYMBOL(lwk_tramp_index):
	.quad	0
DATA_SYMBOL(lwk_tramp_end):
