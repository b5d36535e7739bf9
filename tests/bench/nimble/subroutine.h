/* SPDX-License-Identifier: MIT */
/* Backend for an experiment: subroutine threading. */
#ifndef TESTS_BENCH_NIMBLE_SUBROUTINE_H
#define TESTS_BENCH_NIMBLE_SUBROUTINE_H

/*
 * The handlers of the engine's own backend, but each returns: a program is a
 * sequence of machine calls, one for each cell, in generated code. A jump that
 * is taken drops its return address and goes on at the target's call, whose
 * address is the first word of the target's cell. Slow paths are not taken in
 * what is measured.
 */
#define RUN_POINTER "8(%%rsp)" /* below the return address */
#include "nimble/engine/tail_x86_64.h"

#undef GO
#undef NEXT
#undef JUMP
#undef EXIT
#define NEXT(words)                                  \
	do {                                         \
		__asm__ volatile("add %0, %%rbx\n\t" \
				 "ret"               \
				 :                   \
				 : "i"((words)*8)    \
				 : "memory");        \
		__builtin_unreachable();             \
	} while (0)
#define JUMP(w)                                          \
	do {                                             \
		ip = (const uint64_t *)ip[w];            \
		__asm__ volatile("" ::: "memory");       \
		__asm__ volatile("lea 8(%rsp), %rsp\n\t" \
				 "jmp *(%rbx)");         \
		__builtin_unreachable();                 \
	} while (0)
#define EXIT() __builtin_trap()

#endif
