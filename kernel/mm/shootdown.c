/* SPDX-License-Identifier: GPL-2.0 */
/* Translations that CPUs have cached. See shootdown.h. */
#include "kernel/arch/cpu.h"
#include "kernel/arch/entry.h"
#include "kernel/arch/mmu.h"
#include "kernel/core/percpu.h"
#include "kernel/mm/aspace.h"
#include "kernel/mm/shootdown.h"
#include "kernel/sync/spinlock.h"

/* Held by the CPU that asks; taken with interrupts on. Guards `request`. */
static struct spinlock lock = SPINLOCK_INIT;

static struct {
	struct aspace *as; /* NULL: all, it is about the kernel's half */
	vaddr_t start;
	vaddr_t end;
	bool leave; /* load the kernel's tables instead */
	/* CPUs that have not answered, by index. Set with release after the
	 * rest is written; each CPU clears its bit with release when it is
	 * done. */
	uint64_t waiting;
} request;

void aspace_use(struct aspace *as)
{
	struct cpu *cpu = this_cpu();
	struct aspace *old = cpu->aspace;

	if (old == as)
		return;
	/* A full fence before the tables are loaded; pairs with others_of(). */
	__atomic_fetch_or(&as->cpus, cpu_bit(cpu), __ATOMIC_SEQ_CST);
	cpu->aspace = as;
	arch_mmu_use(as->root);
	if (old)
		__atomic_fetch_and(&old->cpus, ~cpu_bit(cpu), __ATOMIC_RELEASE);
}

/* Leave the tables of `as` if this CPU has loaded them. Interrupts off. */
static void leave(struct aspace *as)
{
	struct cpu *cpu = this_cpu();

	if (cpu->aspace != as)
		return;
	arch_mmu_use_kernel();
	cpu->aspace = NULL;
	__atomic_fetch_and(&as->cpus, ~cpu_bit(cpu), __ATOMIC_RELEASE);
}

static uint64_t others_of(const struct aspace *as)
{
	/* The entries were written before: a CPU whose bit we do not see loads
	 * the tables later and sees them. */
	arch_fence();
	return __atomic_load_n(&as->cpus, __ATOMIC_ACQUIRE) &
	       ~cpu_bit(this_cpu());
}

static void ask(struct aspace *as, vaddr_t start, vaddr_t end, bool leave_it)
{
	uint64_t others, left;

	spin_lock(&lock);
	others = as ? others_of(as) : cpu_all() & ~cpu_bit(this_cpu());
	request.as = as;
	request.start = start;
	request.end = end;
	request.leave = leave_it;
	__atomic_store_n(&request.waiting, others, __ATOMIC_RELEASE);
	for (left = others; left; left &= left - 1)
		arch_send_shootdown(&cpus[__builtin_ctzl(left)]);
	while (__atomic_load_n(&request.waiting, __ATOMIC_ACQUIRE))
		arch_pause();
	spin_unlock(&lock);
}

void shootdown(struct aspace *as, vaddr_t start, vaddr_t end)
{
	if (this_cpu()->aspace == as)
		arch_mmu_flush(start, end);
	if (others_of(as))
		ask(as, start, end, false);
}

void shootdown_kernel(vaddr_t start, vaddr_t end)
{
	arch_mmu_flush(start, end);
	/* The entries were written before: fences in the interrupt's sending. */
	arch_fence();
	ask(NULL, start, end, false);
}

void shootdown_all(struct aspace *as)
{
	uint64_t flags = arch_irq_save();

	leave(as);
	arch_irq_restore(flags);
	if (others_of(as))
		ask(as, 0, 0, true);
}

void shootdown_interrupt(void)
{
	struct cpu *cpu = this_cpu();

	if (!(__atomic_load_n(&request.waiting, __ATOMIC_ACQUIRE) &
	      cpu_bit(cpu)))
		return;
	if (request.leave)
		leave(request.as);
	else if (!request.as || cpu->aspace == request.as)
		arch_mmu_flush(request.start, request.end);
	__atomic_fetch_and(&request.waiting, ~cpu_bit(cpu), __ATOMIC_RELEASE);
}
