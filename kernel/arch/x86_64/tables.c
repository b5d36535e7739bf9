/* SPDX-License-Identifier: GPL-2.0 */
/* GDT, TSS, IDT and the per-CPU pointer of each CPU. */
#include <arch-impl/cpu_number.h>

#include "kernel/arch/x86_64/arch_priv.h"
#include "kernel/core/panic.h"

/* Intel SDM vol. 3, 6.14.1. */
struct idt_gate {
	uint16_t offset_low;
	uint16_t selector;
	uint8_t ist;
	uint8_t type;
	uint16_t offset_mid;
	uint32_t offset_high;
	uint32_t reserved;
};

struct descriptor_ptr {
	uint16_t limit;
	uint64_t base;
} __attribute__((packed));

#define GATE_INTERRUPT 0x8e /* present, DPL 0, 64-bit interrupt gate */
#define GATE_USER 0xee /* the same, DPL 3 */

static struct idt_gate idt[256];
static struct arch_cpu arch_cpus[LWK_MAX_CPUS];

static void set_gate(int vector, int ist, uint8_t type)
{
	uint64_t offset = trap_stubs[vector];

	idt[vector] = (struct idt_gate){
		.offset_low = (uint16_t)offset,
		.selector = SEL_KERNEL_CS,
		.ist = (uint8_t)ist,
		.type = type,
		.offset_mid = (uint16_t)(offset >> 16),
		.offset_high = (uint32_t)(offset >> 32),
	};
}

static void fill_idt(void)
{
	int i;

	for (i = 0; i < 256; i++)
		set_gate(i, 0, GATE_INTERRUPT);
	set_gate(TRAP_DB, IST_DEBUG, GATE_INTERRUPT);
	set_gate(TRAP_NMI, IST_NMI, GATE_INTERRUPT);
	set_gate(TRAP_BP, 0, GATE_USER);
	set_gate(TRAP_OF, 0, GATE_USER);
	set_gate(TRAP_DF, IST_DOUBLE_FAULT, GATE_INTERRUPT);
	set_gate(TRAP_MC, IST_MCE, GATE_INTERRUPT);
}

static void fill_gdt(struct arch_cpu *a, uint32_t index)
{
	uint32_t number = CPU_NUMBER(index, boot->cpu[index].node);
	uint64_t tss = (uint64_t)&a->tss;

	a->gdt[SEL_KERNEL_CS / 8] = 0x00af9b000000ffff;
	a->gdt[SEL_KERNEL_DS / 8] = 0x00cf93000000ffff;
	/* None at SEL_USER32_CS: a program that could enter 32-bit mode could
	 * use entries of the kernel that only that mode has. */
	a->gdt[SEL_USER_DS / 8] = 0x00cff3000000ffff;
	a->gdt[SEL_USER_CS / 8] = 0x00affb000000ffff;
	a->gdt[SEL_CPU_NUMBER / 8] = CPU_NUMBER_DESCRIPTOR(number);
	a->gdt[SEL_TSS / 8] = 0x0000890000000000 | (sizeof(a->tss) - 1) |
			      (tss & 0xffffff) << 16 | (tss >> 24 & 0xff) << 56;
	a->gdt[SEL_TSS / 8 + 1] = tss >> 32;
	a->tss.io_map = sizeof(a->tss);
}

static void load(struct arch_cpu *a)
{
	struct descriptor_ptr gdtr = {sizeof(a->gdt) - 1, (uint64_t)a->gdt};
	struct descriptor_ptr idtr = {sizeof(idt) - 1, (uint64_t)idt};

	asm volatile("lgdt %0" : : "m"(gdtr));
	asm volatile("push %0; lea 1f(%%rip), %%rax; push %%rax; lretq; 1:"
		     :
		     : "i"(SEL_KERNEL_CS)
		     : "rax", "memory");
	asm volatile(
		"mov %0, %%ss; mov %1, %%ds; mov %1, %%es; mov %1, %%fs; mov %1, %%gs"
		:
		: "r"(SEL_KERNEL_DS), "r"(0));
	asm volatile("lidt %0" : : "m"(idtr));
	asm volatile("ltr %w0" : : "r"(SEL_TSS));
	/* INIT leaves a table at address 0, of which programs could load. */
	asm volatile("lldt %w0" : : "r"(0));
}

void tables_set_ist(struct cpu *cpu, int ist, void *stack_top)
{
	cpu->arch->tss.ist[ist - 1] = (uint64_t)stack_top;
}

void tables_init_cpu(struct cpu *cpu)
{
	struct arch_cpu *a = &arch_cpus[cpu->index];

	cpu->arch = a;
	cpu->self = cpu;
	if (!idt[0].type)
		fill_idt();
	fill_gdt(a, cpu->index);
	load(a);
	wrmsr(MSR_GS_BASE, (uint64_t)cpu);
	wrmsr(MSR_KERNEL_GS_BASE, 0);
	wrmsr(MSR_FS_BASE, 0);
}
