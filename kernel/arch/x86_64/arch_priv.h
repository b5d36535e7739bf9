/* SPDX-License-Identifier: GPL-2.0 */
/* x86-64: shared by the files of this folder. */
#ifndef ARCH_PRIV_H
#define ARCH_PRIV_H

#include "kernel/arch/regs.h"
#include "kernel/arch/x86_64/x86.h"
#include "kernel/arch/thread.h"
#include "kernel/core/percpu.h"
#include "kernel/lib/types.h"

#define STACK_BYTES (4 * PAGE_SIZE)

/* 64-bit TSS; Intel SDM vol. 3, 8.7. */
struct tss {
	uint32_t reserved0;
	uint64_t rsp[3];
	uint64_t reserved1;
	uint64_t ist[7]; /* ist[i] is IST i + 1 */
	uint64_t reserved2;
	uint16_t reserved3;
	uint16_t io_map;
} __attribute__((packed));

enum { IST_DOUBLE_FAULT = 1, IST_NMI = 2, IST_DEBUG = 3, IST_MCE = 4 };

struct arch_cpu {
	uint64_t gdt[GDT_ENTRIES];
	struct tss tss;
	void *work_stack; /* top; stacks.c */
	bool on_work_stack;
};

/* boot.c: ends of the stacks that the CPUs begin on, and idle on. */
extern void *boot_stack_top[LWK_MAX_CPUS];

/* stacks.c: a stack of a CPU, or panic; put the guard below the first CPU's first
 * stack; make this CPU know the current thread's stack; whether `address` is the guard
 * below a stack of this CPU. */
void *stack_of_cpu(void);
void stack_guard_first(void *top);
void stack_entered(struct arch_thread *t, void *top);
bool stack_overflowed(unsigned long address);

/* mmu.c: unmap a page of the kernel's, and map it again. Another CPU may still have it
 * cached. 0 or -ENOMEM. */
int mmu_guard(void *page);
void mmu_unguard(void *page);

/* tables.c: GDT, TSS, IDT, per-CPU pointer. */
void tables_init_cpu(struct cpu *cpu);
void tables_set_ist(struct cpu *cpu, int ist, void *stack_top);

/* features.c: control registers, system-call registers. */
void features_init_cpu(void);

/* mce.c: enable machine checks, once they have a stack; report one. */
void mce_init_cpu(void);
void mce_report(void);

/* fpu.c */
void fpu_init_cpu(void);
void *fpu_new(void);
void fpu_free(void *area);
void fpu_reset(void *area);
void fpu_save(void *area);
void fpu_restore(void *area);
uint32_t fpu_bytes(void);
uint64_t fpu_features(void);
/* The program's exceptions of SSE, or else of the x87, that are raised and not masked.
 * Bits as in MXCSR. */
uint32_t fpu_unmasked(bool sse);

/* lapic.c */
void lapic_init_cpu(void);
void lapic_calibrate(void);
void lapic_eoi(void);
void *lapic_mmio_base(void);

/* mmu.c: the entry for 2 MiB of the kernel's half in its own tables. The tables above
 * it are shared with all others. If they are absent, it makes them, or panics; only
 * while the kernel comes up. */
uint64_t *arch_mmu_kernel_pde(uint64_t va);

/* traps.c; called by trap_entry.S with interrupts off. */
void trap_dispatch(struct regs *regs);

/* trap_entry.S, syscall_entry.S, switch.S, start.S */
extern const uint64_t trap_stubs[256];
void syscall_entry(void);
void switch_stacks(uint64_t *save_rsp, uint64_t load_rsp);
void thread_begin(void);
void call_on_stack(void *top, void (*work)(void *arg), void *arg);

extern char image_start[], text_end[], rodata_end[], image_end[];

#endif
