/* SPDX-License-Identifier: GPL-2.0 */
/* The local APIC: timer, IPIs, end of interrupt; xAPIC by memory or x2APIC by
 * MSR, as Linux has left it (Intel SDM vol. 3, 11). */
#include "kernel/abi/layout.h"
#include "kernel/arch/cpu.h"
#include "kernel/arch/x86_64/arch_priv.h"
#include "kernel/core/log.h"
#include "kernel/core/panic.h"

enum lapic_register {
	LAPIC_ID = 0x20,
	LAPIC_TPR = 0x80,
	LAPIC_EOI = 0xb0,
	LAPIC_SPURIOUS = 0xf0,
	LAPIC_ICR_LOW = 0x300,
	LAPIC_ICR_HIGH = 0x310,
	LAPIC_LVT_TIMER = 0x320,
	LAPIC_LVT_LINT0 = 0x350,
	LAPIC_LVT_LINT1 = 0x360,
	LAPIC_LVT_ERROR = 0x370,
	LAPIC_TIMER_INITIAL = 0x380,
	LAPIC_TIMER_CURRENT = 0x390,
	LAPIC_TIMER_DIVIDE = 0x3e0,
};

#define SPURIOUS_ENABLE 0x100
#define LVT_MASKED 0x10000
#define ICR_PENDING 0x1000
#define ICR_NMI 0x400
#define DIVIDE_BY_16 3
#define CALIBRATE_US 2000

/* Timer ticks per 2^20 TSC cycles; set once by the first CPU. */
static uint64_t ticks_per_mcycle;

/* The registers can be reached; until then no CPU can be called. */
static bool ready;

static bool x2apic(void)
{
	return boot->lapic_mode == 1;
}

static uint32_t read(enum lapic_register reg)
{
	if (x2apic())
		return (uint32_t)rdmsr(MSR_X2APIC + reg / 16);
	return __atomic_load_n((uint32_t *)((char *)lapic_mmio_base() + reg),
			       __ATOMIC_RELAXED);
}

static void write(enum lapic_register reg, uint32_t value)
{
	if (x2apic())
		wrmsr(MSR_X2APIC + reg / 16, value);
	else
		__atomic_store_n((uint32_t *)((char *)lapic_mmio_base() + reg),
				 value, __ATOMIC_RELAXED);
}

/* Interrupts must be off, or another command could come between the two
 * halves of this one. */
static void send(uint32_t apic_id, uint32_t command)
{
	if (x2apic()) {
		/* The write of the MSR waits for no store (SDM vol. 3, 11.12.3). */
		asm volatile("mfence; lfence" : : : "memory");
		wrmsr(MSR_X2APIC + LAPIC_ICR_LOW / 16,
		      (uint64_t)apic_id << 32 | command);
		return;
	}
	while (read(LAPIC_ICR_LOW) & ICR_PENDING)
		arch_pause();
	write(LAPIC_ICR_HIGH, apic_id << 24);
	write(LAPIC_ICR_LOW, command);
}

static void send_irqsafe(uint32_t apic_id, uint32_t command)
{
	uint64_t flags = arch_irq_save();

	send(apic_id, command);
	arch_irq_restore(flags);
}

void arch_send_ipi(struct cpu *to)
{
	send_irqsafe(to->apic_id, LWK_VECTOR_IPI);
}

void arch_send_shootdown(struct cpu *to)
{
	send_irqsafe(to->apic_id, LWK_VECTOR_SHOOTDOWN);
}

void arch_ring_linux(uint64_t target)
{
	if (ready && LWK_DOORBELL_VECTOR(target) >= 0x20)
		send_irqsafe(LWK_DOORBELL_APIC_ID(target),
			     LWK_DOORBELL_VECTOR(target));
}

void arch_stop_others(void)
{
	uint32_t i;

	for (i = 0; ready && i < cpu_count(); i++)
		if (&cpus[i] != this_cpu() && boot->cpu[i].state)
			send_irqsafe(boot->cpu[i].apic_id, ICR_NMI);
}

void lapic_eoi(void)
{
	write(LAPIC_EOI, 0);
}

void lapic_init_cpu(void)
{
	write(LAPIC_TPR, 0);
	write(LAPIC_LVT_LINT0, LVT_MASKED);
	write(LAPIC_LVT_LINT1, LVT_MASKED);
	write(LAPIC_LVT_ERROR, LVT_MASKED);
	write(LAPIC_TIMER_DIVIDE, DIVIDE_BY_16);
	write(LAPIC_TIMER_INITIAL, 0);
	write(LAPIC_LVT_TIMER, LWK_VECTOR_TIMER);
	write(LAPIC_SPURIOUS, SPURIOUS_ENABLE | LWK_VECTOR_SPURIOUS);
	ready = true;
}

void lapic_calibrate(void)
{
	uint64_t wait = (uint64_t)boot->tsc_khz * CALIBRATE_US / 1000;
	uint64_t start, elapsed;
	uint32_t ticks;

	write(LAPIC_LVT_TIMER, LVT_MASKED | LWK_VECTOR_TIMER);
	write(LAPIC_TIMER_INITIAL, ~0U);
	start = arch_cycles();
	do {
		arch_pause();
		elapsed = arch_cycles() - start;
	} while (elapsed < wait);
	ticks = ~0U - read(LAPIC_TIMER_CURRENT);
	write(LAPIC_TIMER_INITIAL, 0);
	write(LAPIC_LVT_TIMER, LWK_VECTOR_TIMER);
	ASSERT(ticks);
	ticks_per_mcycle = ((uint64_t)ticks << 20) / elapsed;
	if (!ticks_per_mcycle)
		ticks_per_mcycle = 1;
	log_line("local APIC timer: %lu kHz",
		 (ticks_per_mcycle * boot->tsc_khz) >> 20);
}

void arch_timer_arm(uint64_t cycles)
{
	uint64_t ticks;

	if (!cycles) {
		write(LAPIC_TIMER_INITIAL, 0);
		return;
	}
	/* Too long for the counter: it fires early and is armed again. */
	if (cycles >> 40)
		cycles = 1UL << 40;
	ticks = (cycles * ticks_per_mcycle) >> 20;
	write(LAPIC_TIMER_INITIAL,
	      ticks > ~0U ? ~0U : MAX((uint32_t)ticks, 1U));
}
