/* SPDX-License-Identifier: GPL-2.0 */
/* Copies to and from the application's memory, eight bytes at a time and what
 * remains one by one. Each instruction that may fault has an entry {instruction,
 * fixup, kind} in .extable; kind 0 lets the fault handler bring the page in
 * first, kind 1 does not. RCX counts what is left. */

	.macro EXTABLE from, to, kind
	.pushsection .extable, "a"
	.balign	8
	.quad	\from, \to, \kind
	.popsection
	.endm

	.cfi_sections .debug_frame
	.text

/* unsigned long uaccess_copy[_nofault](void *dst, const void *src, size_t n)
 * Returns the bytes that were not copied, up to seven too many. */
	.macro COPY name, kind
	.globl	\name
\name:
	.cfi_startproc
	mov	%rdx, %rcx
	shr	$3, %rcx
	and	$7, %edx
	stac
1:	rep movsq
	mov	%edx, %ecx
2:	rep movsb
3:	clac
	mov	%rcx, %rax
	ret
4:	lea	(%rdx,%rcx,8), %rcx
	jmp	3b
	.cfi_endproc
	EXTABLE 1b, 4b, \kind
	EXTABLE 2b, 3b, \kind
	.endm

	COPY uaccess_copy, 0
	COPY uaccess_copy_nofault, 1

/* unsigned long uaccess_clear(void *dst, size_t n) */
	.globl	uaccess_clear
uaccess_clear:
	.cfi_startproc
	mov	%rsi, %rcx
	shr	$3, %rcx
	and	$7, %esi
	xor	%eax, %eax
	stac
1:	rep stosq
	mov	%esi, %ecx
2:	rep stosb
3:	clac
	mov	%rcx, %rax
	ret
4:	lea	(%rsi,%rcx,8), %rcx
	jmp	3b
	.cfi_endproc
	EXTABLE 1b, 4b, 0
	EXTABLE 2b, 3b, 0

/* long uaccess_string(char *dst, const char *src, size_t size)
 * Returns the length with the zero, size + 1 where there is none within size,
 * -1 on a fault. */
	.globl	uaccess_string
uaccess_string:
	.cfi_startproc
	xor	%eax, %eax
	stac
1:	cmp	%rdx, %rax
	je	3f
2:	movb	(%rsi,%rax), %cl
	movb	%cl, (%rdi,%rax)
	inc	%rax
	test	%cl, %cl
	jnz	1b
	clac
	ret
3:	clac
	inc	%rax
	ret
4:	clac
	mov	$-1, %rax
	ret
	.cfi_endproc
	EXTABLE 2b, 4b, 0

/* long uaccess_cmpxchg32(uint32_t *at, uint32_t old, uint32_t new, uint32_t *seen)
 * 0, or -1 on a fault; brings no page in. *seen: what stood there. */
	.globl	uaccess_cmpxchg32
uaccess_cmpxchg32:
	.cfi_startproc
	mov	%esi, %eax
	stac
1:	lock cmpxchg %edx, (%rdi)
	clac
	mov	%eax, (%rcx)
	xor	%eax, %eax
	ret
4:	clac
	mov	$-1, %rax
	ret
	.cfi_endproc
	EXTABLE 1b, 4b, 1
