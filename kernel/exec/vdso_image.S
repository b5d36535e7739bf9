/* SPDX-License-Identifier: GPL-2.0 */
/* The vDSO's file (kernel/vdso/), as part of the kernel's image. */
	.section .rodata
	.globl	vdso_image, vdso_image_end
	.balign	8
vdso_image:
	.incbin	"vdso/vdso.so"
vdso_image_end:
