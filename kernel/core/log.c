/* SPDX-License-Identifier: GPL-2.0 */
/* The log that Linux reads. The lock guards ring->written and the text beyond
 * it; it is taken with interrupts off, as handlers log too. */
#include "kernel/abi/log.h"
#include "kernel/arch/cpu.h"
#include "kernel/core/log.h"
#include "kernel/core/percpu.h"
#include "kernel/lib/format.h"
#include "kernel/sync/spinlock.h"

#define LINE_BYTES 256

static struct lwk_log *ring;
static struct spinlock lock = SPINLOCK_INIT;
static bool lock_broken;

void log_init(struct lwk_log *r)
{
	ring = r;
}

void log_break_lock(void)
{
	lock_broken = true;
}

static void put_bytes(const char *text, size_t bytes)
{
	uint32_t mask = ring->size - 1;
	uint64_t at = ring->written;
	size_t i;

	for (i = 0; i < bytes; i++)
		ring->text[(at + i) & mask] = text[i];
	/* release: a reader that sees `written` sees the text */
	__atomic_store_n(&ring->written, at + bytes, __ATOMIC_RELEASE);
}

/* Names come from programs: a name must not look like a line of the
 * kernel's, nor control a terminal. */
static void printable(char *text, size_t bytes)
{
	size_t i;

	for (i = 0; i < bytes; i++)
		if ((unsigned char)text[i] < ' ' || text[i] == 0x7f)
			text[i] = '?';
}

void log_line_v(const char *fmt, va_list args)
{
	const struct cpu *cpu = this_cpu();
	char line[LINE_BYTES];
	uint64_t us;
	uint64_t flags;
	size_t n;

	if (!ring)
		return;
	us = log_clock_ns() / 1000;
	n = format(line, sizeof(line) - 1,
		   "[%5lu.%06lu] CPU %u: ", us / 1000000, us % 1000000,
		   boot->cpu[cpu->index].linux_cpu);
	n += format_v(line + n, sizeof(line) - 1 - n, fmt, args);
	printable(line, n);
	line[n++] = '\n';
	/* The lock may be this CPU's own: then the line is lost. */
	if (cpu->in_nmi && spin_is_locked(&lock))
		return;

	flags = arch_irq_save();
	if (!lock_broken)
		spin_lock(&lock);
	put_bytes(line, n);
	if (!lock_broken)
		spin_unlock(&lock);
	arch_irq_restore(flags);

	/* The reader sets log_waiting, full fence, looks at `written`, sleeps. */
	arch_fence();
	if (!cpu->in_nmi &&
	    __atomic_load_n(&boot->log_waiting, __ATOMIC_RELAXED))
		log_notify();
}

void log_line(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	log_line_v(fmt, args);
	va_end(args);
}
