/* SPDX-License-Identifier: GPL-2.0 */
/* What each architecture supplies about its CPUs. The inline functions come
 * from <arch-impl/cpu.h> of the architecture that is built:
 *
 *   this_cpu()        structure of the CPU that runs; stable until the caller
 *                     gives up the CPU: the kernel is not preempted
 *   arch_pause()      hint inside every wait loop
 *   arch_irq_save()   interrupts off; returns what arch_irq_restore() wants
 *   arch_irq_enable(), arch_irq_disable()
 *   arch_irq_enable_and_halt()   sleep for an interrupt; off before and after
 *   arch_cycles()     time-stamp counter
 *   arch_cycles_ordered()   the same, after all loads before it: for time that
 *                     CPUs compare
 *   arch_mul_div()    a * b / c without overflow in between
 *   arch_fence()      store-load barrier
 */
#ifndef LWK_ARCH_CPU_H
#define LWK_ARCH_CPU_H

#include <arch-impl/cpu.h>

/* Stop this CPU for ever, interrupts off. */
_Noreturn void arch_halt_forever(void);

/* The end (top) of this CPU's stack that an address lies on. 0: it lies on none, and
 * must not be read. Any context. */
unsigned long arch_stack_end(unsigned long address);

/* Call work(arg) on a stack that this CPU keeps for it, because the present one may be
 * nearly full. work must not give up the CPU. */
void arch_call_on_work_stack(void (*work)(void *arg), void *arg);

/* Send LWK_VECTOR_IPI to another CPU of this LWK. */
void arch_send_ipi(struct cpu *to);

/* Send LWK_VECTOR_SHOOTDOWN to another CPU of this LWK. */
void arch_send_shootdown(struct cpu *to);

/* Ring Linux's doorbell: `target` is boot.doorbell_target. */
void arch_ring_linux(uint64_t target);

/* Stop all other CPUs of this LWK without their help (NMI). Any context. */
void arch_stop_others(void);

/* Make the timer interrupt this CPU once, in `cycles` of the TSC; 0 = never. */
void arch_timer_arm(uint64_t cycles);

#endif
