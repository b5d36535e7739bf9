/* SPDX-License-Identifier: GPL-2.0 */
/* The end of an instance. */
#include <stdarg.h>

#include "kernel/abi/layout.h"
#include "kernel/arch/cpu.h"
#include "kernel/core/log.h"
#include "kernel/core/panic.h"
#include "kernel/core/percpu.h"
#include "kernel/lib/types.h"

#define MAX_FRAMES 24

/* The CPU that panics, by index + 1; 0 = none. */
static uint32_t panicking;

bool panic_in_progress(void)
{
	return __atomic_load_n(&panicking, __ATOMIC_ACQUIRE);
}

void backtrace(unsigned long rsp, unsigned long rbp)
{
	unsigned long end = arch_stack_end(rsp);
	int i;

	/* Frames lie on one stack, each above the one before: at least their two
	 * words are. */
	for (i = 0; i < MAX_FRAMES && IS_ALIGNED(rbp, 8) && rbp >= rsp &&
		    rbp < end && end - rbp >= 2 * sizeof(long);
	     i++) {
		const unsigned long *frame = (const unsigned long *)rbp;

		if (frame[1] < LWK_IMAGE_BASE)
			break;
		log_line("  <0x%lx>", frame[1]);
		if (frame[0] <= rbp)
			break;
		rbp = frame[0];
	}
}

static _Noreturn void tell_linux(void)
{
	__atomic_store_n(&boot->state, LWK_STATE_PANICKED, __ATOMIC_RELEASE);
	arch_ring_linux(boot->doorbell_target);
	arch_halt_forever();
}

void panic_begin(void)
{
	uint32_t me = this_cpu()->index + 1, none = 0;

	arch_irq_disable();
	if (!__atomic_compare_exchange_n(&panicking, &none, me, false,
					 __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE)) {
		if (none == me)
			tell_linux(); /* the report itself has failed */
		arch_halt_forever();
	}
	arch_stop_others();
	log_break_lock();
	log_line("PANIC:");
}

void panic_end(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	log_line_v(fmt, args);
	va_end(args);
	tell_linux();
}

void panic(const char *fmt, ...)
{
	unsigned long frame = (unsigned long)__builtin_frame_address(0);
	va_list args;

	panic_begin();
	va_start(args, fmt);
	log_line_v(fmt, args);
	va_end(args);
	backtrace(frame, frame);
	tell_linux();
}
