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

static uint32_t panicking;

bool panic_in_progress(void)
{
	return __atomic_load_n(&panicking, __ATOMIC_ACQUIRE);
}

static bool is_stack_address(unsigned long a)
{
	return a >= LWK_PHYS_MAP && IS_ALIGNED(a, 8);
}

void backtrace(unsigned long rbp)
{
	unsigned long start = rbp;
	int i;

	for (i = 0; i < MAX_FRAMES && is_stack_address(rbp); i++) {
		unsigned long *frame = (unsigned long *)rbp;

		/* Frames lie on one stack, each above the one before. */
		if (rbp < start || rbp - start > 16 * PAGE_SIZE)
			break;
		if (frame[1] < LWK_IMAGE_BASE)
			break;
		log_line("  <0x%lx>", frame[1]);
		if (frame[0] <= rbp)
			break;
		rbp = frame[0];
	}
}

void panic(const char *fmt, ...)
{
	va_list args;

	arch_irq_disable();
	if (__atomic_exchange_n(&panicking, 1, __ATOMIC_ACQ_REL))
		arch_halt_forever();
	arch_stop_others();
	log_break_lock();

	log_line("PANIC:");
	va_start(args, fmt);
	log_line_v(fmt, args);
	va_end(args);
	backtrace((unsigned long)__builtin_frame_address(0));

	__atomic_store_n(&boot->state, LWK_STATE_PANICKED, __ATOMIC_RELEASE);
	arch_ring_linux(boot->doorbell_target);
	arch_halt_forever();
}
