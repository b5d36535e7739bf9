/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/* Markers for exact measurement (docs/measuring.md): an instruction that does
 * nothing, `nopl DISP(%rax)` with a displacement of 0x4D4Bxxxx, which the
 * emulator's plugin (tests/bench/plugin) recognises when it translates it. One
 * instruction, seven bytes, no memory access, all registers kept.
 *
 *   MARK_ARM                      counting begins
 *   even xxxx below MARK_STAGES   a region begins, number xxxx / 2
 *   odd xxxx below MARK_STAGES    the region of the even number below ends
 *   MARK_STAGES + s               the delegated call under way is now in stage s
 *
 * Also for assembly.
 */
#ifndef LWK_ABI_MARK_H
#define LWK_ABI_MARK_H

#define MARK_BASE 0x4D4B0000
#define MARK_ARM 0
#define MARK_TRACED \
	0x8000 /* in regions from here on, each kernel entry is noted */
#define MARK_STAGES 0xFF00

/* Stages of a delegated call, in their order. Instructions before the first
 * belong to the program and the LWK's entry. */
#define MARK_STAGE_ENTRY 0 /* begins with the region itself */
#define MARK_STAGE_SLOT 1 /* the LWK fills the slot */
#define MARK_STAGE_WAKE 2 /* until a worker has taken it */
#define MARK_STAGE_PROXY 3 /* the worker prepares the call */
#define MARK_STAGE_LINUX 4 /* the call itself */
#define MARK_STAGE_RETURN 5 /* the result's way back */
#define MARK_STAGE_COUNT 6

#ifdef __ASSEMBLER__
#define MARK(number)            \
	.byte 0x0f, 0x1f, 0x80; \
	.long MARK_BASE + (number)
#else
#define MARK(number)                                  \
	__asm__ volatile(".byte 0x0f, 0x1f, 0x80\n\t" \
			 ".long %c0"                  \
			 :                            \
			 : "i"(MARK_BASE + (number))  \
			 : "memory")
#endif
#define MARK_STAGE(stage) MARK(MARK_STAGES + (stage))

#endif
