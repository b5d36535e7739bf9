/* SPDX-License-Identifier: GPL-2.0 */
/* From the module's trampoline to the kernel proper, for each CPU. */
#include <asm/errno.h>

#include "kernel/abi/log.h"
#include "kernel/arch/cpu.h"
#include "kernel/arch/entry.h"
#include "kernel/arch/mmu.h"
#include "kernel/arch/x86_64/arch_priv.h"
#include "kernel/core/boot_check.h"
#include "kernel/core/log.h"
#include "kernel/core/panic.h"
#include "kernel/mm/page_alloc.h"

struct cpu cpus[LWK_MAX_CPUS];
struct lwk_boot *boot;

static char primary_stack[STACK_BYTES] __attribute__((aligned(4096)));
static char early_ist_stack[STACK_BYTES] __attribute__((aligned(16)));

/* Where each CPU begins; start.S reads it. The first CPU fills in the rest. */
void *boot_stack_top[LWK_MAX_CPUS] = {primary_stack + STACK_BYTES};

_Noreturn void arch_start_c(struct lwk_boot *b, uint32_t index);

void arch_halt_forever(void)
{
	arch_irq_disable();
	for (;;)
		asm volatile("hlt");
}

static _Noreturn void refuse(struct lwk_boot *b, int error)
{
	b->error = error;
	__atomic_store_n(&b->state, LWK_STATE_REFUSED, __ATOMIC_RELEASE);
	arch_halt_forever();
}

static bool cpu_suffices(void)
{
	uint32_t r[4];

	cpuid(7, 0, r);
	return r[1] & CPUID7_EBX_SMAP;
}

static void init_cpu(uint32_t index)
{
	struct cpu *cpu = &cpus[index];

	cpu->index = index;
	cpu->apic_id = boot->cpu[index].apic_id;
	tables_init_cpu(cpu);
	features_init_cpu();
	fpu_init_cpu();
}

static void set_alive(uint32_t index)
{
	/* release: the module takes the trampoline away when it sees this */
	__atomic_store_n(&boot->cpu[index].state, LWK_CPU_ALIVE,
			 __ATOMIC_RELEASE);
}

/* The part of the first region that is kept for the administrator: enough to start a
 * small program, and to load and attach a policy, when users have all the rest. */
#define RESERVE_MOST (8UL << 20)
#define RESERVE_PART 16

static uint64_t reserve_bytes(void)
{
	return ALIGN_DOWN(MIN(boot->region[0].bytes / RESERVE_PART,
			      RESERVE_MOST),
			  1UL << 20);
}

static void add_memory(void)
{
	uint32_t i;

	for (i = 0; i < boot->region_count; i++)
		if (page_alloc_add(boot->region[i].base, boot->region[i].bytes,
				   i ? 0 : boot->free_offset,
				   i ? 0 : reserve_bytes(), phys_to_virt))
			log_line("region %u (%lu KiB) is not used", i,
				 boot->region[i].bytes >> 10);
}

/* The arch part must exist: after tables_init_cpu(). */
static void give_stacks(struct cpu *cpu)
{
	tables_set_ist(cpu, IST_DOUBLE_FAULT, stack_of_cpu());
	tables_set_ist(cpu, IST_NMI, stack_of_cpu());
	tables_set_ist(cpu, IST_DEBUG, stack_of_cpu());
	tables_set_ist(cpu, IST_MCE, stack_of_cpu());
	cpu->arch->work_stack = stack_of_cpu();
}

static _Noreturn void start_primary(struct lwk_boot *b)
{
	int error = boot_check(b);
	uint32_t i;

	boot = b;
	if (error)
		refuse(b, error);
	if (!cpu_suffices())
		refuse(b, -ENODEV);
	init_cpu(0);
	for (i = IST_DOUBLE_FAULT; i <= IST_MCE; i++)
		tables_set_ist(&cpus[0], i, early_ist_stack + STACK_BYTES);
	set_alive(0);
	log_init(phys_to_virt(b->log));
	add_memory();
	arch_mmu_init();
	lapic_init_cpu();
	lapic_calibrate();
	give_stacks(&cpus[0]);
	stack_guard_first(boot_stack_top[0]);
	mce_init_cpu();
	for (i = 1; i < cpu_count(); i++)
		boot_stack_top[i] = stack_of_cpu();
	cpus[0].kernel_stack = (uint64_t)boot_stack_top[0];
	kernel_main_primary();
}

static _Noreturn void start_secondary(uint32_t index)
{
	arch_mmu_use_kernel();
	init_cpu(index);
	give_stacks(&cpus[index]);
	mce_init_cpu();
	cpus[index].kernel_stack = (uint64_t)boot_stack_top[index];
	lapic_init_cpu();
	set_alive(index);
	kernel_main_secondary();
}

void arch_start_c(struct lwk_boot *b, uint32_t index)
{
	if (!index)
		start_primary(b);
	start_secondary(index);
}
